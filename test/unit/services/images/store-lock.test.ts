import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Session, heldDigests, sweepSessions } from '../../../../electron/services/images/sessions.ts';
import { StoreLock } from '../../../../electron/services/images/store-lock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gangway-lock-'));
  for (const folder of ['sessions', 'tmp']) await mkdir(join(root, folder));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const owner = (more: object = {}): string => JSON.stringify({ pid: process.pid, host: hostname(), token: 'other', ...more });

describe('StoreLock', () => {
  it('lets one at a time in, through one instance or several', async () => {
    const locks = [new StoreLock(root), new StoreLock(root), new StoreLock(root)];
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        locks[i % 3]!.run(async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(1);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(root)).toEqual(['sessions', 'tmp']);
  });

  it('goes on after a body that throws', async () => {
    const lock = new StoreLock(root);
    await expect(lock.run(() => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(await lock.run(() => Promise.resolve(7))).toBe(7);
  });

  it.each([
    ['of a process that is gone', owner({ pid: 999_999_999 }), 0],
    ['that is too old', owner(), 60_000],
    ['that is not readable and old', '', 60_000],
  ])('breaks a lock %s, once, with many waiting', async (_, text, age) => {
    await writeFile(join(root, 'lock'), text);
    const then = new Date(Date.now() - age);
    await utimes(join(root, 'lock'), then, then);
    let inside = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        new StoreLock(root).run(async () => {
          inside += 1;
          expect(inside).toBe(1);
          await sleep(2);
          inside -= 1;
        }),
      ),
    );
    expect(await readdir(root)).toEqual(['sessions', 'tmp']);
  });

  it.each([
    ['a living process', owner()],
    ['another host', owner({ host: 'elsewhere', pid: 1 })],
  ])('waits for a lock of %s', async (_, text) => {
    await writeFile(join(root, 'lock'), text);
    let entered = false;
    const waiting = new StoreLock(root).run(async () => {
      entered = true;
    });
    await sleep(120);
    expect(entered).toBe(false);
    await rm(join(root, 'lock'));
    await waiting;
    expect(entered).toBe(true);
  });
});

describe('sessions', () => {
  it('hold digests until they end', async () => {
    const session = await Session.open(root, new StoreLock(root));
    await session.hold(['a', 'b'], () => Promise.resolve());
    await session.hold(['c'], () => Promise.resolve());
    expect(await heldDigests(root)).toEqual(new Set(['a', 'b', 'c']));
    await session.end();
    expect(await heldDigests(root)).toEqual(new Set());
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('of dead processes hold nothing and are swept with their temp folders; the living stay', async () => {
    const session = await Session.open(root, new StoreLock(root));
    await session.hold(['mine'], () => Promise.resolve());
    await writeFile(join(root, 'sessions', 'dead.json'), owner({ pid: 999_999_999, held: ['theirs'] }));
    await mkdir(join(root, 'tmp', 'dead'));
    await writeFile(join(root, 'sessions', 'far.json'), owner({ host: 'elsewhere', held: ['far'] }));
    expect(await heldDigests(root)).toEqual(new Set(['mine', 'far']));
    await sweepSessions(root);
    expect(await readdir(join(root, 'tmp'))).toEqual([session.id]);
    expect((await readdir(join(root, 'sessions'))).sort()).toEqual([`${session.id}.json`, 'far.json'].sort());
    await session.end();
  });

  it('of another host count as dead after a long silence', async () => {
    const path = join(root, 'sessions', 'far.json');
    await writeFile(path, owner({ host: 'elsewhere', held: ['far'] }));
    const then = new Date(Date.now() - 11 * 60_000);
    await utimes(path, then, then);
    expect(await heldDigests(root)).toEqual(new Set());
  });
});
