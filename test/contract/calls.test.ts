import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallName, Calls } from '../../shared/ipc/contract.ts';
import { CALL_SCHEMAS, isCallName } from '../../shared/ipc/schemas.ts';
import { LINKS } from '../../shared/ipc/links.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings/settings.ts';
import { DRAFT, fakeServices, REPORT } from './fake-services.ts';
import { HostPair, until } from './host-pair.ts';

let pair: HostPair;
let source: string;

beforeEach(async () => {
  pair = new HostPair();
  mkdirSync(join(pair.folder, 'ping'));
  writeFileSync(join(pair.folder, 'icon.png'), 'png');
  source = await pair.granted(join(pair.folder, 'ping'));
});
afterEach(() => pair.close());

/** A good request of every call, and whether it is answered or refused by a rule (not by the parser). */
function goodRequests(icon: string): { [N in CallName]: { request: Calls[N]['request']; refused?: string } } {
  return {
    'app.info': { request: null },
    'engine.status': { request: { fresh: true } },
    'doctor.run': { request: null },
    'dialog.pick': { request: { what: 'folder' } },
    'source.inspect': { request: { source } },
    'source.recent': { request: null },
    'source.reopen': { request: { id: 'unknown' }, refused: 'FILE_NOT_FOUND' },
    'draft.plan': { request: { source, draft: DRAFT } },
    'draft.icon': { request: { source, icon } },
    'jobs.list': { request: null },
    'job.cancel': { request: { jobId: 'unknown' }, refused: 'UNKNOWN_JOB' },
    'job.again': { request: { jobId: 'unknown' }, refused: 'UNKNOWN_JOB' },
    'job.join': { request: { jobId: 'unknown' }, refused: 'UNKNOWN_JOB' },
    'job.reveal': { request: { jobId: 'unknown' }, refused: 'UNKNOWN_JOB' },
    'settings.get': { request: null },
    'settings.set': { request: { theme: 'dark' } },
    'links.open': { request: { id: 'docs.install-docker' } },
  };
}

