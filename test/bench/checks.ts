import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { checkPath, type CheckReport } from '../../electron/services/extension/check-path.ts';
import { readArchive } from '../../electron/services/images/read-archive.ts';
import { runChecks } from '../../shared/checks/run-checks.ts';
import { parseCompose, parseDotEnv } from '../../shared/extension/compose.ts';
import { parseManifest } from '../../shared/extension/manifest.ts';
import { parseUdev } from '../../shared/extension/udev.ts';
import { BROKEN_VARIANTS, brokenFolder, GOOD_FOLDERS } from '../fixtures/check-folders.ts';
import type { BenchRow } from './bench-row.ts';

const FUZZED = 100_000;
const VARIANTS = 40;

/** The check engine: right rule at the right line, no false alarm on good folders, time per key press, and inputs that nobody meant. */
export async function checksBench(): Promise<BenchRow[]> {
  return [...(await rightRule()), await quietOnGood(), perKeyPress(), ...fuzz()];
}

async function check(files: Record<string, string>): Promise<CheckReport> {
  const root = await mkdtemp(path.join(tmpdir(), 'gangway-bench-checks-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), text);
    }
    return await checkPath({ readArchive, home: '/nowhere', owner: null }, { path: root }, { signal: new AbortController().signal, report: () => undefined });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function rightRule(): Promise<BenchRow[]> {
  let named = 0;
  const missed: string[] = [];
  // Spread over all of them, so that each file and sort of mistake is among the forty.
  const chosen = Array.from({ length: VARIANTS }, (_, i) => BROKEN_VARIANTS[Math.floor((i * BROKEN_VARIANTS.length) / VARIANTS)]!);
  for (const variant of chosen) {
    const { files, file, line } = brokenFolder(variant);
    const { findings } = await check(files);
    if (findings.some((finding) => finding.id === variant.rule && finding.file === file && finding.line === line)) named++;
    else missed.push(variant.name);
  }
  return [
    {
      name: `broken variants of good folders named by the right rule at the right line`,
      ours: `${named} of ${VARIANTS}`,
      limit: '>= 38 of 40',
      ok: named >= 38,
      ...(missed.length > 0 && { note: missed.join(', ') }),
    },
  ];
}

async function quietOnGood(): Promise<BenchRow> {
  const reports = await Promise.all(Object.values(GOOD_FOLDERS).map(check));
  const errors = reports.reduce((sum, { counts }) => sum + counts.errors, 0);
  const most = Math.max(...reports.map(({ counts }) => counts.warnings));
  return {
    name: 'good folders: false errors, most warnings on one',
    ours: `${errors}, ${most}`,
    limit: '0 errors, <= 3 warnings',
    ok: errors === 0 && most <= 3,
  };
}

/** A compose file of 400 lines and a manifest of 200. */
function large(): { compose: string; manifest: string } {
  const services = Array.from(
    { length: 25 },
    (_, i) => `  service-${i}:
    image: app-${i}:1.0
    restart: unless-stopped
    ports:
      - "${21000 + i}:8080"
    environment:
      - LOG_LEVEL=info
      - NAME=\${NAME_${i}:-x}
    volumes:
      - data-${i}:/data
      - ./config:/config:ro
    deploy:
      resources:
        limits: {memory: 64m}
    oom_score_adj: 1000`,
  );
  const volumes = Array.from({ length: 25 }, (_, i) => `  data-${i}:`).join('\n');
  const compose = `services:\n${services.join('\n')}\nvolumes:\n${volumes}\n`.split('\n').slice(0, 401).join('\n');
  const saved = Array.from({ length: 191 }, (_, i) => `    "state/file-${i}.json"`).join(',\n');
  return {
    compose,
    manifest: `{\n  "extension_name": "large",\n  "description": "Large",\n  "version": "1.0.0",\n  "images": ["large.tgz"],\n  "files_to_save": [\n${saved}\n  ],\n  "directories_to_save": []\n}\n`,
  };
}

function perKeyPress(): BenchRow {
  const { compose, manifest } = large();
  const times: number[] = [];
  for (let i = 0; i < 220; i++) {
    // One more letter somewhere each time, as one types.
    const at = (i * 7919) % compose.length;
    const typed = `${compose.slice(0, at)}${String.fromCharCode(97 + (i % 26))}${compose.slice(at)}`;
    const start = performance.now();
    runChecks({
      target: 'spot-core-io',
      manifest: parseManifest(manifest, 'manifest.json'),
      compose: parseCompose(typed, 'docker-compose.yml'),
      variables: new Map(),
      udev: null,
      files: [],
    });
    if (i >= 20) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.floor(times.length * 0.95)]!;
  return {
    name: `from a key press to findings, compose file of ${compose.split('\n').length - 1} lines and manifest of ${manifest.split('\n').length - 1}, p95`,
    ours: `${p95.toFixed(1)} ms`,
    limit: '< 100 ms',
    ok: p95 < 100,
    note: `median ${times[Math.floor(times.length / 2)]!.toFixed(1)} ms`,
  };
}

/** A generator of numbers that gives the same inputs on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

const NASTY = [
  '\t',
  '\r',
  '\u0000',
  '\u2028',
  '\ud800',
  '\ufeff',
  '<<: *x',
  '&x ',
  '*x',
  '!reset ',
  '!!binary ',
  '? ',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '#',
  '$',
  '${',
  '${A:-${B:-',
  '%',
  '@',
  '`',
  '\\',
  '\n',
  '\n\n',
  '---\n',
  '...\n',
  'services:',
  'x-',
  '0x7fffffffffffffff',
  '1e999',
  '-0',
  'null',
  '~',
  'yes',
  '99999',
  '__proto__',
  'constructor',
  'toString',
  ':'.repeat(50),
  '['.repeat(120),
  ' '.repeat(300),
];

function mutate(text: string, next: (below: number) => number): string {
  let out = text;
  for (let i = 1 + next(4); i > 0; i--) {
    const at = next(out.length + 1);
    const length = next(12);
    const what = next(5);
    if (what === 0) out = out.slice(0, at) + out.slice(at + length);
    else if (what === 1) out = out.slice(0, at) + NASTY[next(NASTY.length)]! + out.slice(at);
    else if (what === 2) out = out.slice(0, at) + out.slice(next(out.length + 1)).slice(0, 80) + out.slice(at);
    else if (what === 3) {
      const lines = out.split('\n');
      const line = next(lines.length);
      lines.splice(next(lines.length), 0, lines[line]!.replace(/^ */, ' '.repeat(next(10))));
      out = lines.join('\n');
    } else out = out.slice(0, at) + String.fromCharCode(next(0x180)) + out.slice(at + 1);
  }
  return out;
}

