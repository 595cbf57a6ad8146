import { create } from 'zustand';
import type { DoctorReport } from '../../shared/doctor/report.ts';
import type { WireError } from '../../shared/errors/codes.ts';
import { call } from '../api/bridge.ts';

interface DoctorState {
  report: DoctorReport | null;
  error: WireError | null;
  running: boolean;
  run: () => Promise<void>;
}

export const useDoctor = create<DoctorState>()((set, get) => ({
  report: null,
  error: null,
  running: false,
  run: async () => {
    if (get().running) return;
    set({ running: true });
    const answer = await call('doctor.run', null);
    set(answer.ok ? { running: false, report: answer.value, error: null } : { running: false, error: answer.error });
  },
}));
