import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GangwayError } from '../../../../../shared/errors/codes.ts';
import { assertContextNotTooWide, scanContext } from '../../../../../electron/services/engine/build/scan-context.ts';
import { goMode, walkContext } from '../../../../../electron/services/engine/build/context-walk.ts';
import { followPaths } from '../../../../../electron/services/engine/build/follow-paths.ts';
import { alwaysSent, readIgnoreFile } from '../../../../../electron/services/engine/build/ignore-file.ts';
import { dockerfileReport, sourcePresence } from '../../../../../electron/services/engine/build/dockerfile-report.ts';
import { PatternMatcher } from '../../../../../shared/docker/pattern-matcher.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gangway-scan-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
}
const dockerfile = (): string => path.join(root, 'Dockerfile');

describe('scanning a context', () => {
  it('counts what is left after the ignore file, and what was left out', async () => {
    put({
      Dockerfile: 'FROM a\n',
      '.dockerignore': 'node_modules\n*.log\n',
      'app/main.py': '12345',
      'node_modules/a/b': 'x',
      'node_modules/c': 'x',
      'x.log': 'x',
    });
    expect(await scanContext(root, dockerfile())).toMatchObject({ files: 3, bytes: 7 + 19 + 5, ignored: 2, truncated: false });
  });
  it("prefers the ignore file of the Dockerfile's own", async () => {
    put({ 'robot.Dockerfile': 'FROM a\n', 'robot.Dockerfile.dockerignore': 'b\n', '.dockerignore': '*\n', a: '1', b: '22' });
    const { matcher, file } = await readIgnoreFile(root, path.join(root, 'robot.Dockerfile'));
    expect([file, matcher?.matches('a'), matcher?.matches('b')]).toEqual([path.join(root, 'robot.Dockerfile.dockerignore'), false, true]);
  });
  it('lists the largest files, a sparse one of ten gigabytes by its size and without reading it', async () => {
    put({ Dockerfile: 'FROM a\n', small: '1', huge: '' });
    truncateSync(path.join(root, 'huge'), 10 * 2 ** 30);
    const started = performance.now();
    const scan = await scanContext(root, dockerfile());
    expect(scan.largest[0]).toEqual({ path: 'huge', bytes: 10 * 2 ** 30 });
    expect(scan.bytes).toBeGreaterThan(10 * 2 ** 30);
    expect(performance.now() - started).toBeLessThan(2000);
  });
  it('takes names with spaces, quotes, newlines and other scripts', async () => {
    const names = ['a b', '"q"', "it's", 'new\nline', '日本', '🤖', '-x', '*'];
    put(Object.fromEntries(names.map((name) => [name, 'x'])));
    expect((await scanContext(root, dockerfile())).files).toBe(names.length);
  });
  it('finds scripts with Windows line ends, and no others', async () => {
    put({
      'run.sh': '#!/bin/sh\r\necho\r\n',
      'fine.sh': '#!/bin/sh\necho\r\n',
      'data.csv': '#!x\r\n',
      'notes.txt': 'a\r\n',
      entrypoint: '#!/usr/bin/env python\r\n',
      'bin/tool.bin': '#!/bin/sh\r\n',
    });
    chmodSync(path.join(root, 'bin/tool.bin'), 0o755);
    expect((await scanContext(root, dockerfile())).crlfScripts.sort()).toEqual(['bin/tool.bin', 'entrypoint', 'run.sh']);
  });
  it('stops at its limit and says so', async () => {
    put(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'x'])));
    expect(await scanContext(root, dockerfile(), { limit: 5 })).toMatchObject({ files: 5, truncated: true });
  });
  it('ends when it is told to', async () => {
    put({ a: 'x' });
    await expect(scanContext(root, dockerfile(), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
  it('does not follow links, out of the context or in circles', async () => {
    put({ 'dir/a': 'x' });
    symlinkSync('..', path.join(root, 'dir/up'));
    symlinkSync('/etc', path.join(root, 'etc'));
    expect(await scanContext(root, dockerfile())).toMatchObject({ files: 3, bytes: 1 });
  });
  it('names the line of an ignore pattern that the engine would refuse', async () => {
    put({ '.dockerignore': 'a\n[b\n' });
    await expect(scanContext(root, dockerfile())).rejects.toMatchObject({ wire: { code: 'DOCKERFILE_INVALID', location: { line: 2 } } });
  });
  it('names a folder that is not there', async () => {
    await expect(scanContext(path.join(root, 'nowhere'), dockerfile())).rejects.toMatchObject({ wire: { code: 'FILE_UNREADABLE' } });
  });
});

describe('walking a context', () => {
  const walked = (include: string[] | null, exclude: string[] | null): string[] =>
    [...walkContext(root, { include: include && new PatternMatcher(include), exclude: exclude && new PatternMatcher(exclude) })].map(({ path: name }) => name);

  it('goes in the order of bytes, a folder before what it holds', () => {
    put({ 'a/x': '', 'a-b': '', 'a.c': '', B: '', ab: '', '\uffee': '', '🤖': '' });
    expect(walked(null, null)).toEqual(
      ['B', 'a', 'a/x', 'a-b', 'a.c', 'ab', '\uffee', '🤖'].sort((a, b) => {
        const [left, right] = [a.split('/')[0]!, b.split('/')[0]!];
        return Buffer.compare(Buffer.from(left), Buffer.from(right)) || a.length - b.length;
      }),
    );
  });
  it('gives the folders above what an include pattern names, and no others', () => {
    put({ 'a/b/c': '', 'a/b/d': '', 'a/e': '', 'f/g': '' });
    expect(walked(['a/b/c'], null)).toEqual(['a', 'a/b', 'a/b/c']);
    expect(walked(['a/b'], ['a/b/d'])).toEqual(['a', 'a/b', 'a/b/c']);
    expect(walked(['**/g'], null)).toEqual(['f', 'f/g']);
  });
  it('gives a folder that is left out where an exception lies in it', () => {
    put({ 'a/b/c': '', 'a/d': '' });
    expect(walked(null, ['a', '!a/b/c'])).toEqual(['a', 'a/b', 'a/b/c']);
    expect(walked(null, ['a', '!a/nothing'])).toEqual([]);
  });
  it('makes everything executable on Windows, where no bit is kept, and nothing elsewhere', () => {
    expect(goMode({ mode: 0o100666n }, true).toString(8)).toBe('755');
    expect(goMode({ mode: 0o100644n }, false).toString(8)).toBe('644');
    expect(goMode({ mode: 0o104755n }, false)).toBe(0o755 + 0x800000);
    expect(goMode({ mode: 0o041777n }, false)).toBe(0o777 + 0x80000000 + 0x100000);
    expect(goMode({ mode: 0o140755n }, false)).toBe(0o755);
  });
  it('follows the links on the way to a source, kept inside the context', () => {
    put({ 'real/file': '', 'other/x1': '', 'other/x2': '' });
    symlinkSync('real', path.join(root, 'link'));
    symlinkSync('/other/x1', path.join(root, 'absolute'));
    symlinkSync('../../../etc/passwd', path.join(root, 'escape'));
    expect(followPaths(root, ['link/file'])).toEqual(['link', 'real/file']);
    expect(followPaths(root, ['absolute'])).toEqual(['absolute', 'other/x1']);
    expect(followPaths(root, ['escape'])).toEqual(['escape', 'etc/passwd']);
    expect(followPaths(root, ['other/x*', 'other'])).toEqual(['other']);
    expect(followPaths(root, ['abs*'])).toEqual(['abs*', 'other/x1']);
    expect(followPaths(root, ['/'])).toBeNull();
  });
  it('does not run round in links that point at each other', () => {
    symlinkSync('b', path.join(root, 'a'));
    symlinkSync('a', path.join(root, 'b'));
    expect(followPaths(root, ['a'])).toEqual(['a', 'b']);
  });
});

describe('what a Dockerfile names', () => {
  it('is looked up in the context, capitals, wildcards and the ignore file included', () => {
    put({ 'app/main.py': '', 'app/x.log': '', 'Data/a': '', 'with space': '' });
    const ignore = new PatternMatcher(['**/*.log', 'Data']);
    const look = (source: string): string => sourcePresence(root, source, ignore);
    expect(['app', 'app/', './app', '/app', '.', 'app/*.py', 'a??/main.py', 'with space'].map(look)).toEqual(Array(8).fill('there'));
    expect(['APP', 'app/main', 'nowhere/*', '../outside', 'app/main.py/x'].map(look)).toEqual(Array(5).fill('missing'));
    expect(['app/x.log', 'app/*.log', 'Data', 'Data/a'].map(look)).toEqual(Array(4).fill('ignored'));
    expect(look('$VERSION/x')).toBe('unknown');
  });
  it('is reported with what is wrong with it', async () => {
    const text = 'ARG BASE=python:3\nFROM $BASE AS run\nCOPY gone /\nEXPOSE 21000\n';
    put({ 'robot/Dockerfile': text });
    expect(await dockerfileReport(root, { path: 'robot/Dockerfile', text }, { context: path.join(root, 'robot') })).toMatchObject({
      path: 'robot/Dockerfile',
      baseImages: ['python:3'],
      stages: ['run'],
      exposedPorts: [{ port: 21000, protocol: 'tcp' }],
      findings: [{ id: 'dockerfile-source-missing', file: 'robot/Dockerfile', line: 3 }],
    });
  });
  it('is not looked up where nobody says which folder is the context', async () => {
    expect((await dockerfileReport(root, { path: 'Dockerfile', text: 'FROM scratch\nCOPY gone /\n' })).findings).toEqual([]);
  });
  it('is asked for, save arguments that the builder fills itself', async () => {
    const own = ['VERSION', 'TARGET', 'PROXY_HTTP', 'BUILDPLATFORM_X'];
    const builders = ['TARGET', 'BUILD'].flatMap((end) => ['PLATFORM', 'OS', 'ARCH', 'VARIANT'].map((part) => end + part));
    const proxies = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'FTP_PROXY', 'ftp_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy'];
    const text = `FROM scratch\nARG ${[...builders, ...own, ...proxies].join(' ')}\n`;
    expect((await dockerfileReport(root, { path: 'Dockerfile', text })).args.map(({ name }) => name)).toEqual(own);
  });
  it('is always sent, where it lies in the context', () => {
    expect(alwaysSent('/a', '/a/robot/Dockerfile', '/a/.dockerignore')).toEqual(['robot/Dockerfile', '.dockerignore']);
    expect(alwaysSent('/a', '/b/Dockerfile', null)).toEqual([]);
    expect(alwaysSent('/a', '/a/..Dockerfile', null)).toEqual(['..Dockerfile']);
  });
});

describe('a context that is too wide', () => {
  const wide = (folder: string, home: string, platform: NodeJS.Platform): boolean => {
    try {
      assertContextNotTooWide(folder, { home, platform, path: platform === 'win32' ? path.win32 : path.posix });
      return false;
    } catch (error) {
      expect((error as GangwayError).code).toBe('CONTEXT_TOO_WIDE');
      return true;
    }
  };
  it.each([
    '/',
    '/home',
    '/home/me',
    '/home/me/',
    '/home/you',
    '/home/me/Downloads',
    '/home/me/Documents',
    '/usr',
    '/usr/lib',
    '/etc',
    '/tmp',
    '/root',
    '/var',
    '/opt',
    '/mnt',
    '/mnt/c',
    '/media/me/usb',
    '/home/me/../me',
  ])('on Linux: %s', (folder) => expect(wide(folder, '/home/me', 'linux')).toBe(true));
  it.each([
    '/home/me/robot',
    '/home/me/Documents/robot',
    '/opt/robot',
    '/tmp/robot',
    '/srv/robot',
    '/usr/src/robot',
    '/mnt/c/robot',
    '/media/me/usb/robot',
    '/work',
    '/home/me-too/x',
  ])('not on Linux: %s', (folder) => expect(wide(folder, '/home/me', 'linux')).toBe(false));
  it.each(['/', '/Users', '/Users/me', '/users/ME', '/Users/you', '/Users/me/Library', '/Volumes', '/Volumes/Disk', '/Applications', '/private/tmp'])(
    'on macOS: %s',
    (folder) => expect(wide(folder, '/Users/me', 'darwin')).toBe(true),
  );
  it.each(['/Users/me/robot', '/Volumes/Disk/robot', '/private/tmp/x'])('not on macOS: %s', (folder) =>
    expect(wide(folder, '/Users/me', 'darwin')).toBe(false),
  );
  it.each([
    'C:\\',
    'c:/',
    'D:\\',
    'C:\\Users',
    'C:\\Users\\Me',
    'c:\\users\\me\\',
    'C:\\Users\\Me\\Desktop',
    'C:\\Windows',
    'C:\\Program Files',
    '\\\\server\\share\\',
  ])('on Windows: %s', (folder) => expect(wide(folder, 'C:\\Users\\Me', 'win32')).toBe(true));
  it.each(['C:\\Users\\Me\\robot', 'D:\\robot', 'C:\\robot', 'C:\\Users\\Me\\Desktop\\robot', '\\\\server\\share\\robot'])('not on Windows: %s', (folder) =>
    expect(wide(folder, 'C:\\Users\\Me', 'win32')).toBe(false),
  );
  it('says what it is and what to do', () => {
    expect(() => assertContextNotTooWide('/home/me', { home: '/home/me', platform: 'linux' })).toThrow(
      '/home/me is a home folder: all of it would be sent to the engine.',
    );
  });
  it('is told without a home folder too', () => expect(wide('/', '', 'linux')).toBe(true));
});
