import { create } from 'zustand';
import type { EngineStatus } from '../../shared/docker/build.ts';
import { call } from '../api/bridge.ts';

interface EngineState {
  /** Null until the first answer. */
  status: EngineStatus | null;
  set: (status: EngineStatus) => void;
  refresh: (fresh: boolean) => Promise<void>;
}

export const useEngine = create<EngineState>()((set) => ({
  status: null,
  set: (status) => set({ status }),
  refresh: async (fresh) => {
    const answer = await call('engine.status', { fresh });
    set({
      status: answer.ok
        ? answer.value
        : { state: 'unavailable', code: answer.error.code, message: answer.error.message, ...(answer.error.hint ? { hint: answer.error.hint } : {}) },
    });
  },
}));
