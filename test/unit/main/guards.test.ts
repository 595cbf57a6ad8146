import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { registerIpc } from '../../../electron/main/ipc.ts';
import { isAllowedAddress, linkAddress } from '../../../electron/main/links.ts';
import { openedPath } from '../../../electron/main/opened-files.ts';
import { hardenContents, hardenSession } from '../../../electron/main/security.ts';
import { isTrustedSender, type SenderEvent } from '../../../electron/main/sender.ts';
import { LINKS } from '../../../shared/ipc/links.ts';

const good: SenderEvent = { senderFrame: { parent: null, origin: 'app://gangway' }, sender: { id: 7 } };
const known = (id: number): boolean => id === 7;

/** Senders that must be refused. */
const STRANGERS: [string, SenderEvent][] = [
  ['a frame that is gone', { ...good, senderFrame: null }],
  ['a frame inside the page', { ...good, senderFrame: { parent: {}, origin: 'app://gangway' } }],
  ['another origin', { ...good, senderFrame: { parent: null, origin: 'https://gangway' } }],
  ['another host of the scheme', { ...good, senderFrame: { parent: null, origin: 'app://gangway.evil' } }],
  ['a data: page', { ...good, senderFrame: { parent: null, origin: 'null' } }],
  ['contents that we did not open', { ...good, sender: { id: 8 } }],
];

describe('the sender of a message', () => {
  it('is trusted when it is the main frame of our page in our window', () => {
    expect(isTrustedSender(good, known)).toBe(true);
  });
  it.each(STRANGERS)('is refused when it is %s', (_, event) => {
    expect(isTrustedSender(event, known)).toBe(false);
  });
});

describe('the channels', () => {
  function open(): {
    send: (channel: string, event: SenderEvent, message?: unknown) => unknown;
    asked: unknown[];
    ready: number[];
    log: string[];
    channels: string[];
  } {
    const handlers = new Map<string, (event: never, message: unknown) => unknown>();
    const asked: unknown[] = [];
    const ready: number[] = [];
    const log: string[] = [];
    const put = (channel: string, handler: never): never => {
      handlers.set(channel, handler);
      return undefined as never;
    };
    registerIpc(
      { handle: put as never, on: put as never },
      {
        host: {
          ask: async (windowId, question) => {
            asked.push({ windowId, ...question });
            return { ok: true, value: null };
          },
          windowReady: (windowId) => void ready.push(windowId),
        },
        isKnown: known,
        log: (line) => log.push(line),
      },
    );
    return { send: (channel, event, message) => handlers.get(channel)!(event as never, message), asked, ready, log, channels: [...handlers.keys()] };
  }

  it('are call, job and ready towards main, and no other', () => {
    expect(open().channels.sort()).toEqual(['call', 'job', 'ready']);
  });

  it('forward what the page sends, with the window that sent it', async () => {
    const { send, asked, ready } = open();
    await send('call', good, { kind: 'call', name: 'app.info', request: null });
    await send('call', good, { kind: 'grant', path: '/a' });
    await send('job', good, { kind: 'image.build' });
    send('ready', good);
    expect(asked).toEqual([
      { windowId: 7, type: 'call', name: 'app.info', request: null },
      { windowId: 7, type: 'grant', path: '/a' },
      { windowId: 7, type: 'job', start: { kind: 'image.build' } },
    ]);
    expect(ready).toEqual([7]);
  });

  it('refuse every stranger on each of them, forward nothing, and log it once', async () => {
    const { send, asked, ready, log } = open();
    for (const [, event] of STRANGERS) {
      expect(await send('call', event, { kind: 'call', name: 'app.info', request: null })).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });
      expect(await send('call', event, { kind: 'grant', path: '/etc/passwd' })).toMatchObject({ error: { code: 'FORBIDDEN' } });
      expect(await send('job', event, {})).toMatchObject({ error: { code: 'FORBIDDEN' } });
      send('ready', event);
    }
    expect(asked).toEqual([]);
    expect(ready).toEqual([]);
    expect(log).toHaveLength(1);
  });

  it.each([[undefined], [null], [7], ['call'], [{ kind: 'other' }], [[]]])('answer BAD_REQUEST to %j', async (message) => {
    expect(await open().send('call', good, message)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });
});

describe('a page', () => {
  it('may not navigate, be redirected, open windows or attach a webview', () => {
    const listeners = new Map<string, (event: { preventDefault(): void }) => void>();
    let openHandler: (details: never) => unknown = () => undefined;
    hardenContents({
      on: ((name: string, listener: never) => listeners.set(name, listener)) as never,
      setWindowOpenHandler: (handler) => {
        openHandler = handler as never;
      },
    });
    expect([...listeners.keys()].sort()).toEqual(['will-attach-webview', 'will-frame-navigate', 'will-navigate', 'will-redirect']);
    for (const listener of listeners.values()) {
      let prevented = false;
      listener({
        preventDefault: () => {
          prevented = true;
        },
      });
      expect(prevented).toBe(true);
    }
    expect(openHandler({ url: 'https://example.com' } as never)).toEqual({ action: 'deny' });
  });

  it('gets no permission, asked for or looked up, and no device', () => {
    const set: Record<string, (...args: never[]) => unknown> = {};
    const keep = (name: string) => (handler: unknown) => {
      set[name] = handler as never;
    };
    hardenSession({
      setPermissionRequestHandler: keep('request') as never,
      setPermissionCheckHandler: keep('check') as never,
      setDevicePermissionHandler: keep('device') as never,
    });
    const answers: boolean[] = [];
    set.request!(null as never, 'notifications' as never, ((allowed: boolean) => answers.push(allowed)) as never);
    expect(answers).toEqual([false]);
    expect(set.check!()).toBe(false);
    expect(set.device!()).toBe(false);
  });
});

describe('links', () => {
  it('open by name, and every one of the list may be opened', () => {
    for (const [id, address] of Object.entries(LINKS)) expect(linkAddress(id)).toBe(address);
    for (const id of ['', 'https://docs.docker.com', 'toString', '__proto__', null, 7]) expect(linkAddress(id)).toBeNull();
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://docs.docker.com/x',
    'http://docs.docker.com/',
    'https://evildocs.docker.com',
    'https://docs.docker.com.evil.com',
    'https://docs.docker.com@evil.com',
    'https://user@docs.docker.com/',
    'https://docs.docker.com:8443/',
    'https://xn--docs-docker-0ya.com',
    'https://docs.docker.com%2eevil.com/',
    'not an address',
    '',
  ])('%s is never opened', (address) => {
    expect(isAllowedAddress(address)).toBe(false);
  });
});

describe('a file named on the command line', () => {
  it.each([
    [['/home/a/x.spx'], '/home/a/x.spx'],
    [['x.spx'], '/home/ada/x.spx'],
    [['--no-sandbox', '/app', '--flag=1', 'sub/x.spx'], '/home/ada/sub/x.spx'],
    [['/app'], null],
    [['--user-data-dir=/x'], null],
    [[], null],
    [[''], null],
  ])('%j opens %s', (words, path_) => {
    expect(openedPath(words, '/home/ada', '/app', path.posix)).toBe(path_);
  });
  it('is found on Windows too', () => {
    expect(openedPath(['C:\\Users\\a\\x.spx'], 'C:\\', 'C:\\Program Files\\Gangway\\resources\\app.asar', path.win32)).toBe('C:\\Users\\a\\x.spx');
  });
});
