import { describe, expect, test } from 'vitest';
import { runDoctor } from '../../../../electron/services/engine/doctor.ts';
import { FIXES, type FixSystem, doctorFix, packagesOfOsRelease } from '../../../../shared/doctor/fixes.ts';
import { DOCTOR_CHECKS, type DoctorCheckId, type DoctorReport } from '../../../../shared/doctor/report.ts';
import { engineInfo } from '../../../fixtures/engine-info.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { Engine } from '../../../../electron/services/ports/engine.ts';

const SYSTEMS: FixSystem[] = [
  { platform: 'linux', packages: 'apt' },
  { platform: 'linux', packages: 'dnf' },
  { platform: 'linux', packages: 'pacman' },
  { platform: 'linux', packages: 'other' },
  { platform: 'linux' },
  { platform: 'darwin' },
  { platform: 'win32' },
  { platform: 'other' },
];

describe('the table of fixes', () => {
  test('has words for every check on every system, and a command is one line', () => {
    for (const id of DOCTOR_CHECKS) {
      for (const system of SYSTEMS) {
        const { fix, command } = doctorFix(id, system);
        expect(fix.length, `${id} on ${system.platform}`).toBeGreaterThan(10);
        if (command) expect(command).not.toContain('\n');
      }
    }
    expect(Object.keys(FIXES).sort()).toEqual([...DOCTOR_CHECKS].sort());
  });

  test("each system gets its own package manager and nobody else's", () => {
    const others: Record<string, RegExp> = {
      apt: /\b(?:dnf|pacman|brew|winget)\b/,
      dnf: /\b(?:apt-get|pacman|brew)\b/,
      pacman: /\b(?:apt-get|dnf|brew)\b/,
      other: /\b(?:apt-get|dnf|pacman|brew)\b/,
    };
    for (const id of DOCTOR_CHECKS) {
      for (const [packages, pattern] of Object.entries(others))
        expect(doctorFix(id, { platform: 'linux', packages: packages as 'apt' }).command ?? '', `${id} for ${packages}`).not.toMatch(pattern);
      for (const platform of ['darwin', 'win32'] as const) expect(doctorFix(id, { platform }).command ?? '').not.toMatch(/apt-get|dnf|pacman|systemctl/);
    }
    expect(doctorFix('emulation-arm64', { platform: 'linux', packages: 'apt' }).command).toBe('sudo apt-get install -y qemu-user-static binfmt-support');
    expect(doctorFix('emulation-arm64', { platform: 'darwin' }).fix).toContain('by itself');
  });

  test.each([
    ['ID=debian\n', 'apt'],
    ['ID=ubuntu\nID_LIKE=debian\n', 'apt'],
    ['NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['ID=arch', 'pacman'],
    ['ID=nixos', 'other'],
    ['', 'other'],
    ['ID=mint-ish\nID_LIKE="ubuntu debian"', 'apt'],
  ])('os-release %j is %s', (text, packages) => {
    expect(packagesOfOsRelease(text)).toBe(packages);
  });
});

const INFO = engineInfo({ name: 'Docker', version: '26.1.5', rootDir: '/', address: 'unix:///x', local: false });
const healthy: Pick<Engine, 'info' | 'emulation'> = { info: async () => INFO, emulation: async () => ({ runs: true, how: 'emulated' }) };
const check = (report: DoctorReport, id: DoctorCheckId) => report.checks.find((one) => one.id === id);
const look = (engine: Pick<Engine, 'info' | 'emulation'>, more = {}) =>
  runDoctor({ engine, env: { PATH: '/nowhere' }, platform: 'linux', home: '/root', ...more });

describe('the doctor', () => {
  test('gives every check once, in the order of the list', async () => {
    const report = await look(healthy);
    expect(report.checks.map((one) => one.id)).toEqual([...DOCTOR_CHECKS]);
    expect(check(report, 'engine')).toMatchObject({ state: 'ok', found: 'Docker 26.1.5 at unix:///x (classic image store, overlay2)' });
    expect(report.ready).toBe(true);
  });

  test('programs that are not there are warnings with a fix, and do not stop the main job', async () => {
    const report = await look(healthy);
    for (const id of ['buildx', 'compose', 'ssh'] as const) expect(check(report, id)).toMatchObject({ state: 'warning', fix: expect.any(String) });
  });

  test('no permission: said with the fix at its own line, and what depends on the engine is skipped', async () => {
    const report = await look({ ...healthy, info: () => Promise.reject(new GangwayError('ENGINE_PERMISSION_DENIED', 'no', { hint: 'docker group' })) });
    expect(check(report, 'engine')).toMatchObject({ state: 'error', fix: 'docker group' });
    expect(check(report, 'engine-permission')).toMatchObject({ state: 'error', command: 'sudo usermod -aG docker "$USER"' });
    expect(check(report, 'emulation-arm64')).toMatchObject({ state: 'skipped' });
    expect(report.ready).toBe(false);
  });

  test('an engine that runs Windows containers cannot do the main job', async () => {
    const report = await look({ ...healthy, info: async () => ({ ...INFO, os: 'windows' }) });
    expect(check(report, 'engine')).toMatchObject({ state: 'error', fix: expect.stringContaining('Linux containers') });
    expect(report.ready).toBe(false);
  });

  test('an API too old is an error of its own line', async () => {
    const report = await look({ ...healthy, info: () => Promise.reject(new GangwayError('ENGINE_API_TOO_OLD', 'API 1.24')) });
    expect(check(report, 'engine-version')).toMatchObject({ state: 'error', found: 'API 1.24' });
  });

  test('missing emulation of arm64 stops the main job, of 32-bit ARM it is a warning', async () => {
    const report = await look({ ...healthy, emulation: async () => ({ runs: false, how: 'missing' }) });
    expect(check(report, 'emulation-arm64')?.state).toBe('error');
    expect(check(report, 'emulation-arm')?.state).toBe('warning');
  });

  test('an engine that never answers costs its time and no more', async () => {
    const never = new Promise<never>(() => undefined);
    const started = performance.now();
    const report = await look({ info: () => never, emulation: () => never }, { milliseconds: 200 });
    expect(performance.now() - started).toBeLessThan(1500);
    expect(check(report, 'engine')?.state).toBe('error');
    expect(check(report, 'disk')?.state).not.toBe('skipped');
  });

  test('a folder that is not there yet is measured at its parent', async () => {
    const report = await look(healthy, { folders: ['/tmp/not/there/yet'] });
    expect(check(report, 'disk')?.found).toContain('/tmp');
  });

  test('cancelling rejects at once', async () => {
    const abort = new AbortController();
    const never = new Promise<never>(() => undefined);
    const running = runDoctor({ engine: { info: () => never, emulation: () => never }, env: {}, platform: 'linux' }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});
