import type { BuildStep } from '../../../../shared/jobs/report.ts';
import { useJobs } from '../../../../renderer/stores/jobs.ts';
import { useNav } from '../../../../renderer/stores/nav.ts';
import { useWizard, type WizardStep } from '../../../../renderer/stores/wizard.ts';
import type { FakeBridge } from '../../../fixtures/fake-bridge.ts';
import { archiveReport, doctorBroken, engineGone, engineReady, folderReport, result, spxReport } from '../../../fixtures/ui-samples.ts';

const open = async (): Promise<void> => useWizard.getState().open({ ok: true, value: { grantId: 'g', name: 'hello-spot', kind: 'folder' } });
const at = (step: WizardStep) => async (): Promise<void> => {
  await open();
  useWizard.getState().goTo(step);
};

const LONG =
  'RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake libopencv-dev python3-colcon-common-extensions && rm -rf /var/lib/apt/lists/*';
const step = (id: string, name: string, more: Partial<BuildStep>): { type: 'step'; step: BuildStep } => ({
  type: 'step',
  step: { id, image: 'hello-spot:1.0.0', name, state: 'waiting', ...more },
});

/** A build in its middle: some steps cached, one that runs and prints. */
function building(bridge: FakeBridge): string {
  const start = Date.now() - 47_000;
  bridge.addJob({ id: 'j1', kind: 'extension.package', title: 'hello-spot 1.0.0', status: 'running', startedAt: start });
  bridge.report(
    'j1',
    { type: 'phase', phase: 'preflight', state: 'started', at: start },
    { type: 'phase', phase: 'preflight', state: 'done', at: start + 400 },
    { type: 'phase', phase: 'context', state: 'started', at: start + 400 },
    { type: 'phase', phase: 'context', state: 'done', at: start + 2900 },
    { type: 'phase', phase: 'build', state: 'started', at: start + 2900 },
    { type: 'progress', phase: 'build', done: 4, total: 9, unit: 'steps' },
    step('s1', '[internal] load build definition from Dockerfile', { state: 'done', startedAt: start, endedAt: start + 120 }),
    step('s2', 'FROM arm64v8/python:3.10-slim', { state: 'cached', startedAt: start + 200, endedAt: start + 230, note: 'Same base image as last time' }),
    step('s3', LONG, { state: 'cached', startedAt: start + 300, endedAt: start + 310, note: 'Nothing that it reads has changed' }),
    step('s4', 'COPY requirements.txt .', { state: 'done', startedAt: start + 3000, endedAt: start + 3300, note: 'Ran again: requirements.txt changed' }),
    step('s5', 'RUN pip install --no-cache-dir -r requirements.txt', { state: 'running', startedAt: start + 3300 }),
    step('s6', 'COPY src /app', {}),
    step('s7', 'RUN python3 -m compileall /app', {}),
    {
      type: 'log',
      step: 's5',
      stream: 'stdout',
      text: 'Collecting bosdyn-client==5.1.4\n  Downloading bosdyn_client-5.1.4-py3-none-any.whl (1.2 MB)\n\u001b[32m     ━━━━━━━━━━━━━━━━ 1.2/1.2 MB\u001b[0m 3.1 MB/s eta 0:00:00\nCollecting numpy==1.26.4\n',
    },
    {
      type: 'log',
      step: 's5',
      stream: 'stderr',
      text: "\u001b[33mWARNING: Running pip as the 'root' user can result in broken permissions\u001b[0m\nBuilding wheel for grpcio (pyproject.toml): started\n",
    },
    {
      type: 'finding',
      finding: {
        id: 'crlf',
        severity: 'warning',
        file: 'start.sh',
        line: 1,
        message: 'start.sh has Windows line ends; the target will say "no such file or directory".',
      },
    },
  );
  return 'j1';
}

