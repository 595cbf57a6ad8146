import { create } from 'zustand';

export type Route =
  | { page: 'extensions' }
  | { page: 'wizard' }
  | { page: 'package' }
  | { page: 'builds' }
  | { page: 'job'; jobId: string }
  | { page: 'doctor' }
  | { page: 'settings' };

interface NavState {
  route: Route;
  /** False until the person went somewhere: focus is moved to a page's title only after that. */
  moved: boolean;
  go: (route: Route) => void;
}

/** Which page is in sight. Pages keep what they show in stores of their own, so any of them can be left and rejoined. */
export const useNav = create<NavState>()((set) => ({
  route: { page: 'extensions' },
  moved: false,
  go: (route) => set({ route, moved: true }),
}));
