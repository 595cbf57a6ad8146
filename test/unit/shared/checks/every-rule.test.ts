import { describe, expect, it } from 'vitest';
import { type CheckInput, applyRule } from '../../../../shared/checks/rule.ts';
import { RULES } from '../../../../shared/checks/rules.ts';
import { parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { parseCompose, parseDotEnv } from '../../../../shared/extension/compose.ts';
import { parseManifest } from '../../../../shared/extension/manifest.ts';
import { applyFixes } from '../../../../shared/checks/apply-fixes.ts';
import { COMPOSE_CASES } from '../../../fixtures/check-cases-compose.ts';
import { type Case, CASES as OTHER_CASES, type Sources } from '../../../fixtures/check-cases.ts';
import { parseUdev } from '../../../../shared/extension/udev.ts';
import type { ArchiveImage } from '../../../../shared/docker/archive.ts';

function input({ s, c, m, udev, env, docker, target = 'spot-core-io', archives, files, image, format }: Sources): CheckInput {
  const compose =
    c ??
    (s === undefined
      ? undefined
      : `services:\n  app:\n    image: app:1\n${s
          .split('\n')
          .map((line) => `    ${line}\n`)
          .join('')}`);
  const whole: ArchiveImage = {
    id: 'sha256:0',
    tags: ['app:1'],
    os: 'linux',
    architecture: 'arm64',
    size: 1e6,
    diffIds: [],
    layers: [],
    env: [],
    entrypoint: ['/app'],
    cmd: [],
    user: '1000',
    ...image,
  };
  return {
    target,
    manifest: m === undefined ? null : parseManifest(`{\n${m}\n}`, 'manifest.json'),
    compose: compose === undefined ? null : parseCompose(compose, 'docker-compose.yml'),
    ...(udev !== undefined && { udev: udev === null ? null : parseUdev(udev, 'my.rules') }),
    ...(env !== undefined && { envFiles: [{ file: '.env', text: env }], variables: parseDotEnv(env) }),
    ...(docker !== undefined && { dockerfiles: [{ file: 'Dockerfile', parsed: parseDockerfile(docker) }] }),
    ...(archives && { archives }),
    ...(files && { files }),
    ...(image && { images: [{ archive: 'app.tgz', format: format ?? 'docker-archive', image: whole }] }),
  };
}

const CASES: Record<string, Case> = { ...COMPOSE_CASES, ...OTHER_CASES };

describe('every rule', () => {
  const checked = RULES.filter((rule) => rule.check);
  it('has a case', () => {
    expect(Object.keys(CASES).sort()).toEqual(checked.map((rule) => rule.id).sort());
  });

  it.each(checked.map((rule) => [rule.id, rule] as const))('%s fires once, in its place', (id, rule) => {
    const findings = applyRule(rule, input(CASES[id]!.fires));
    expect(findings.map((finding) => finding.line)).toEqual([CASES[id]!.line]);
    expect(findings[0]?.message).toMatch(/^\S.{10,}$/s);
  });

  it.each(checked.map((rule) => [rule.id, rule] as const))('%s is silent beside it', (id, rule) => {
    for (const sources of CASES[id]!.silent) expect(applyRule(rule, input(sources)), JSON.stringify(sources)).toEqual([]);
  });

  it.each(Object.entries(CASES).filter(([, one]) => one.fixed !== undefined))('%s mends its own bytes', (id, { fires, fixed }) => {
    const sources = input(fires);
    const [finding] = applyRule(RULES.find((rule) => rule.id === id)!, sources);
    const text = { 'docker-compose.yml': sources.compose?.tree.text, 'manifest.json': sources.manifest?.tree.text, 'my.rules': sources.udev?.text }[
      finding!.file
    ];
    expect(applyFixes(text ?? '', finding?.fix ? [finding.fix] : []).text).toBe(fixed);
  });
});
