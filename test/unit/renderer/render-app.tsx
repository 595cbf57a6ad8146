import { cleanup, configure, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, vi } from 'vitest';
import { App } from '../../../renderer/features/shell/app.tsx';
import { useDoctor } from '../../../renderer/stores/doctor.ts';
import { useDrag } from '../../../renderer/stores/drag.ts';
import { useEngine } from '../../../renderer/stores/engine.ts';
import { useJobs } from '../../../renderer/stores/jobs.ts';
import { useNav } from '../../../renderer/stores/nav.ts';
import { useRecents } from '../../../renderer/stores/recents.ts';
import { useSettings } from '../../../renderer/stores/settings.ts';
import { useWizard } from '../../../renderer/stores/wizard.ts';
import { createFakeBridge, type FakeBridge } from '../../fixtures/fake-bridge.ts';

// Pages are loaded when they are first shown; on a busy machine that takes longer than the library's usual second.
configure({ asyncUtilTimeout: 15_000 });
vi.setConfig({ testTimeout: 60_000 });
afterEach(cleanup);

/** A fresh window over a fake bridge; `prepare` sets what the services answer before the page asks. */
export function renderApp(prepare: (bridge: FakeBridge) => void = () => {}): { bridge: FakeBridge; user: ReturnType<typeof userEvent.setup> } {
  for (const store of [useNav, useWizard, useJobs, useEngine, useDoctor, useRecents, useSettings, useDrag]) {
    (store as { setState: (s: unknown, replace: true) => void; getInitialState: () => unknown }).setState(store.getInitialState(), true);
  }
  delete document.documentElement.dataset.theme;
  const bridge = createFakeBridge();
  prepare(bridge);
  window.gangway = bridge;
  render(<App />);
  return { bridge, user: userEvent.setup() };
}
