import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServices } from '../../../electron/services/create-services.ts';
import { runLine } from './harness.ts';

const MANIFEST = '{\n  "extension_name": "ping",\n  "description": "Pings",\n  "version": "1.0.0",\n  "images": ["ping.tgz"]\n}\n';
const COMPOSE = 'services:\n  app:\n    image: ping:1\n    restrat: always\n    mem_limit: 64m\n    oom_score_adj: 1000\n';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gangway-cli-check-'));
  await writeFile(path.join(root, 'manifest.json'), MANIFEST);
  await writeFile(path.join(root, 'docker-compose.yml'), COMPOSE);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The words on a real folder, with the real services: none of this needs an engine. */
async function check(...words: string[]): ReturnType<typeof runLine> {
  const services = createServices({ env: { HOME: root }, home: '/nowhere' });
  try {
    return await runLine(['check', root, ...words], { checkPath: services.checkPath });
  } finally {
    await services.close();
  }
}

describe('gangway check', () => {
  it('shows findings by file, with the line and a mark under the place, and ends with 1', async () => {
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'docker-compose.yml\n  4:5 error Compose knows no key "restrat" in the service "app", and refuses the file. Did you mean "restart"? [compose-key-unknown]\n    |     restrat: always\n    |     ^^^^^^^\n    fix: Rename it to restart\n',
    );
    expect(stdout).toMatch(/1 error, 0 warnings, 1 hint for Spot CORE I\/O\.\n$/);
  });

  it('prints a finding per line and then the result with the counts', async () => {
    const { code, lines } = await check('--json');
    expect(code).toBe(1);
    expect(lines.map((line) => line.type)).toEqual(['finding', 'finding', 'result']);
    expect(lines[0]).toMatchObject({
      id: 'compose-key-unknown',
      severity: 'error',
      file: 'docker-compose.yml',
      line: 4,
      column: 5,
      endLine: 4,
      endColumn: 12,
      fix: { title: 'Rename it to restart' },
    });
    expect(lines[2]).toMatchObject({
      code: 'CHECK_FAILED',
      exitCode: 1,
      command: 'check',
      value: { kind: 'folder', target: 'spot-core-io', counts: { errors: 1, warnings: 0, hints: 1 }, fixed: [] },
    });
    expect(lines[2]?.value).not.toHaveProperty('excerpts');
  });

  it('mends with --fix, shows the change, and ends with 0', async () => {
    const { code, stdout } = await check('--fix');
    expect(code).toBe(0);
    expect(stdout).toContain('Fixed docker-compose.yml\n  Rename it to restart\n  @@ line 4 @@\n  -    restrat: always\n  +    restart: always\n');
    expect(await readFile(path.join(root, 'docker-compose.yml'), 'utf8')).toBe(COMPOSE.replace('restrat', 'restart'));
  });

  it('refuses an unknown target, and a fix of a package, as wrong usage', async () => {
    expect((await check('--target', 'spot')).code).toBe(2);
    expect((await runLine(['check', 'a.spx', '--fix'])).code).toBe(2);
    expect((await runLine(['check'])).code).toBe(2);
  });
});
