import { expect, test } from 'vitest';
import { isImageId, parseImageReference, referenceInPath } from '../../../../electron/services/engine/image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['busybox', { domain: 'docker.io', repository: 'busybox' }],
  ['ping-image:1.0', { domain: 'docker.io', repository: 'ping-image', tag: '1.0' }],
  ['bosdyn/spot:v5', { domain: 'docker.io', repository: 'bosdyn/spot', tag: 'v5' }],
  ['localhost/x', { domain: 'localhost', repository: 'localhost/x' }],
  ['127.0.0.1:5000/a/b:1', { domain: '127.0.0.1:5000', repository: '127.0.0.1:5000/a/b', tag: '1' }],
  ['127.0.0.1:5000/a', { domain: '127.0.0.1:5000', repository: '127.0.0.1:5000/a' }],
  [`nvcr.io/nvidia/l4t-base@${digest}`, { domain: 'nvcr.io', repository: 'nvcr.io/nvidia/l4t-base', digest }],
  [`a:1@${digest}`, { domain: 'docker.io', repository: 'a', tag: '1', digest }],
])('%s is taken apart', (text, parts) => {
  expect(parseImageReference(text)).toEqual(parts);
});

test.each(['', 'Upper', 'a b', 'a:', ':1', 'a:b:c', '../x', 'a//b', 'a/../b', 'x?y=1', 'a#b', 'a@sha256:1', '{image}', 'a/', '-a', `${'a'.repeat(256)}`])(
  '"%s" is no reference, and no path is made of it',
  (text) => {
    expect(parseImageReference(text)).toBeNull();
    expect(() => referenceInPath(text)).toThrow(/not the name of an image/);
  },
);

test('ids are told from names', () => {
  expect(isImageId(digest)).toBe(true);
  expect(isImageId('0123456789ab')).toBe(true);
  expect(isImageId('busybox')).toBe(false);
});
