import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleChild } from '../images/bundle-child.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-unreadable-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(process.platform === 'linux')('a context with a file that its user may not read', () => {
  it('is refused by the name of the file', async () => {
    for (const name of ['Dockerfile', 'locked']) writeFileSync(join(folder, name), 'FROM scratch\n');
    chmodSync(join(folder, 'locked'), 0);
    const { script, remove } = await bundleChild('electron/services/engine/build/scan-context.ts');
    try {
      chmodSync(dirname(script), 0o755);
      const ask = `const { scanContext } = await import(${JSON.stringify(pathToFileURL(script).href)});
        await scanContext(${JSON.stringify(folder)}, ${JSON.stringify(join(folder, 'Dockerfile'))}).then(() => console.log('{}'), (error) => console.log(JSON.stringify(error.wire)));`;
      // Root may read everything, so nobody asks.
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', ask], { encoding: 'utf8', cwd: '/', ...nobody });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ code: 'FILE_UNREADABLE', location: { file: join(folder, 'locked') } });
    } finally {
      await remove();
    }
  });
});
