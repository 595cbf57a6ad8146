import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryAuthHeader, registryCredentials } from '../../../../electron/services/engine/registry-credentials.ts';

let home: string;
const config = (value: unknown): Promise<void> => writeFile(path.join(home, '.docker/config.json'), typeof value === 'string' ? value : JSON.stringify(value));
const ask = (registry: string) => registryCredentials(registry, { env: { PATH: `${home}/bin:${process.env.PATH}` }, home, platform: 'linux' });
const auth = (text: string): string => Buffer.from(text).toString('base64');

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'gangway-credentials-'));
  await mkdir(path.join(home, '.docker'));
  await mkdir(path.join(home, 'bin'));
  const helper = path.join(home, 'bin/docker-credential-lab');
  await writeFile(
    helper,
    `#!/bin/sh
read server
case "$server" in
  registry.example:5000) echo '{"ServerURL":"x","Username":"ada","Secret":"s3cret:with:colons"}';;
  https://index.docker.io/v1/) echo '{"Username":"<token>","Secret":"tok"}';;
  broken.example) echo 'not json';;
  *) echo 'credentials not found in native keychain'; exit 1;;
esac
echo "$*" > ${home}/arguments
`,
  );
  await chmod(helper, 0o755);
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a real helper program', () => {
  test('is asked on stdin, so that nothing stands in its arguments but "get"', async () => {
    await config({ credsStore: 'lab' });
    expect(await ask('registry.example:5000')).toEqual({ serverAddress: 'registry.example:5000', username: 'ada', password: 's3cret:with:colons' });
  });

  test("gives Docker Hub's token by Hub's own key", async () => {
    await config({ credsStore: 'lab' });
    expect(await ask('docker.io')).toEqual({ serverAddress: 'https://index.docker.io/v1/', identityToken: 'tok' });
  });

  test('that knows nothing, answers nonsense or is not there means no credentials', async () => {
    await config({ credsStore: 'lab', credHelpers: { 'absent.example': 'no-such-helper', 'evil.example': '../../bin/sh' } });
    for (const registry of ['other.example', 'broken.example', 'absent.example', 'evil.example']) expect(await ask(registry)).toBeNull();
  });

  test('of one registry wins over the common store', async () => {
    await config({ credsStore: 'no-such-helper', credHelpers: { 'registry.example:5000': 'lab' } });
    expect(await ask('registry.example:5000')).toMatchObject({ username: 'ada' });
  });
});

describe('config.json itself', () => {
  test('holds user and password, and old entries are whole addresses', async () => {
    await config({ auths: { 'https://registry.example/v2/': { auth: auth('ada:pass:word') } } });
    expect(await ask('registry.example')).toEqual({ serverAddress: 'registry.example', username: 'ada', password: 'pass:word' });
    expect(await ask('registry.example.evil')).toBeNull();
  });

  test('an identity token stands before a password; an empty entry is none', async () => {
    await config({ auths: { a: { auth: auth('x:y'), identitytoken: 't' }, b: {} } });
    expect(await ask('a')).toEqual({ serverAddress: 'a', identityToken: 't' });
    expect(await ask('b')).toBeNull();
  });

  test('that is broken or absent means no credentials', async () => {
    await config('{');
    expect(await ask('registry.example')).toBeNull();
    expect(await registryCredentials('x', { env: {}, home: '/nowhere', platform: 'linux' })).toBeNull();
  });
});

test('the header is base64url JSON, "{}" without credentials', () => {
  const read = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());
  expect(read(registryAuthHeader(null))).toEqual({});
  expect(read(registryAuthHeader({ serverAddress: 'a', username: 'u', password: '>>>???' }))).toEqual({
    username: 'u',
    password: '>>>???',
    serveraddress: 'a',
  });
  expect(registryAuthHeader({ serverAddress: 'a', username: 'u', password: '>>>???~~~' })).toMatch(/^[\w-]+=*$/);
  // Go's URLEncoding, which the engines read with, wants the padding.
  for (const password of ['a', 'ab', 'abc']) expect(registryAuthHeader({ serverAddress: 'a', username: 'u', password }).length % 4).toBe(0);
});
