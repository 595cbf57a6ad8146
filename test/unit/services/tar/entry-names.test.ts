import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBeneathLink, linkTarget, plainName, unsafeEntry, unsafeName } from '../../../../electron/services/tar/entry-names.ts';

const ID = 'a'.repeat(64);

describe('unsafeEntry', () => {
  it.each([
    'manifest.json',
    './manifest.json',
    'index.json',
    `blobs/sha256/${ID}`,
    `${ID}/layer.tar`,
    `${ID}.json`,
    'repositories',
    'name with spaces',
    'ünïcode/名前',
    'it\'s "quoted"',
    'line\nbreak',
    '...',
    '..hidden',
    'a/..b',
    'a..',
    '-rf',
    '$HOME/x',
    '%PATH%',
  ])('lets the file %j pass', (name) => {
    expect(unsafeEntry({ name, type: 'file', link: '' })).toBeNull();
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '//etc/passwd',
    '..',
    '../x',
    'a/../../x',
    'a/..',
    './../x',
    'a/b/../../../x',
    'x/../y',
    'C:/Windows',
    'c:evil',
    'a\\..\\b',
    '..\\x',
    '\\\\server\\share',
    'a\0b',
    'x'.repeat(5000),
  ])('refuses the file %j', (name) => {
    expect(unsafeEntry({ name, type: 'file', link: '' })).toEqual(expect.any(String));
  });

  it.each(['symlink', 'hardlink'] as const)('refuses a %s whose own name climbs out', (type) => {
    expect(unsafeEntry({ name: '../x', type, link: 'manifest.json' })).toMatch(/climbs/);
  });

  it.each([
    [`${ID}/layer.tar`, '../other/layer.tar'],
    ['a', 'b'],
    ['a/b', './c'],
    ['a/b/c', '../../d'],
    ['./a/b', '../c'],
  ])('lets the symbolic link %s -> %s pass, since it stays inside', (name, link) => {
    expect(unsafeEntry({ name, type: 'symlink', link })).toBeNull();
  });

  it.each([
    ['a', '../b'],
    ['a/b', '../../c'],
    ['a', '/etc/passwd'],
    ['a', ''],
    ['a', '..'],
    ['a', 'C:/x'],
    ['a', '..\\x'],
    ['./a', '../x'],
    ['a/b', '../../../etc'],
    ['a', 'x\0y'],
    ['a/b', 'c\\d'],
    ['a/b', 'c/../d'],
  ])('refuses the symbolic link %j -> %j', (name, link) => {
    expect(unsafeEntry({ name, type: 'symlink', link })).toEqual(expect.any(String));
  });

  it.each(['../x', '/x', '', '..', 'a/../../x', 'a/../x', 'a\\x'])('refuses a hard link to %j, which counts from the root of the archive', (link) => {
    expect(unsafeEntry({ name: 'deep/down/here', type: 'hardlink', link })).toEqual(expect.any(String));
  });

  it('refuses devices, pipes and whatever else', () => {
    expect(unsafeEntry({ name: 'null', type: 'device', link: '' })).toMatch(/device/);
    expect(unsafeEntry({ name: 'null', type: 'other', link: '' })).toMatch(/device/);
  });

  it('knows what lies beneath a link, at any depth, and nothing else', () => {
    const links = new Set(['a/link']);
    expect(['a/link/x', 'a/link/x/y'].map((name) => isBeneathLink(name, links))).toEqual([true, true]);
    expect(['a/link', 'a/linked/x', 'link/x', 'a'].map((name) => isBeneathLink(name, links))).toEqual([false, false, false, false]);
  });

  it('never lets anything resolve outside the folder it would be unpacked to', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'b', '...', 'C:', '\\', '/', '\0'), fc.string({ maxLength: 6 }));
    const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(name, name, fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const, 'hardlink' as const), (own, link, type) => {
        if (unsafeEntry({ name: own, type, link }) !== null) return;
        expect(posix.resolve('/base', own).startsWith('/base')).toBe(true);
        expect(posix.isAbsolute(own)).toBe(false);
        if (type === 'symlink') expect(`${posix.resolve('/base', posix.dirname(own), link)}/`.startsWith('/base/')).toBe(true);
        if (type === 'hardlink') expect(`${posix.resolve('/base', link)}/`.startsWith('/base/')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('plainName and linkTarget', () => {
  it.each([
    ['./a//b/', 'a/b'],
    ['./', '.'],
    ['a', 'a'],
    ['./a/./b', 'a/b'],
  ])('%s is %s', (name, plain) => {
    expect(plainName(name)).toBe(plain);
  });

  it('follows a symbolic link from its own folder and a hard link from the root', () => {
    expect(linkTarget({ name: './x/layer.tar', type: 'symlink', link: '../y/layer.tar' })).toBe('y/layer.tar');
    expect(linkTarget({ name: 'x/layer.tar', type: 'hardlink', link: 'y/layer.tar' })).toBe('y/layer.tar');
  });

  it('takes a plain name apart no further', () => {
    expect(unsafeName('a/b.c')).toBeNull();
  });
});