/** Scenes by name: sets up the answers at once, then answers what to do when the window stands. */
export function play(scene: string, bridge: FakeBridge): () => Promise<void> | void {
  const go = useNav.getState().go;
  bridge.answers['engine.status'] = () =>
    scene.includes('no-engine')
      ? engineGone
      : scene === 'no-emulation' && engineReady.state === 'ready'
        ? { state: 'ready', info: { ...engineReady.info, platforms: ['linux/amd64'] } }
        : engineReady;
  if (scene.startsWith('archive')) bridge.answers['source.inspect'] = () => archiveReport;
  switch (scene) {
    case 'empty':
      bridge.answers['source.recent'] = () => [];
      return () => {};
    case 'reading':
      bridge.call = (name) => (name === 'source.inspect' ? new Promise(() => {}) : createAnswer(bridge, name));
      return () => void open();
    case 'refused':
      bridge.answers['source.inspect'] = () => ({
        code: 'CONTEXT_TOO_WIDE',
        message: 'The folder of that Dockerfile is your home folder: 812 GB would be sent to the engine.',
      });
      return open;
    case 'source':
    case 'archive-source':
      return open;
    case 'target':
      return at('target');
    case 'no-emulation':
      return at('target');
    case 'details':
      return at('details');
    case 'details-wrong':
      return async () => {
        await at('details')();
        useWizard.getState().edit((d) => ({
          ...d,
          extension: { ...d.extension, name: 'hello spot coreio', version: '1.x' },
          services: [
            {
              ...d.services[0]!,
              ports: [
                { host: '8080', container: '80', protocol: 'tcp' },
                { host: '999999', container: '', protocol: 'udp' },
              ],
              memoryLimit: '512 cats',
            },
            { ...d.services[0]!, name: 'second', image: 'thermal-inspection-with-a-rather-long-project-name-for-the-refinery-site/worker:2026.11.21' },
          ],
        }));
      };
    case 'summary':
      return at('summary');
    case 'summary-no-engine':
      return at('summary');
    case 'archive-summary':
      return at('summary');
    case 'spx':
      bridge.answers['source.inspect'] = () => spxReport;
      return open;
    case 'building':
      return () => go({ page: 'job', jobId: building(bridge) });
    case 'tray':
      return () => void building(bridge);
    case 'cancelling':
      return () => {
        go({ page: 'job', jobId: building(bridge) });
        void useJobs.getState().cancel('j1');
      };
    case 'cancelled':
      return () => {
        go({ page: 'job', jobId: building(bridge) });
        bridge.end('j1', { status: 'cancelled' });
      };
    case 'failed':
      return () => {
        go({ page: 'job', jobId: building(bridge) });
        useJobs.setState({ requests: { j1: { kind: 'extension.package', request: { source: 'g', draft: folderReport.draft } } } });
        bridge.report(
          'j1',
          {
            type: 'log',
            step: 's5',
            stream: 'stderr',
            text: 'ERROR: Could not find a version that satisfies the requirement bosdyn-client==9.9.9 (from versions: 4.1.0, 5.0.0, 5.1.4)\nERROR: No matching distribution found for bosdyn-client==9.9.9\n',
          },
          step('s5', 'RUN pip install --no-cache-dir -r requirements.txt', {
            state: 'failed',
            startedAt: Date.now() - 40_000,
            endedAt: Date.now(),
            error: 'process "/bin/sh -c pip install --no-cache-dir -r requirements.txt" did not complete successfully: exit code: 1',
          }),
        );
        bridge.end('j1', {
          status: 'failed',
          error: {
            code: 'BUILD_STEP_FAILED',
            message: 'pip install ended with exit code 1.',
            location: { file: 'Dockerfile', line: 7 },
            hint: 'Check the version in requirements.txt: bosdyn-client 9.9.9 does not exist.',
            detail: 'process "/bin/sh -c pip install" did not complete successfully: exit code: 1',
            remedy: { kind: 'retry' },
          },
        });
      };
    case 'done':
      return () => {
        go({ page: 'job', jobId: building(bridge) });
        const at = Date.now();
        bridge.report(
          'j1',
          ...[
            ['s5', 'RUN pip install --no-cache-dir -r requirements.txt'],
            ['s6', 'COPY src /app'],
            ['s7', 'RUN python3 -m compileall /app'],
          ].map(([id, name]) => step(id!, name!, { state: 'done', startedAt: at - 9000, endedAt: at })),
        );
        bridge.end('j1', { status: 'done', value: result });
      };
    case 'builds':
      return () => {
        building(bridge);
        const t = Date.now();
        for (const [i, status] of (['done', 'failed', 'cancelled'] as const).entries())
          bridge.addJob({
            id: `old${i}`,
            kind: 'extension.package',
            title: i === 0 ? 'thermal-inspection-with-a-rather-long-project-name-for-the-refinery-site 12.4.1' : 'hello-spot 0.9.0',
            status,
            startedAt: t - (i + 1) * 5_400_000,
            endedAt: t - (i + 1) * 5_400_000 + 93_000,
          });
        go({ page: 'builds' });
      };
    case 'builds-empty':
      return () => go({ page: 'builds' });
    case 'doctor':
      return () => go({ page: 'doctor' });
    case 'doctor-no-engine':
      bridge.answers['doctor.run'] = () => doctorBroken;
      return () => go({ page: 'doctor' });
    case 'settings':
      return () => go({ page: 'settings' });
    case 'replace':
      return async () => {
        await at('details')();
        useWizard.getState().edit((d) => d);
        await useWizard.getState().open({ ok: true, value: { grantId: 'h', name: 'lidar-mapper', kind: 'folder' } });
      };
    default:
      return () => {};
  }
}

async function createAnswer(bridge: FakeBridge, name: string): Promise<never> {
  const answer = (bridge.answers as Record<string, (request: unknown) => unknown>)[name]?.({});
  return { ok: true, value: answer } as never;
}
