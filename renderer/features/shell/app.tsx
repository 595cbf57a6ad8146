import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { call, listen } from '../../api/bridge.ts';
import { useDrag } from '../../stores/drag.ts';
import { useEngine } from '../../stores/engine.ts';
import { useJobs } from '../../stores/jobs.ts';
import { useNav } from '../../stores/nav.ts';
import { useSettings } from '../../stores/settings.ts';
import { useWizard } from '../../stores/wizard.ts';
import { ExtensionsPage } from '../extensions/extensions-page.tsx';
import css from './app.module.css';
import { PageGuard } from './page-guard.tsx';
import { Rail } from './rail.tsx';
import { Tray } from './tray.tsx';
import { useDrop } from './use-drop.ts';
import { useNow } from './use-now.ts';

const WizardPage = lazy(() => import('../wizard/wizard-page.tsx').then((m) => ({ default: m.WizardPage })));
const PackagePage = lazy(() => import('../package/package-page.tsx').then((m) => ({ default: m.PackagePage })));
const BuildsPage = lazy(() => import('../builds/builds-page.tsx').then((m) => ({ default: m.BuildsPage })));
const JobPage = lazy(() => import('../builds/job-page.tsx').then((m) => ({ default: m.JobPage })));
const DoctorPage = lazy(() => import('../doctor/doctor-page.tsx').then((m) => ({ default: m.DoctorPage })));
const SettingsPage = lazy(() => import('../settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage })));
const CommandPalette = lazy(() => import('./commands.tsx').then((m) => ({ default: m.CommandPalette })));
const ReplaceDialog = lazy(() => import('./replace-dialog.tsx').then((m) => ({ default: m.ReplaceDialog })));

/** The window: rail, page, tray. Listens to the services and keeps the stores fed. */
export function App() {
  const { route, go } = useNav();
  const engine = useEngine((s) => s.status);
  const { summaries, views, cancelling } = useJobs();
  const { waiting, grant, decide } = useWizard();
  const theme = useSettings((s) => s.settings?.theme ?? 'system');
  const over = useDrag((s) => s.over);
  const [palette, setPalette] = useState(false);
  useServices();
  useEffect(() => {
    const key = (e: KeyboardEvent): void => {
      if (e.key.toLowerCase() !== 'k' || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
      e.preventDefault();
      setPalette((open) => !open);
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, []);
  useDrop(useCallback((file: File) => void useWizard.getState().openFile(file), []));
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const running = (summaries ?? []).filter((s) => (views[s.id]?.status ?? s.status) === 'running');
  const inTray = running.filter((s) => !(route.page === 'job' && route.jobId === s.id));
  const now = useNow(inTray.length > 0);
  return (
    <div className={css.app} data-over={over || undefined}>
      <aside className={css.side}>
        <Rail page={route.page} engine={engine} runningJobs={running.length} onGo={go} onSearch={() => setPalette(true)} />
      </aside>
      <main className={css.main}>
        <PageGuard page={route.page === 'job' ? route.jobId : route.page}>
          <Suspense fallback={null}>
            {route.page === 'extensions' ? <ExtensionsPage /> : null}
            {route.page === 'wizard' ? <WizardPage /> : null}
            {route.page === 'package' ? <PackagePage /> : null}
            {route.page === 'builds' ? <BuildsPage /> : null}
            {route.page === 'job' ? <JobPage key={route.jobId} jobId={route.jobId} /> : null}
            {route.page === 'doctor' ? <DoctorPage /> : null}
            {route.page === 'settings' ? <SettingsPage /> : null}
          </Suspense>
        </PageGuard>
      </main>
      <div className={css.tray}>
        <Tray
          jobs={inTray.map((summary) => ({ summary, view: views[summary.id], cancelling: cancelling[summary.id] ?? false }))}
          now={now}
          onOpen={(jobId) => go({ page: 'job', jobId })}
        />
      </div>
      {over && route.page !== 'extensions' ? (
        <div className={css.overlay} aria-hidden="true">
          <p>Let go to open it</p>
        </div>
      ) : null}
      {palette ? (
        <Suspense fallback={null}>
          <CommandPalette onClose={() => setPalette(false)} />
        </Suspense>
      ) : null}
      {waiting ? (
        <Suspense fallback={null}>
          <ReplaceDialog
            current={grant?.name ?? 'the open source'}
            next={waiting.ok ? waiting.value.name : 'the new one'}
            onDecide={(replace) => void decide(replace)}
          />
        </Suspense>
      ) : null}
    </div>
  );
}

/** Attaches to the services once: first the listeners, then the questions of a fresh page. */
function useServices(): void {
  useEffect(() => {
    const stop = listen(
      (batch) => useJobs.getState().push(batch),
      (event) => {
        if (event.name === 'engine.changed') useEngine.getState().set(event.value);
        else if (event.name === 'jobs.changed') useJobs.getState().setSummaries(event.value);
        else if (event.name === 'settings.changed') useSettings.getState().set(event.value);
        else if (event.name === 'source.opened') void useWizard.getState().open({ ok: true, value: event.value });
      },
    );
    void useSettings.getState().load();
    void useJobs.getState().load();
    void useEngine.getState().refresh(false);
    void call('app.info', null).then((info) => {
      if (info.ok) document.documentElement.dataset.os = info.value.os;
    });
    return stop;
  }, []);
}
