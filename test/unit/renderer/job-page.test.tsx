// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { useJobs } from '../../../renderer/stores/jobs.ts';
import { useNav } from '../../../renderer/stores/nav.ts';
import type { BuildStep } from '../../../shared/jobs/report.ts';
import type { FakeBridge } from '../../fixtures/fake-bridge.ts';
import { draft, NOW, result } from '../../fixtures/ui-samples.ts';
import { renderApp } from './render-app.tsx';

const step = (id: string, state: BuildStep['state'], more: Partial<BuildStep> = {}): { type: 'step'; step: BuildStep } => ({
  type: 'step',
  step: { id, image: 'a:1', name: `RUN ${id}`, state, ...more },
});

/** A window that shows a job of which nothing was reported yet. */
async function running(prepare?: (bridge: FakeBridge) => void) {
  const app = renderApp(prepare);
  let jobId = '';
  await act(async () => {
    jobId = (await useJobs.getState().start({ kind: 'extension.package', request: { source: 'g', draft } })) ?? '';
    useNav.getState().go({ page: 'job', jobId });
  });
  const bar = await screen.findByRole('progressbar', { name: 'Overall progress' });
  return { ...app, jobId, bar };
}

const percent = (bar: HTMLElement): number => Number(bar.getAttribute('aria-valuenow'));

