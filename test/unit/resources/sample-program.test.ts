import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SAMPLE_PROGRAMS, writeSamplePrograms } from '../../../scripts/make-sample-elf.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'gangway-elf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the program of the sample', () => {
  // The digests pin what was run on a real engine under emulation; a change of the program changes them on purpose.
  it.each([
    ['hello-arm64', 2, 183, 0, '28e697b0ac768654484b4641e5cf2a57207d837d74d93fb9acb9ff37e0e4f0a3'],
    ['hello-armv7', 1, 40, 0x05000400, '2dd14560626523587cba59fa1e7b28bfa5cabe213381e64cc5f10bb064c5409f'],
    ['hello-armv6', 1, 40, 0x05000400, '2dd14560626523587cba59fa1e7b28bfa5cabe213381e64cc5f10bb064c5409f'],
    ['hello-amd64', 2, 62, 0, '2a331f6fc6739e9817859412c9b7e252260f884b32fe77369325a64b49ba2772'],
  ] as const)('%s is a static executable of its architecture with a stack that is not executable', (name, width, machine, flags, sha256) => {
    const file = SAMPLE_PROGRAMS[name]();
    const wide = width === 2;
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    expect(file.length).toBeLessThan(600);
    expect(file.subarray(0, 7)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, width, 1, 1]));
    expect(file.readUInt16LE(16)).toBe(2);
    expect(file.readUInt16LE(18)).toBe(machine);
    expect(file.readUInt32LE(wide ? 48 : 36)).toBe(flags);
    const entry = wide ? Number(file.readBigUInt64LE(24)) : file.readUInt32LE(24);
    expect(entry).toBeGreaterThan(0x400000);
    expect(entry).toBeLessThan(0x400000 + file.length);
    const [segments, size] = wide ? [64, 56] : [52, 32];
    const types = [0, 1].map((index) => file.readUInt32LE(segments + index * size));
    expect(types).toEqual([1, 0x6474e551]);
    expect(file.readUInt32LE(segments + size + (wide ? 4 : 24))).toBe(6);
  });

  it('is not written anew where it is there, since its time tells whether the build is stale', () => {
    const paths = writeSamplePrograms(folder);
    expect(paths.map((file) => path.basename(file)).sort()).toEqual(Object.keys(SAMPLE_PROGRAMS).sort());
    const before = paths.map((file) => statSync(file).mtimeMs);
    writeSamplePrograms(folder);
    expect(paths.map((file) => statSync(file).mtimeMs)).toEqual(before);
    writeFileSync(paths[0]!, 'damaged');
    writeSamplePrograms(folder);
    expect(statSync(paths[0]!).size).toBe(SAMPLE_PROGRAMS['hello-arm64']().length);
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('prints the machine and ends when it is given a word', () => {
    const file = writeSamplePrograms(folder).find((each) => each.endsWith('amd64'))!;
    const { stdout, status } = spawnSync(file, ['once'], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: 'x86_64\n', status: 0 });
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('says hello until SIGTERM, then ends with exit code 0', async () => {
    const file = writeSamplePrograms(folder).find((each) => each.endsWith('amd64'))!;
    const child = spawn(file, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text === 'hello from Spot, on x86_64\n') child.kill('SIGTERM');
    });
    const [status, signal] = await once(child, 'close');
    expect({ text, status, signal }).toEqual({ text: 'hello from Spot, on x86_64\nstopping\n', status: 0, signal: null });
  });
});
