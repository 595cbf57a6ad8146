import { describe, expect, it } from 'vitest';
import { relativePlace, withRelativePlaces } from '../../../../electron/services/extension/relative-places.ts';
import type { Finding } from '../../../../shared/checks/finding.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';

const finding = (file: string): Finding => ({ id: 'x', severity: 'warning', file, message: 'm' });

describe('places of findings and errors', () => {
  it.each([
    ['/ext/Dockerfile', 'Dockerfile'],
    ['/ext/a/b.yml', 'a/b.yml'],
    ['/extra/Dockerfile', '/extra/Dockerfile'],
    ['/ext', '/ext'],
    ['manifest.json', 'manifest.json'],
    ['registry/image:1', 'registry/image:1'],
    ['/ext/..data/x', '..data/x'],
  ])('shows %s as %s', (file, shown) => {
    expect(relativePlace('/ext', file)).toBe(shown);
  });

  it('are relative in what is reported, in the result and in the error', async () => {
    const reported: unknown[] = [];
    const result = await withRelativePlaces(
      '/ext',
      (event) => reported.push(event),
      async (report) => {
        report({ type: 'finding', finding: finding('/ext/Dockerfile') });
        return { findings: [finding('/ext/a')], size: 1 };
      },
    );
    expect(reported).toMatchObject([{ finding: { file: 'Dockerfile' } }]);
    expect(result).toEqual({ findings: [finding('a')], size: 1 });
    const failing = withRelativePlaces(
      '/ext',
      () => undefined,
      () => Promise.reject(new GangwayError('BUILD_STEP_FAILED', 'no', { location: { file: '/ext/Dockerfile', line: 3 }, detail: 'tail' })),
    );
    await expect(failing).rejects.toMatchObject({ wire: { code: 'BUILD_STEP_FAILED', location: { file: 'Dockerfile', line: 3 }, detail: 'tail' } });
  });

  it('leaves other errors as they are', async () => {
    const error = new Error('bug');
    await expect(
      withRelativePlaces(
        '/ext',
        () => undefined,
        () => Promise.reject(error),
      ),
    ).rejects.toBe(error);
  });
});
