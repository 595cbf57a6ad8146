import { describe, expect, it } from 'vitest';
import { RULES } from '../../../../shared/checks/rules.ts';
import { applyFixes } from '../../../../shared/checks/apply-fixes.ts';
import { runChecks, sortFindings } from '../../../../shared/checks/run-checks.ts';
import type { CheckInput } from '../../../../shared/checks/rule.ts';
import type { Finding } from '../../../../shared/checks/finding.ts';
import { parseCompose } from '../../../../shared/extension/compose.ts';
import { parseManifest } from '../../../../shared/extension/manifest.ts';
import { parseRecipe } from '../../../../shared/extension/recipe.ts';

const MANIFEST = '{\n  "extension_name": "ping",\n  "description": "Pings",\n  "version": "1.0.0",\n  "images": ["ping.tgz"]\n}\n';
const COMPOSE =
  'services:\n  app:\n    image: ping:1\n    network_mode: bridge\n    ports: ["21010:21010"]\n    restart: unless-stopped\n    mem_limit: 64m\n    oom_score_adj: 1000\n';

function check(manifest: string, compose: string = COMPOSE, more: Partial<CheckInput> = {}): Finding[] {
  return runChecks({
    target: 'spot-core-io',
    manifest: parseManifest(manifest, 'manifest.json'),
    compose: parseCompose(compose, 'docker-compose.yml'),
    archives: [{ name: 'ping.tgz', tags: ['ping:1'] }],
    ...more,
  });
}
const place = (finding: Finding | undefined): unknown[] => [finding?.id, finding?.severity, finding?.file, finding?.line, finding?.column];
const service = (lines: string): string => `services:\n  app:\n    image: ping:1\n${lines}    restart: always\n    mem_limit: 64m\n    oom_score_adj: 1000\n`;
/** What every service should have, and most samples of other rules leave out. */
const ADVICE = ['compose-memory-limit', 'compose-restart-missing', 'archive-image-unused'];

