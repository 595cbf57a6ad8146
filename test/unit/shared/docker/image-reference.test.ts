import { describe, expect, it } from 'vitest';
import {
  isImageId,
  normaliseTag,
  parseImageReference,
  readImageReference,
  referenceInPath,
  registryOf,
  repositoryName,
  sameImage,
} from '../../../../shared/docker/image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('image references', () => {
  it.each([
    ['busybox', { repository: 'busybox' }],
    ['ping-image:1.0', { repository: 'ping-image', tag: '1.0' }],
    ['bosdyn/spot:v5', { repository: 'bosdyn/spot', tag: 'v5' }],
    ['localhost/x', { registry: 'localhost', repository: 'x' }],
    ['127.0.0.1:5000/a/b:1', { registry: '127.0.0.1:5000', repository: 'a/b', tag: '1' }],
    ['127.0.0.1:5000/a', { registry: '127.0.0.1:5000', repository: 'a' }],
    ['Registry/a', { registry: 'Registry', repository: 'a' }],
    [`nvcr.io/nvidia/l4t-base@${DIGEST}`, { registry: 'nvcr.io', repository: 'nvidia/l4t-base', digest: DIGEST }],
    [`a:1@${DIGEST}`, { repository: 'a', tag: '1', digest: DIGEST }],
  ])('%s is taken apart', (text, parts) => {
    expect(parseImageReference(text)).toEqual(parts);
    expect(readImageReference(text)).toEqual(parts);
  });

  it.each([
    ['busybox', 'busybox:latest', 'docker.io', 'busybox'],
    ['busybox:1.36', 'busybox:1.36', 'docker.io', 'busybox'],
    ['a/b', 'a/b:latest', 'docker.io', 'a/b'],
    ['docker.io/busybox', 'busybox:latest', 'docker.io', 'docker.io/busybox'],
    ['docker.io/library/busybox', 'busybox:latest', 'docker.io', 'docker.io/library/busybox'],
    ['library/a/b', 'library/a/b:latest', 'docker.io', 'library/a/b'],
    ['index.docker.io/a/b:2', 'a/b:2', 'docker.io', 'index.docker.io/a/b'],
    ['ghcr.io/a/b:1', 'ghcr.io/a/b:1', 'ghcr.io', 'ghcr.io/a/b'],
    ['localhost/a', 'localhost/a:latest', 'localhost', 'localhost/a'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest', 'localhost:5000', 'localhost:5000/a/b'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000/a:latest', '127.0.0.1:5000', '127.0.0.1:5000/a'],
    ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000', '[::1]:5000/a'],
    ['nvcr.io/nvidia/l4t-base:r35.4.1', 'nvcr.io/nvidia/l4t-base:r35.4.1', 'nvcr.io', 'nvcr.io/nvidia/l4t-base'],
    ['Registry/a', 'Registry/a:latest', 'Registry', 'Registry/a'],
    [`a@${DIGEST}`, `a@${DIGEST}`, 'docker.io', 'a'],
    [`a:1@${DIGEST}`, `a@${DIGEST}`, 'docker.io', 'a'],
    ['a__b/c-d.e', 'a__b/c-d.e:latest', 'docker.io', 'a__b/c-d.e'],
  ])('%s is %s of %s', (text, short, registry, name) => {
    const parsed = readImageReference(text);
    expect(normaliseTag(text)).toBe(short);
    expect(registryOf(parsed)).toBe(registry);
    expect(repositoryName(parsed)).toBe(name);
  });

  const BROKEN = [
    '',
    ' ',
    'A',
    'Upper',
    'a b',
    'a:',
    ':1',
    'a:b:c',
    'a//b',
    '/a',
    'a/',
    'a@',
    'a@sha256:1',
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
    '../x',
    'a/../b',
    'x?y=1',
    'a#b',
    '{image}',
    'a'.repeat(256),
    'a\n',
    'ünï',
  ];

  it.each(BROKEN)('%j is none, and no path is made of it', (text) => {
    expect(parseImageReference(text)).toBeNull();
    expect(() => referenceInPath(text)).toThrow(/not the name of an image/);
  });

  it('have no name of 64 hex digits, which is an id', () => {
    expect(parseImageReference('f'.repeat(64))).toBeNull();
    expect(referenceInPath('f'.repeat(64))).toBe('f'.repeat(64));
  });

  it('are the same image however they are spelt', () => {
    expect(sameImage('busybox', 'docker.io/library/busybox:latest')).toBe(true);
    expect(sameImage('busybox', 'busybox:1')).toBe(false);
    expect(sameImage('a/b', 'ghcr.io/a/b')).toBe(false);
    expect(sameImage('not an image', 'not an image')).toBe(true);
  });

  it('are told from ids', () => {
    expect(isImageId(DIGEST)).toBe(true);
    expect(isImageId('0123456789ab')).toBe(true);
    expect(isImageId('busybox')).toBe(false);
  });
});