describe('the build page', () => {
  it('never lets the overall progress go backwards', async () => {
    const { bridge, jobId, bar } = await running();
    act(() =>
      bridge.report(jobId, { type: 'phase', phase: 'build', state: 'started' }, { type: 'progress', phase: 'build', done: 8, total: 10, unit: 'steps' }),
    );
    const before = percent(bar);
    expect(before).toBeGreaterThan(30);
    act(() => bridge.report(jobId, { type: 'progress', phase: 'build', done: 8, total: 400, unit: 'steps' }));
    expect(percent(bar)).toBeGreaterThanOrEqual(before);
  });

  it('asks once to cancel, says so, and ends neutral', async () => {
    const { bridge, jobId, user } = await running();
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    const busy = await screen.findByRole('button', { name: 'Cancelling…' });
    await user.click(busy);
    expect(bridge.asked.filter((a) => a.name === 'job.cancel')).toHaveLength(1);
    act(() => bridge.end(jobId, { status: 'cancelled' }));
    expect(await screen.findByText(/Nothing half-made was left behind/)).toBeDefined();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByRole('progressbar', { name: 'Overall progress' }).dataset.tone).toBe('cancelled');
  });

  it('shows the failed step, its line, the end of its output and what to do, and tries again', async () => {
    const { bridge, jobId, user } = await running();
    act(() => {
      bridge.report(
        jobId,
        step('pip', 'running'),
        { type: 'log', step: 'pip', stream: 'stderr', text: 'first\n\u001b[31mno such package\u001b[0m\n' },
        step('pip', 'failed', { error: 'exit code: 1' }),
      );
      bridge.end(jobId, {
        status: 'failed',
        error: {
          code: 'BUILD_STEP_FAILED',
          message: 'pip ended with 1.',
          location: { file: 'Dockerfile', line: 7 },
          hint: 'Check the version.',
          detail: 'raw words',
        },
      });
    });
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('RUN pip');
    expect(alert.textContent).toContain('Dockerfile:7');
    expect(alert.textContent).toContain('no such package');
    expect(alert.textContent).not.toContain('\u001b');
    expect(alert.textContent).toContain('Check the version.');
    expect(alert.textContent).not.toContain('raw words');
    await user.click(within(alert).getByRole('button', { name: /Technical details/ }));
    expect(alert.textContent).toContain('raw words');
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(bridge.asked.filter((a) => a.name === 'job.start')).toHaveLength(2);
  });

  it('can be left and rejoined with everything that was said meanwhile', async () => {
    const { bridge, jobId, user } = await running();
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    await screen.findByRole('heading', { name: 'Settings' });
    act(() => bridge.report(jobId, step('compile', 'running'), { type: 'log', step: 'compile', stream: 'stdout', text: 'hello from the compiler\n' }));
    await user.click(screen.getByRole('button', { name: 'Open hello-spot 1.0.0' }));
    const row = await screen.findByRole('button', { name: /RUN compile/ });
    if (row.getAttribute('aria-expanded') === 'false') await user.click(row);
    expect(screen.getByText('hello from the compiler')).toBeDefined();
  });

  it('replays a job that began before the window was loaded, and counts no message twice', async () => {
    const { bridge } = renderApp((b) => {
      b.addJob({ id: 'old', kind: 'extension.package', title: 'older 1.0.0', status: 'running', startedAt: NOW });
      b.report('old', step('one', 'done'), { type: 'log', step: 'one', stream: 'stdout', text: 'line\n' });
      const join = b.answers['job.join'];
      b.answers['job.join'] = (request) => {
        const answer = join(request);
        // A live batch that overtakes the answer, as the contract allows, and repeats what the replay holds.
        b.report('old', { type: 'log', step: 'one', stream: 'stdout', text: 'late\n' });
        return answer;
      };
    });
    await waitFor(() => expect(useJobs.getState().views.old?.logs.one?.lines.map((l) => l.text)).toEqual(['line', 'late']));
    act(() => bridge.report('old', { type: 'log', step: 'one', stream: 'stdout', text: 'last\n' }));
    expect(useJobs.getState().views.old?.logs.one?.lines.map((l) => l.text)).toEqual(['line', 'late', 'last']);
  });

  it('starts a job of an earlier page again through the services, which kept what it was asked', async () => {
    const { bridge, user } = renderApp((bridge) => {
      bridge.addJob({ id: 'old', kind: 'extension.package', title: 'hello-spot', status: 'running', startedAt: NOW - 5000 });
      bridge.end('old', { status: 'cancelled' });
    });
    act(() => useNav.getState().go({ page: 'job', jobId: 'old' }));
    await user.click(await screen.findByRole('button', { name: 'Start again' }));
    expect(bridge.asked.filter((a) => a.name === 'job.again')).toEqual([{ name: 'job.again', request: { jobId: 'old' } }]);
    expect(await screen.findByRole('button', { name: 'Cancel' })).toBeDefined();
  });

  it('keeps the progress that a failed job had made when it is rejoined', async () => {
    renderApp((b) => {
      b.addJob({ id: 'old', kind: 'extension.package', title: 'older', status: 'running', startedAt: NOW });
      b.report('old', { type: 'phase', phase: 'build', state: 'started' }, { type: 'progress', phase: 'build', done: 5, total: 10, unit: 'steps' });
      b.end('old', { status: 'failed', error: { code: 'ENGINE_LOST', message: 'gone' } });
    });
    act(() => useNav.getState().go({ page: 'job', jobId: 'old' }));
    await waitFor(() => expect(percent(screen.getByRole('progressbar', { name: 'Overall progress' }))).toBeGreaterThan(10));
  });

  it('says which steps came from the cache and why', async () => {
    const { bridge, jobId } = await running();
    act(() => bridge.report(jobId, step('apt', 'cached', { note: 'Nothing that it reads has changed' })));
    const item = screen.getByText('RUN apt').closest('li');
    expect(item?.textContent).toContain('Cached');
    expect(item?.textContent).toContain('Nothing that it reads has changed');
  });

  it('shows hostile output as text, with its control and direction characters in sight', async () => {
    const { bridge, jobId, user } = await running();
    act(() =>
      bridge.report(jobId, step('evil', 'done'), { type: 'log', step: 'evil', stream: 'stdout', text: '<img src=x onerror=alert(1)>\u202egnp.exe\u0007\n' }),
    );
    await user.click(screen.getByRole('button', { name: /RUN evil/ }));
    expect(screen.getByText('<img src=x onerror=alert(1)><U+202E>gnp.exe\u2407')).toBeDefined();
    expect(document.querySelector('img')).toBeNull();
  });

  it('keeps only the rows in sight in the document, however long the output', async () => {
    const { bridge, jobId, user } = await running();
    act(() =>
      bridge.report(jobId, step('long', 'done'), {
        type: 'log',
        step: 'long',
        stream: 'stdout',
        text: Array.from({ length: 1500 }, (_, i) => `line ${i}`).join('\n'),
      }),
    );
    await user.click(screen.getByRole('button', { name: /RUN long/ }));
    expect(screen.getByRole('log').querySelectorAll('div[data-stream]').length).toBeLessThan(100);
  });

  it('shows where the package is, its digest, its contents and the platform of its images', async () => {
    const { bridge, jobId, user } = await running();
    act(() => bridge.end(jobId, { status: 'done', value: result }));
    expect(await screen.findByTitle('hello-spot-1.0.0.spx is ready')).toBeDefined();
    expect(screen.getByTitle(result.path)).toBeDefined();
    expect(screen.getByTitle(result.digest)).toBeDefined();
    expect(screen.getByText('linux/arm64')).toBeDefined();
    expect(within(screen.getByRole('table', { name: 'Contents' })).getByText('manifest.json')).toBeDefined();
    await user.click(screen.getByRole('button', { name: 'Show in folder' }));
    expect(bridge.asked.at(-1)).toEqual({ name: 'job.reveal', request: { jobId } });
  });

  it('speaks progress politely by phase and quarter only', async () => {
    const { bridge, jobId } = await running();
    act(() =>
      bridge.report(jobId, { type: 'phase', phase: 'build', state: 'started' }, { type: 'progress', phase: 'build', done: 6, total: 10, unit: 'steps' }),
    );
    const spoken = screen.getByText('Build the image, 25 percent');
    expect(spoken.getAttribute('aria-live')).toBe('polite');
    act(() => bridge.report(jobId, { type: 'progress', phase: 'build', done: 7, total: 10, unit: 'steps' }));
    expect(spoken.textContent).toBe('Build the image, 25 percent');
  });
});
