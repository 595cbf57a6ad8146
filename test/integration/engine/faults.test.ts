import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { afterEach, describe, expect, test } from 'vitest';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { localEngine, startEngine } from '../../devlab/engines.ts';
import { engineInOtherNamespace } from '../../devlab/namespaces.ts';
import { run } from '../../devlab/run.ts';
import { sampleImage } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const never = (): AbortSignal => new AbortController().signal;

describe('no engine', () => {
  test('a socket that is not there and a socket that nobody serves are both unreachable, with the way to start one', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'gangway-none-'));
    closing.push(() => rm(dir, { recursive: true }));
    await writeFile(path.join(dir, 'file.sock'), '');
    for (const name of ['absent.sock', 'file.sock']) {
      const engine = createEngine({ env: { DOCKER_HOST: `unix://${dir}/${name}` } });
      await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', wire: { hint: expect.any(String), remedy: { kind: 'open-doctor' } } });
    }
  });
});

describe.skipIf(await skipUnless('root', 'engine'))('no permission', () => {
  test('a person outside the docker group is told of the group', async () => {
    const lab = await localEngine();
    closing.push(lab.stop);
    // Once as root, so that every module is loaded before the rights to read them are dropped.
    const asRoot = createEngine({ env: lab.env });
    closing.push(() => asRoot.close());
    await asRoot.info();
    const engine = createEngine({ env: lab.env });
    closing.push(() => engine.close());
    const failed = await asNobody(() =>
      engine.info().then(
        () => null,
        (error: unknown) => error,
      ),
    );
    expect(failed).toMatchObject({
      code: 'ENGINE_PERMISSION_DENIED',
      wire: {
        hint: expect.stringContaining('docker group'),
        remedy: { kind: 'run-command', command: 'sudo usermod -aG docker "$USER"' },
        detail: expect.stringContaining('EACCES'),
      },
    });
    expect((await engine.info()).flavour).toBe('docker');
  });
});

describe.skipIf(await skipUnless('engine-20.10', 'busybox-arm64'))('an engine that dies', () => {
  test('in mid-save is ENGINE_LOST, and the same object finds the next one at that address', async () => {
    const lab = await startEngine({ version: '20.10' });
    closing.push(lab.stop);
    const engine = createEngine({ env: lab.env });
    closing.push(() => engine.close());
    await sampleImage({ platform: 'linux/arm64', tag: 'sample:1', env: lab.env });
    const stream = await engine.save(['sample:1'], never());
    let read = 0;
    const failed = await (async () => {
      for await (const chunk of stream) {
        read += (chunk as Buffer).length;
        await lab.kill();
      }
    })().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(GangwayError);
    expect(failed).toMatchObject({ code: 'ENGINE_LOST', wire: { remedy: { kind: 'retry' } } });
    expect(read).toBeGreaterThan(0);
    await expect(engine.info({ fresh: true })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });
});

describe.skipIf(await skipUnless('engine-20.10'))('an engine whose disk is full', () => {
  test('says so when it loads, and says where', async () => {
    const lab = await startEngine({ version: '20.10', diskBytes: 40e6 });
    closing.push(lab.stop);
    const engine = createEngine({ env: lab.env });
    closing.push(() => engine.close());
    const config = JSON.stringify({ architecture: 'arm64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } });
    const archive = tar.pack();
    archive.entry({ name: 'padding.bin' }, Buffer.alloc(60e6, 7));
    archive.entry({ name: 'config.json' }, config);
    archive.finalize();
    await expect(engine.load(Readable.from(archive), never())).rejects.toMatchObject({
      code: 'DISK_FULL',
      wire: { data: { where: 'engine' }, hint: expect.stringContaining('prune') },
    });
  });
});

describe.skipIf(await skipUnless('openssl'))('an engine behind TLS', () => {
  test('is reached with the certificates of DOCKER_CERT_PATH, and refused without the one that vouches for it', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'gangway-tls-'));
    closing.push(() => rm(dir, { recursive: true }));
    const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=lab',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    await copyFile(cert, path.join(dir, 'ca.pem'));
    const pem = await readFile(cert);
    const server = createServer({ key: await readFile(key), cert: pem, ca: pem, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      if (request.url === '/_ping') response.writeHead(200, { 'Api-Version': '1.45', Server: 'Docker/26.1.5 (linux)' }).end('OK');
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ApiVersion":"1.45"}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(
      async () => server.closeAllConnections(),
      async () => server.close(),
    );
    const address = server.address();
    const host = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const known = createEngine({ env: { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: dir } });
    closing.push(() => known.close());
    expect(await known.info()).toMatchObject({ apiVersion: '1.45', local: false, address: host });
    const stranger = createEngine({ env: { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' } });
    closing.push(() => stranger.close());
    await expect(stranger.info()).rejects.toMatchObject({ code: 'ENGINE_CONTEXT_INVALID', message: expect.stringContaining('TLS') });
    const plain = createEngine({ env: { DOCKER_HOST: host } });
    closing.push(() => plain.close());
    await expect(plain.info()).rejects.toMatchObject({ code: expect.stringMatching(/^ENGINE_(?:CONTEXT_INVALID|LOST)$/) });
  });
});

describe.skipIf(await skipUnless('namespaces', 'engine-20.10'))('an engine in another network namespace', () => {
  test('is not taken for a local one, and says through BuildKit what it runs', async () => {
    const lab = await engineInOtherNamespace();
    closing.push(lab.stop);
    const engine = createEngine({ env: lab.env });
    closing.push(() => engine.close());
    expect(await engine.info()).toMatchObject({ local: false, platforms: null, address: lab.env.DOCKER_HOST });
    expect(await engine.emulation('linux/amd64')).toMatchObject({ runs: true, how: 'native' });
    expect((await engine.emulation('linux/arm64')).how).toBe(existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64') ? 'emulated' : 'missing');
  });
});

/** Runs a body with the rights of a user who owns nothing: root itself may open every socket, whatever its mode. */
async function asNobody<T>(body: () => Promise<T>): Promise<T> {
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    return await body();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}