describe('runChecks', () => {
  it('finds nothing in a good extension', () => {
    expect(check(MANIFEST)).toEqual([]);
  });

  it.each([
    [MANIFEST.replace('"ping"', '"my ping"'), ['manifest-name-characters', 'error', 'manifest.json', 2, 21]],
    [MANIFEST.replace('"ping"', '"coreio_ping"'), ['manifest-name-reserved', 'error', 'manifest.json', 2, 21]],
    [MANIFEST.replace('"ping"', '"Ping"'), ['manifest-name-upper-case', 'hint', 'manifest.json', 2, 21]],
    [MANIFEST.replace('"ping"', '""'), ['manifest-name-empty', 'error', 'manifest.json', 2, 21]],
    [MANIFEST.replace('  "extension_name": "ping",\n', ''), ['manifest-name-missing', 'hint', 'manifest.json', 1, 1]],
    [MANIFEST.replace('  "version": "1.0.0",\n', ''), ['manifest-version-missing', 'warning', 'manifest.json', 1, 1]],
    [MANIFEST.replace('1.0.0', '1.0'), ['manifest-version-format', 'hint', 'manifest.json', 4, 14]],
    [MANIFEST.replace('"Pings"', '""'), ['manifest-description-missing', 'hint', 'manifest.json', 3, 18]],
    [MANIFEST.replace('"version"', '"installation_target": "robot", "version"'), ['manifest-target-value', 'error', 'manifest.json', 4, 26]],
    [MANIFEST.replace('"version"', '"installation_target": "orbit", "version"'), ['manifest-target-mismatch', 'warning', 'manifest.json', 4, 26]],
    [MANIFEST.replace('"version"', '"extension_target": "orbit", "version"'), ['manifest-key-extension-target', 'warning', 'manifest.json', 4, 3]],
    [MANIFEST.replace('"version"', '"discription": "x", "version"'), ['manifest-key-unknown', 'warning', 'manifest.json', 4, 3]],
    [MANIFEST.replace('"version"', '"date": "yesterday", "version"'), ['manifest-date-format', 'warning', 'manifest.json', 4, 11]],
    [MANIFEST.replace('"Pings"', '"Short description of extension"'), ['manifest-placeholder', 'warning', 'manifest.json', 3, 18]],
    [MANIFEST.replace('"1.0.0"', '1'), ['manifest-field-type', 'error', 'manifest.json', 4, 14]],
    ['{', ['manifest-json', 'error', 'manifest.json', 1, 2]],
  ])('reads the manifest %j', (manifest, expected) => {
    expect(check(manifest).map(place)).toEqual([expected]);
  });

  it.each<[string, unknown[][], Partial<CheckInput>?]>([
    ['services:\n  app:\n    image: Ping:1\n', [['compose-image-reference', 'error', 'docker-compose.yml', 3, 12]]],
    ['services:\n  app:\n    restart: always\n', [['compose-image-none', 'error', 'docker-compose.yml', 2, 3]]],
    ['services:\n  app:\n    build: .\n', [['compose-image-none', 'warning', 'docker-compose.yml', 2, 3]]],
    ['services:\n  app:\n    image: ping:2\n', [['compose-image-not-packed', 'error', 'docker-compose.yml', 3, 12]]],
    ['services:\n  app:\n    image: redis:7\n', [['compose-image-not-packed', 'warning', 'docker-compose.yml', 3, 12]]],
    ['services:\n  app:\n    image: "ping:${V}"\n', [['compose-variable-unset', 'warning', 'docker-compose.yml', 3, 12]]],
    ['services:\n  app:\n    image: "ping:${V:?say which}"\n', [['compose-variable-unset', 'warning', 'docker-compose.yml', 3, 12]]],
    [service('    command: "5$ each"\n'), [['compose-variable-syntax', 'error', 'docker-compose.yml', 4, 14]]],
    [service('    environment: [BOSDYN_CLIENT_PASSWORD=x, A=1]\n'), [['compose-credentials', 'warning', 'docker-compose.yml', 4, 19]]],
    [service('    environment: {BOSDYN_CLIENT_USERNAME: x}\n'), [['compose-credentials', 'warning', 'docker-compose.yml', 4, 43]]],
    [service('    command: --bucket {YOUR_BUCKET}\n'), [['compose-placeholder', 'warning', 'docker-compose.yml', 4, 14]]],
    [service('    ports: ["21443:1"]\n'), [['compose-port-reserved', 'error', 'docker-compose.yml', 4, 13]]],
    [
      service('    ports: ["8080:80", "127.0.0.1:1:1", "99999:1"]\n'),
      [
        ['compose-port-range', 'warning', 'docker-compose.yml', 4, 13],
        ['compose-port-number', 'error', 'docker-compose.yml', 4, 41],
      ],
    ],
    [service('    network_mode: host\n    ports: ["80:80"]\n'), [['compose-ports-host-network', 'warning', 'docker-compose.yml', 5, 13]]],
    ['a: [\n', [['compose-yaml', 'error', 'docker-compose.yml', 1, 4]]],
  ])('reads the compose file %j', (compose, expected) => {
    expect(
      check(MANIFEST, compose)
        .filter((finding) => !ADVICE.includes(finding.id))
        .map(place),
    ).toEqual(expected);
  });

  it('says nothing of a variable that .env sets, of braces that are no place to fill in, and of a variable for a password', () => {
    const compose = service('    command: "{{.Name}} ${V} {\\"a\\": 1} $${x}"\n    environment: ["BOSDYN_CLIENT_PASSWORD=${V}"]\n');
    expect(check(MANIFEST, compose, { variables: new Map([['V', '1']]) })).toEqual([]);
  });

  it('compares the archives of the package with the manifest, both ways', () => {
    expect(check(MANIFEST, COMPOSE, { archives: [{ name: 'pong.tgz', tags: ['ping:1'] }] }).map(place)).toEqual(
      [
        ['manifest-images-not-packed', 'error', 'manifest.json', 5, 14],
        ['manifest-images-not-listed', 'error', 'manifest.json', 5, 13],
      ].toSorted((a, b) => Number(a[4]) - Number(b[4])),
    );
    expect(check(MANIFEST.replace(',\n  "images": ["ping.tgz"]', '')).map(place)).toEqual([['manifest-images-not-listed', 'error', 'manifest.json', 1, 1]]);
  });

  it('says nothing of archives before they are known, nor of tags', () => {
    const { archives: _, ...unknown } = {
      archives: 0,
      target: 'spot-core-io' as const,
      manifest: parseManifest(MANIFEST, 'm'),
      compose: parseCompose(COMPOSE, 'c'),
    };
    expect(runChecks(unknown)).toEqual([]);
    expect(check(MANIFEST, COMPOSE, { archives: [{ name: 'ping.tgz' }] })).toEqual([]);
  });

  it('hints at an image that nothing runs', () => {
    expect(check(MANIFEST, COMPOSE, { archives: [{ name: 'ping.tgz', tags: ['docker.io/library/ping:1', 'old:1'] }] }).map(place)).toEqual([
      ['archive-image-unused', 'hint', 'ping.tgz', undefined, undefined],
    ]);
  });

  it('knows Orbit: the target has to be named', () => {
    expect(check(MANIFEST, COMPOSE, { target: 'orbit' }).map((finding) => finding.id)).toEqual(['manifest-target-mismatch']);
    expect(check(MANIFEST.replace('"version"', '"installation_target": "orbit", "version"'), COMPOSE, { target: 'orbit' })).toEqual([]);
  });

  it('passes on what the parser of the recipe says', () => {
    expect(check(MANIFEST, COMPOSE, { recipe: parseRecipe('recipe: 1\nx: 1\n') }).map((finding) => finding.id)).toEqual(['recipe-key-unknown']);
  });

  it('works without any file', () => {
    expect(runChecks({ target: 'jetson', manifest: null, compose: null })).toEqual([]);
  });

  it.each([
    [MANIFEST.replace('"ping"', '"my ping"'), COMPOSE, 'manifest-name-characters'],
    [MANIFEST.replace('"version"', '"extension_target": "spot", "version"'), COMPOSE, 'manifest-key-extension-target'],
    [MANIFEST.replace('ping.tgz', 'pong.tgz'), COMPOSE, 'manifest-images-not-packed'],
    [`\ufeff${MANIFEST}`, COMPOSE, 'manifest-byte-order-mark'],
  ])('offers a fix that mends %j', (manifest, compose, id) => {
    const finding = check(manifest, compose).find((one) => one.id === id);
    const fixed = applyFixes(manifest, finding?.fix ? [finding.fix] : []).text;
    expect(fixed).not.toBe(manifest);
    expect(check(fixed, compose).map((one) => one.id)).not.toContain(id);
  });

  it('runs rules that are given to it', () => {
    const rule = { id: 'own', severity: 'hint' as const, title: 't', source: 's', check: () => [{ message: 'm', at: { file: 'f' } }] };
    expect(check(MANIFEST, COMPOSE).length + runChecks({ target: 'jetson', manifest: null, compose: null }, [...RULES, rule]).length).toBe(1);
  });
});

describe('sortFindings', () => {
  it('sorts by file and place, and keeps doubles once', () => {
    const at = (file: string, line: number): Finding => ({ id: 'i', severity: 'error', message: `${line}`, file, line });
    expect(sortFindings([at('b', 1), at('a', 2), at('a', 1), at('b', 1)]).map((one) => `${one.file}${one.line}`)).toEqual(['a1', 'a2', 'b1']);
  });
});
