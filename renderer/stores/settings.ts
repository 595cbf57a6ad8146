import { create } from 'zustand';
import type { WireError } from '../../shared/errors/codes.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { call } from '../api/bridge.ts';

interface SettingsState {
  settings: Settings | null;
  error: WireError | null;
  set: (settings: Settings) => void;
  load: () => Promise<void>;
  change: (part: Partial<Settings>) => Promise<void>;
}

/** What the services keep; a change is shown when they have accepted it. */
export const useSettings = create<SettingsState>()((set) => ({
  settings: null,
  error: null,
  set: (settings) => set({ settings, error: null }),
  load: async () => {
    const answer = await call('settings.get', null);
    set(answer.ok ? { settings: answer.value, error: null } : { error: answer.error });
  },
  change: async (part) => {
    const answer = await call('settings.set', part);
    set(answer.ok ? { settings: answer.value, error: null } : { error: answer.error });
  },
}));
