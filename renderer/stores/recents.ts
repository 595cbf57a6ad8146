import { create } from 'zustand';
import type { RecentSource } from '../../shared/ipc/contract.ts';
import { call } from '../api/bridge.ts';

interface RecentsState {
  /** Null until the first answer. */
  recents: RecentSource[] | null;
  load: () => Promise<void>;
}

export const useRecents = create<RecentsState>()((set) => ({
  recents: null,
  load: async () => {
    const answer = await call('source.recent', null);
    set({ recents: answer.ok ? answer.value : [] });
  },
}));
