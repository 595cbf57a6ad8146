import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DRAFT, fakeServices, REPORT } from './fake-services.ts';
import { HostPair, until } from './host-pair.ts';

let pair: HostPair;
let inspected: string[];

beforeEach(() => {
  inspected = [];
  pair = new HostPair(
    fakeServices({
      inspectSource: async (path) => {
        inspected.push(path);
        return REPORT;
      },
    }),
  );
  mkdirSync(join(pair.folder, 'ping'));
  writeFileSync(join(pair.folder, 'Dockerfile'), 'FROM scratch\n');
});
afterEach(() => pair.close());

const codeOf = async (result: Promise<unknown>): Promise<unknown> => ((await result) as { error?: { code: string } }).error?.code;

describe('grants', () => {
  it('name a file or folder to the page without its path', async () => {
    const file = await pair.grant(join(pair.folder, 'Dockerfile'));
    const folder = await pair.grant(join(pair.folder, 'ping'));
    expect(file).toEqual({ ok: true, value: { grantId: expect.any(String), name: 'Dockerfile', kind: 'file' } });
    expect(folder).toMatchObject({ ok: true, value: { name: 'ping', kind: 'folder' } });
  });

  it('stand for the real path, resolved when it was dropped', async () => {
    symlinkSync(join(pair.folder, 'ping'), join(pair.folder, 'link'));
    await pair.call('source.inspect', { source: await pair.granted(join(pair.folder, 'link')) });
    expect(inspected).toEqual([join(pair.folder, 'ping')]);
  });

  it('that nobody gave are FORBIDDEN everywhere', async () => {
    expect(await codeOf(pair.call('source.inspect', { source: '/etc/passwd' }))).toBe('FORBIDDEN');
    expect(await codeOf(pair.call('draft.plan', { source: 'made-up', draft: DRAFT }))).toBe('FORBIDDEN');
    expect(await codeOf(pair.job({ kind: 'image.build', request: { source: 'made-up', draft: DRAFT } }))).toBe('FORBIDDEN');
    const source = await pair.granted(join(pair.folder, 'ping'));
    expect(await codeOf(pair.call('draft.icon', { source, icon: 'made-up' }))).toBe('FORBIDDEN');
    expect(inspected).toEqual([]);
  });

  it('belong to one window', async () => {
    const source = await pair.granted(join(pair.folder, 'ping'), 1);
    expect(await codeOf(pair.call('source.inspect', { source }, 2))).toBe('FORBIDDEN');
    expect(await codeOf(pair.call('source.inspect', { source }, 1))).toBeUndefined();
  });

  it('are forgotten when the window closes, and kept when its page is loaded anew', async () => {
    const source = await pair.granted(join(pair.folder, 'ping'));
    pair.post({ type: 'window-ready', windowId: 1 });
    expect(await codeOf(pair.call('source.inspect', { source }))).toBeUndefined();
    pair.post({ type: 'window-closed', windowId: 1 });
    expect(await codeOf(pair.call('source.inspect', { source }))).toBe('FORBIDDEN');
  });

  it.each([
    ['nothing', '', 'FILE_NOT_LOCAL'],
    ['a relative path', 'ping', 'FILE_NOT_LOCAL'],
    ['a path with a NUL', '/tmp/a\0b', 'FILE_NOT_LOCAL'],
    ['no text at all', { path: '/etc' }, 'FILE_NOT_LOCAL'],
    ['a path that is not there', '/nonexistent/x', 'FILE_NOT_FOUND'],
    ['a device', '/dev/null', 'SOURCE_NOT_UNDERSTOOD'],
  ])('are refused for %s', async (_, path, code) => {
    expect(await codeOf(pair.grant(path))).toBe(code);
  });

  it.runIf(process.platform === 'linux')('are refused for a pipe, without waiting for a writer', async () => {
    execFileSync('mkfifo', [join(pair.folder, 'pipe')]);
    expect(await codeOf(pair.grant(join(pair.folder, 'pipe')))).toBe('SOURCE_NOT_UNDERSTOOD');
  });

  it('are told to main and can be given back to a host that was started anew, under the same id', async () => {
    const grantId = await pair.granted(join(pair.folder, 'ping'));
    expect(pair.sent).toContainEqual({ type: 'granted', windowId: 1, grantId, path: join(pair.folder, 'ping') });
    const again = new HostPair(fakeServices());
    again.post({ type: 'regrant', windowId: 1, grants: [{ grantId, path: join(pair.folder, 'ping') }] });
    // At once: what the page asked while the host was starting comes in the same breath.
    const [inspected_, started] = [
      again.call('source.inspect', { source: grantId }),
      again.job({ kind: 'image.build', request: { source: grantId, draft: DRAFT } }),
    ];
    expect(await codeOf(inspected_)).toBeUndefined();
    expect(await codeOf(started)).toBeUndefined();
    await again.close();
  });
});

describe('a file that the system opened', () => {
  it('waits until the page listens, then comes as one event with a grant', async () => {
    pair.post({ type: 'opened', windowId: 1, path: join(pair.folder, 'Dockerfile') });
    await until(() => pair.sent.some((message) => message.type === 'granted'));
    expect(pair.events('source.opened')).toEqual([]);
    pair.post({ type: 'window-ready', windowId: 1 });
    await until(() => pair.events('source.opened').length > 0);
    expect(pair.events('source.opened')).toEqual([{ name: 'source.opened', value: { grantId: expect.any(String), name: 'Dockerfile', kind: 'file' } }]);
  });

  it('is passed over when it is not there', async () => {
    pair.post({ type: 'window-ready', windowId: 1 });
    pair.post({ type: 'opened', windowId: 1, path: '/nonexistent.spx' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pair.events('source.opened')).toEqual([]);
  });
});
