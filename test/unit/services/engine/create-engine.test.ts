import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { createEngine } from '../../../../electron/services/engine/create-engine.ts';
import { json, type TinyEngine, tinyEngine } from '../../../devlab/tiny-engine.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...given: Parameters<typeof tinyEngine>): Promise<{ tiny: TinyEngine; engine: ReturnType<typeof createEngine> }> {
  const tiny = await tinyEngine(...given);
  const engine = createEngine({ env: tiny.env, home: '/nowhere' });
  closing.push(tiny.close, () => engine.close());
  return { tiny, engine };
}
const never = (): AbortSignal => new AbortController().signal;
const IMAGE = { Id: `sha256:${'1'.repeat(64)}`, Os: 'linux', Architecture: 'amd64', RootFS: { Layers: [] } };

describe('meeting an engine', () => {
  test('nothing is connected before the first call', async () => {
    const { tiny } = await start();
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect(tiny.requests).toEqual([]);
  });

  test('an API below 1.41 is too old, and says both versions', async () => {
    const { engine } = await start({}, '1.24');
    await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_API_TOO_OLD', wire: { data: { apiVersion: '1.24', oldest: '1.41' } } });
  });

  test('an engine that shares no API version with us is too old as well', async () => {
    const { engine } = await start({
      'GET /info': (_, response) => json(response, { message: 'client version 1.45 is too new. Maximum supported API version is 1.24' }, 400),
    });
    await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_API_TOO_OLD' });
  });

  test('a web server that is no engine is told from one', async () => {
    const server = createServer((_, response) => response.end('<html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => server.close());
    const address = server.address();
    const engine = createEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` } });
    await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_CONTEXT_INVALID' });
    await engine.close();
  });

  test('a port that speaks something else is told from one', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => server.close());
    const address = server.address();
    const engine = createEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` } });
    await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_CONTEXT_INVALID' });
    await engine.close();
  });

  test('what DOCKER_HOST says in this process does not reach an engine that was given another', async () => {
    const { tiny } = await start();
    const kept = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = 'tcp://192.0.2.1:1';
    try {
      const engine = createEngine({ env: {}, address: { kind: 'socket', path: tiny.socket, shown: 'given' } });
      closing.push(() => engine.close());
      expect((await engine.info()).address).toBe('given');
      expect(process.env.DOCKER_HOST).toBe('tcp://192.0.2.1:1');
    } finally {
      if (kept === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = kept;
    }
  });

  test('an engine that is started later, or again, is found by the same object', async () => {
    const socket = path.join(await mkdtemp(path.join(tmpdir(), 'gangway-later-')), 'e.sock');
    closing.push(() => rm(path.dirname(socket), { recursive: true }));
    const engine = createEngine({ env: { DOCKER_HOST: `unix://${socket}` } });
    closing.push(() => engine.close());
    await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    for (const api of ['1.45', '1.47']) {
      const tiny = await tinyEngine({}, api, socket);
      expect((await engine.info({ fresh: true })).apiVersion).toBe(api);
      await tiny.close();
      await expect(engine.info({ fresh: true })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    }
  });

  test('its answer is kept for a while, and asked anew on demand', async () => {
    const { tiny, engine } = await start();
    await engine.info();
    const asked = tiny.requests.length;
    await engine.info();
    expect(tiny.requests.length).toBe(asked);
    await engine.info({ fresh: true });
    expect(tiny.requests.length).toBeGreaterThan(asked);
  });

  test('an engine that takes the question and never answers can be left', async () => {
    const { engine } = await start({ 'GET /info': () => undefined });
    const abort = new AbortController();
    const running = engine.info({ signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(running).rejects.toThrow('enough');
  });
});

describe('an engine that breaks', () => {
  test('dying inside an answer is ENGINE_LOST, not a question that hangs', async () => {
    const { engine } = await start({
      'GET /images/json': (_, response) => {
        response.writeHead(200, { 'Content-Length': '1000' }).write('[');
        setTimeout(() => response.socket?.destroy(), 20);
      },
    });
    await expect(engine.listTags('x')).rejects.toMatchObject({ code: 'ENGINE_LOST' });
  });

  test('an error written into the stream of a save is an error', async () => {
    const { engine } = await start({
      'GET /images/get': (_, response) => {
        response.write(Buffer.alloc(1024));
        response.end('{"errorDetail":{"message":"open /x: no space left on device"},"error":"open /x: no space left on device"}\r\n');
      },
    });
    const stream = await engine.save(['x:1'], never());
    await expect(
      (async () => {
        for await (const _ of stream) {
          /* read to its end */
        }
      })(),
    ).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  test('the message of a proxy that is no JSON is shown as it is', async () => {
    const { engine } = await start({ 'GET /images/json': (_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>') });
    await expect(engine.listTags('x')).rejects.toMatchObject({ code: 'ENGINE_FAILED', wire: { detail: '<h1>Bad Gateway</h1>' } });
  });

  test('what breaks the archive of a load is the error, not the connection that ended because of it', async () => {
    const { engine } = await start({
      'POST /images/load': (request) => {
        request.on('error', () => undefined).resume();
      },
    });
    const archive = new Readable({
      read() {
        this.push(Buffer.alloc(1000));
        setTimeout(() => this.destroy(new Error('the disk went away')), 20);
      },
    });
    await expect(engine.load(archive, never())).rejects.toThrow('the disk went away');
  });
});

describe('what is asked', () => {
  test('a pull names the tag, or every tag would come, and the platform; credentials go in the header only', async () => {
    const { tiny, engine } = await start({
      'POST /images/create': (_, response) => response.end('{"status":"Downloading","id":"a","progressDetail":{"current":5,"total":10}}\n{"status":"done"}\n'),
      'GET /images/registry.example:5000/base/json': (_, response) => json(response, { ...IMAGE, Architecture: 'arm64' }),
    });
    const events: unknown[] = [];
    await engine.pull('registry.example:5000/base', 'linux/arm64', { signal: never(), report: (event) => events.push(event) });
    const pull = tiny.requests.find((one) => one.line.startsWith('POST'));
    expect(pull?.line).toBe('POST /images/create?fromImage=registry.example%3A5000%2Fbase&tag=latest&platform=linux%2Farm64');
    expect(pull?.headers['x-registry-auth']).toBe('e30=');
    expect(events).toEqual([{ type: 'progress', phase: 'pull', unit: 'bytes', done: 5, total: 10 }]);
  });

  test('an image that came for another platform is a failed pull that says for which it exists', async () => {
    const { engine } = await start({
      'POST /images/create': (_, response) => response.end('{"status":"done"}\n'),
      'GET /images/base:1/json': (_, response) => json(response, IMAGE),
    });
    await expect(engine.pull('base:1', 'linux/arm64', { signal: never(), report: () => undefined })).rejects.toMatchObject({
      code: 'PULL_FAILED',
      message: 'base:1 exists for linux/amd64 only, not for linux/arm64.',
    });
  });

  test('the containerd store of a new engine is asked for the platform, an older one is not', async () => {
    const handlers = {
      'GET /info': (_: unknown, response: Parameters<typeof json>[0]) =>
        json(response, { DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']], OSType: 'linux' }),
      'GET /images/get': (_: unknown, response: Parameters<typeof json>[0]) => {
        response.end(Buffer.alloc(1024));
      },
    };
    for (const [api, expected] of [
      ['1.48', 'GET /images/get?names=a%3A1&names=b%3A1&platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm%22%2C%22variant%22%3A%22v7%22%7D'],
      ['1.45', 'GET /images/get?names=a%3A1&names=b%3A1'],
    ] as const) {
      const { tiny, engine } = await start(handlers, api);
      (await engine.save(['a:1', 'b:1'], never(), { platform: 'linux/arm/v7' })).resume();
      expect(tiny.requests.map((one) => one.line)).toContain(expected);
    }
  });

  test('an id cannot be untagged: that would take every tag of the image', async () => {
    const { tiny, engine } = await start();
    await expect(engine.untag(`sha256:${'a'.repeat(64)}`)).rejects.toMatchObject({ code: 'NAME_INVALID' });
    expect(tiny.requests.some((one) => one.line.startsWith('DELETE'))).toBe(false);
  });

  test('names that would change the path are refused before anything is sent', async () => {
    const { tiny, engine } = await start();
    for (const name of ['../containers', 'a?force=1', 'A B']) await expect(engine.inspectImage(name)).rejects.toMatchObject({ code: 'NAME_INVALID' });
    expect(tiny.requests.filter((one) => !one.line.includes('_ping'))).toEqual([]);
  });
});

test("a cancel in mid-save ends the stream with the cancel's own reason and closes the connection", async () => {
  const { tiny, engine } = await start({
    'GET /images/get': (_, response) => {
      response.on('error', () => undefined).write(Buffer.alloc(512));
    },
  });
  const abort = new AbortController();
  const stream = await engine.save(['x:1'], abort.signal);
  const reading = (async () => {
    for await (const _ of stream) abort.abort(new Error('cancelled by the person'));
  })();
  await expect(reading).rejects.toThrow('cancelled by the person');
  await engine.close();
  await expect.poll(() => tiny.open()).toBe(0);
});
