import { afterAll, describe, expect, it } from 'vitest';
import type { BuildStep } from '../../../shared/jobs/report.ts';
import { BASE, build, contextFolder, logText, removeTestImages, requestFor, runImage } from './build-fixture.ts';

afterAll(removeTestImages);

describe('building through the engine\'s BuildKit', () => {
  it('builds an arm64 image whose steps and output arrive decoded', async () => {
    const { folder, remove } = await contextFolder(`${BASE}RUN echo "machine $(uname -m)" && echo grüße\nCMD ["/bin/uname", "-m"]\n`);
    try {
      const { result, events } = await build(requestFor(folder, 'arm64:1', { noCache: true }));
      expect(result.platform).toBe('linux/arm64');
      expect(result.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(logText(events)).toContain('machine aarch64\ngrüße');
      const steps = new Map<string, BuildStep>();
      for (const event of events) if (event.type === 'step') steps.set(event.step.id, event.step);
      expect([...steps.values()].find((step) => step.name.includes('echo "machine'))).toMatchObject({ state: 'done', image: 'gangway-build-test/arm64:1' });
      expect((await runImage('gangway-build-test/arm64:1', [])).trim()).toBe('aarch64');
    } finally {
      await remove();
    }
  });
});
