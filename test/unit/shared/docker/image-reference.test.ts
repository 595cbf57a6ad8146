import { describe, expect, it } from 'vitest';
import {
  familiarReference,
  formatReference,
  isOfficialImage,
  isValidReference,
  parseImageReference,
  sameReference,
} from '../../../../shared/docker/image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('image references', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['a/b', 'docker.io/a/b:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/a/b:2', 'docker.io/a/b:2'],
    ['ghcr.io/a/b:1', 'ghcr.io/a/b:1'],
    ['localhost/a', 'localhost/a:latest'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000/a:latest'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['nvcr.io/nvidia/l4t-base:r35.4.1', 'nvcr.io/nvidia/l4t-base:r35.4.1'],
    ['Registry/a', 'Registry/a:latest'],
    [`a@${DIGEST}`, `docker.io/library/a@${DIGEST}`],
    [`a:1@${DIGEST}`, `docker.io/library/a:1@${DIGEST}`],
    ['a__b/c-d.e', 'docker.io/a__b/c-d.e:latest'],
  ])('%s is %s', (text, whole) => {
    const parsed = parseImageReference(text);
    expect(parsed && formatReference(parsed)).toBe(whole);
  });

  it.each([
    '',
    ' ',
    'A',
    'a b',
    'a:',
    ':1',
    'a:b:c',
    'a//b',
    '/a',
    'a/',
    'a@',
    'a@sha256:12',
    'a..b',
    'a.',
    '-a',
    'a-',
    'a_-b',
    `a:${'x'.repeat(129)}`,
    'a:-1',
    'a:.1',
    'http://a/b',
    'ex_ample.com:1/a',
    'a'.repeat(256),
    'f'.repeat(64),
    'a\n',
    'ünï',
  ])('%j is none', (text) => {
    expect(isValidReference(text)).toBe(false);
  });

  it('are the same image however they are spelt', () => {
    expect(sameReference('busybox', 'docker.io/library/busybox:latest')).toBe(true);
    expect(sameReference('busybox', 'busybox:1')).toBe(false);
    expect(sameReference('a/b', 'ghcr.io/a/b')).toBe(false);
    expect(sameReference('not an image', 'not an image')).toBe(true);
  });

  it('are shown short', () => {
    expect(['busybox', 'a/b:1', 'ghcr.io/a'].map((text) => familiarReference(parseImageReference(text)!))).toEqual([
      'busybox:latest',
      'a/b:1',
      'ghcr.io/a:latest',
    ]);
  });

  it('of official images are told from others', () => {
    expect(['python:3', 'me/python', 'ghcr.io/library/python'].map((text) => isOfficialImage(parseImageReference(text)!))).toEqual([true, false, false]);
  });
});
