import { describe, expect, it } from 'vitest';
import { sameImageWarnings } from '../../../../shared/docker/same-image.ts';

describe('images that are one and the same', () => {
  it('are warned about once per image', () => {
    const found = sameImageWarnings([
      { imageId: 'sha256:abc', tags: ['a:1'] },
      { imageId: 'sha256:abc', tags: ['b:1'] },
      { imageId: 'sha256:def', tags: ['c:1'] },
    ]);
    expect(found).toMatchObject([{ id: 'build-same-image', severity: 'warning' }]);
    expect(found[0]!.message).toContain('a:1 and b:1 are one and the same image');
  });
  it('are none where each is its own', () =>
    expect(
      sameImageWarnings([
        { imageId: '1', tags: ['a'] },
        { imageId: '2', tags: ['b'] },
      ]),
    ).toEqual([]));
});