/** Files that are small and stand for very much, or are made to take long. */
export function bombs(): string[] {
  const levels = Array.from({ length: 20 }, (_, i) => `a${i}: &a${i} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ')}]`).join(
    '\n',
  );
  const merges = Array.from({ length: 60 }, (_, i) => `  s${i}: &s${i}\n    <<: [${i === 0 ? '' : `*s${i - 1}, *s${i - 1}`}]\n    image: x`).join('\n');
  return [
    `${levels}\nservices:\n  a:\n    image: x\n    environment: *a19\n`,
    `services:\n${merges}\n`,
    `services:\n  a: &a\n    image: x\n    labels: {b: *a}\n`,
    `services:\n  a:\n    command: ${'['.repeat(5000)}\n`,
    `services:\n  a:\n    command: "${'${A:-'.repeat(3000)}"\n`,
    `services:\n  a:\n    image: ${'a'.repeat(200_000)}\n`,
    `services:\n${Array.from({ length: 3000 }, (_, i) => `  s${i}:\n    image: x\n    depends_on: [s${(i * 7 + 1) % 3000}, s${(i * 13 + 5) % 3000}]\n`).join('')}`,
    `services:\n  a:\n    ports: [${Array.from({ length: 4000 }, (_, i) => `"${1 + i}:80"`).join(', ')}]\n`,
    `services:\n  a:\n    environment:\n${Array.from({ length: 20_000 }, (_, i) => `      A${i}: "{x}"\n`).join('')}`,
    `services:\n  a:\n    "${'\\u0000'.repeat(5000)}": x\n`,
    `services: {a: {image: ${'{'.repeat(3000)}x`,
  ];
}

function fuzz(): BenchRow[] {
  const next = random(20261121);
  const corpus = Object.values(GOOD_FOLDERS);
  const texts = fc.sample(
    fc
      .array(fc.constantFrom(...NASTY, 'a', 'image', '1', ' ', '  ', ',', '==', '=', 'SYMLINK', 'ATTRS{', '}', 'FROM ', '\n  '), { maxLength: 60 })
      .map((parts) => parts.join('')),
    { numRuns: 20_000, seed: 7 },
  );
  const inputs = bombs().length;
  let thrown = 0;
  let slowest = 0;
  let first = '';
  let peak = 0;
  const before = process.memoryUsage().rss;
  const run = (manifest: string, compose: string, udev: string, env: string): void => {
    const start = performance.now();
    try {
      const variables = parseDotEnv(env);
      runChecks({
        target: 'spot-core-io',
        manifest: parseManifest(manifest, 'manifest.json'),
        compose: parseCompose(compose, 'docker-compose.yml'),
        variables,
        udev: parseUdev(udev, 'my.rules'),
        envFiles: [{ file: '.env', text: env }],
        files: ['a'],
        archives: [{ name: 'a.tgz', tags: ['a:1'] }],
      });
    } catch (error) {
      thrown++;
      first ||= `${String(error).slice(0, 120)} at ${JSON.stringify(compose).slice(0, 200)}`;
    }
    const took = performance.now() - start;
    if (took > slowest) slowest = took;
  };
  const begin = performance.now();
  for (const bomb of bombs()) {
    run(bomb, bomb, bomb, bomb);
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  for (let i = inputs; i < FUZZED; i++) {
    const folder = corpus[i % corpus.length]!;
    const rules = folder['webcam.rules'] ?? folder['99-gps.rules'] ?? '';
    if (i % 5 === 0) {
      const text = texts[(i / 5) % texts.length]!;
      run(text, next(2) === 0 ? text : `services:\n  a:\n    image: x\n    ${text}`, text, text);
    } else
      run(
        mutate(folder['manifest.json'] ?? '', next),
        mutate(folder['docker-compose.yml'] ?? '', next),
        mutate(rules, next),
        mutate(folder['.env'] ?? 'A=1\n', next),
      );
    if (i % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  }
  const grown = Math.max(0, peak - before) / 1e6;
  return [
    {
      name: `${FUZZED} mutated and generated inputs (${inputs} bombs): thrown`,
      ours: String(thrown),
      limit: '0',
      ok: thrown === 0,
      note: `${((performance.now() - begin) / 1000).toFixed(0)} s in all${first === '' ? '' : `; first: ${first}`}`,
    },
    { name: 'longest single input of the fuzzing', ours: `${slowest.toFixed(0)} ms`, limit: '< 1000 ms', ok: slowest < 1000 },
    {
      name: 'memory of the fuzzing, resident, most',
      ours: `${(peak / 1e6).toFixed(0)} MB`,
      limit: '< 500 MB',
      ok: peak / 1e6 < 500,
      note: `${grown.toFixed(0)} MB more than at the start`,
    },
  ];
}