describe('calls', () => {
  it('every one of the contract is answered through the router', async () => {
    pair.answerDesktop(({ ask }) => ({ ok: true, value: ask === 'pick' ? { path: null } : ask === 'dark' ? { dark: true } : null }));
    const icon = await pair.granted(join(pair.folder, 'icon.png'));
    const requests = goodRequests(icon);
    expect(Object.keys(requests).sort()).toEqual(Object.keys(CALL_SCHEMAS).sort());
    for (const [name, { request, refused }] of Object.entries(requests)) {
      const result = await pair.call(name, request);
      expect([name, result.ok ? undefined : result.error.code]).toEqual([name, refused]);
    }
  });

  it('answer BAD_REQUEST to a request of any other form, and nothing crashes', async () => {
    for (const name of Object.keys(CALL_SCHEMAS)) {
      for (const request of [undefined, 7, 'text', [], { extra: 1 }, { source: 7 }, { source, draft: {} }, { source, draft: { ...DRAFT, target: 'moon' } }]) {
        const result = await pair.call(name, request);
        expect([name, request, result.ok ? 'answered' : result.error.code]).toEqual([name, request, 'BAD_REQUEST']);
        if (name === 'settings.set') break;
      }
    }
  });

  it('answer BAD_REQUEST to arbitrary values under arbitrary names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.constantFrom('job.start', 'file.grant', 'grant', 'constructor', '__proto__', 'toString'), fc.jsonValue()),
        fc.jsonValue(),
        async (name, request) => {
          fc.pre(!isCallName(name));
          const result = await pair.call(name, request);
          expect(result).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('name the wrong field but never its value', async () => {
    const result = await pair.call('draft.plan', { source, draft: { ...DRAFT, platform: 'hunter2' } });
    expect(result).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST', detail: expect.stringContaining('draft.platform') } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('turn whatever a service throws into an error as data', async () => {
    const own = new HostPair(fakeServices({ doctor: () => Promise.reject(new Error('boom')) }));
    expect(await own.call('doctor.run', null)).toMatchObject({ ok: false, error: { code: 'INTERNAL', message: 'boom' } });
    await own.close();
  });

  it("have no name for granting a path: that message is not the page's", () => {
    expect(Object.keys(CALL_SCHEMAS).filter((name) => /grant/i.test(name))).toEqual([]);
  });
});

describe('app and desktop', () => {
  it('say the version, the system and whether it is dark', async () => {
    pair.answerDesktop(() => ({ ok: true, value: { dark: true } }));
    expect(await pair.call('app.info', null)).toEqual({ ok: true, value: { version: '1.2.3', os: 'linux', dark: true } });
  });

  it('turn a picked path into a grant, and a dismissed dialog into null', async () => {
    pair.answerDesktop(() => ({ ok: true, value: { path: join(pair.folder, 'icon.png') } }));
    const picked = await pair.call('dialog.pick', { what: 'icon' });
    expect(picked).toEqual({ ok: true, value: { grantId: expect.any(String), name: 'icon.png', kind: 'file' } });
    expect(JSON.stringify(picked)).not.toContain(pair.folder);
    pair.answerDesktop(() => ({ ok: true, value: { path: null } }));
    expect(await pair.call('dialog.pick', { what: 'icon' })).toEqual({ ok: true, value: null });
  });

  it('hand links over by id only', async () => {
    for (const id of Object.keys(LINKS)) expect(await pair.call('links.open', { id })).toEqual({ ok: true, value: null });
    expect(pair.asks.map(({ request }) => request)).toEqual(Object.keys(LINKS).map((id) => ({ id })));
    expect(await pair.call('links.open', { id: 'https://evil.example' })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  it('pass on what main refuses', async () => {
    pair.answerDesktop(() => ({ ok: false, error: { code: 'FORBIDDEN', message: 'no' } }));
    expect(await pair.call('links.open', { id: 'docs.docker-desktop' })).toEqual({ ok: false, error: { code: 'FORBIDDEN', message: 'no' } });
  });
});

describe('sources and settings', () => {
  it('inspect a granted source and list it among the recent ones, to be opened again', async () => {
    expect(await pair.call('source.inspect', { source })).toEqual({ ok: true, value: REPORT });
    const recent = (await pair.call('source.recent', null)) as { ok: true; value: Calls['source.recent']['answer'] };
    expect(recent.value).toEqual([{ id: expect.any(String), name: 'ping', folder: pair.folder, openedAt: expect.any(Number), exists: true }]);
    const again = await pair.call('source.reopen', { id: recent.value[0]!.id }, 2);
    expect(again).toMatchObject({ ok: true, value: { name: 'ping', kind: 'folder' } });
  });

  it('keep settings over a restart and tell every window', async () => {
    expect(await pair.call('settings.get', null)).toEqual({ ok: true, value: DEFAULT_SETTINGS });
    await pair.call('settings.set', { theme: 'dark' });
    expect(pair.events('settings.changed')).toEqual([{ name: 'settings.changed', value: { ...DEFAULT_SETTINGS, theme: 'dark' } }]);
  });

  it('copy an icon into the source, without overwriting another of its name', async () => {
    const icon = await pair.granted(join(pair.folder, 'icon.png'));
    writeFileSync(join(pair.folder, 'ping', 'icon.png'), 'another');
    expect(await pair.call('draft.icon', { source, icon })).toEqual({ ok: true, value: { name: 'icon-1.png', dataUrl: 'data:image/png;base64,cG5n' } });
    const inside = await pair.granted(join(pair.folder, 'ping', 'icon.png'));
    expect(await pair.call('draft.icon', { source, icon: inside })).toMatchObject({ ok: true, value: { name: 'icon.png' } });
  });
});

describe("the engine's state", () => {
  it('is told once a window listens, and again only when it is another', async () => {
    let version = '20.10';
    const engineStatus = async () => ({ state: 'unavailable' as const, code: 'ENGINE_UNREACHABLE', message: version });
    const own = new HostPair(fakeServices({ engineStatus }), { engineInterval: 10 });
    own.post({ type: 'window-ready', windowId: 1 });
    await until(() => own.events('engine.changed').length === 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(own.events('engine.changed')).toHaveLength(1);
    version = '26.1';
    await until(() => own.events('engine.changed').length === 2);
    own.post({ type: 'window-closed', windowId: 1 });
    version = '29';
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(own.events('engine.changed')).toHaveLength(2);
    await own.close();
  });
});
