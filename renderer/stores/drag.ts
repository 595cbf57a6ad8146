import { create } from 'zustand';

/** True while files are held above the window. */
export const useDrag = create<{ over: boolean }>()(() => ({ over: false }));
