import { create } from 'zustand';
import type { Finding } from '../../shared/checks/finding.ts';
import type { WireError } from '../../shared/errors/codes.ts';
import type { ExtensionDraft, FileChange, SourceReport } from '../../shared/extension/draft.ts';
import type { Grant } from '../../shared/ipc/contract.ts';
import type { Result } from '../../shared/ipc/result.ts';
import { call, grantFile } from '../api/bridge.ts';
import { useNav } from './nav.ts';

export const STEPS = ['source', 'target', 'details', 'summary'] as const;
export type WizardStep = (typeof STEPS)[number];

export interface Plan {
  changes: FileChange[];
  findings: Finding[];
}

/** empty: nothing open. reading: a source is being inspected. open: it is understood. failed: it is not. */
export type WizardPhase = 'empty' | 'reading' | 'open' | 'failed';

interface WizardState {
  phase: WizardPhase;
  grant: Grant | null;
  report: SourceReport | null;
  draft: ExtensionDraft | null;
  step: WizardStep;
  /** The furthest step that was reached; earlier ones can be gone back to. */
  reached: number;
  touched: boolean;
  error: WireError | null;
  plan: Plan | null;
  planError: WireError | null;
  /** The icon as a data URL: of the source, or of the one that was picked since. */
  iconPreview: string | null;
  /** A source that was dropped while an edited one is open, until the person decides. */
  waiting: Result<Grant> | null;
  openFile: (file: File) => Promise<void>;
  openPicked: (what: 'dockerfile-or-archive' | 'folder') => Promise<void>;
  openRecent: (id: string) => Promise<void>;
  open: (granted: Result<Grant>) => Promise<void>;
  decide: (replace: boolean) => Promise<void>;
  edit: (change: (draft: ExtensionDraft) => ExtensionDraft) => void;
  pickIcon: () => Promise<void>;
  goTo: (step: WizardStep) => void;
  makePlan: () => Promise<void>;
  close: () => void;
}

const NOTHING = {
  phase: 'empty' as const,
  grant: null,
  report: null,
  draft: null,
  step: 'source' as const,
  reached: 0,
  touched: false,
  error: null,
  plan: null,
  planError: null,
  iconPreview: null,
  waiting: null,
};

/** The one source that is open, and the draft that the steps edit. Every choice is kept while other pages are visited. */
export const useWizard = create<WizardState>()((set, get) => ({
  ...NOTHING,
  openFile: async (file) => get().open(await grantFile(file)),
  openPicked: async (what) => {
    const picked = await call('dialog.pick', { what });
    if (!picked.ok) await get().open(picked);
    else if (picked.value) await get().open({ ok: true, value: picked.value });
  },
  openRecent: async (id) => get().open(await call('source.reopen', { id })),
  open: async (granted) => {
    if (get().touched && get().phase === 'open') {
      set({ waiting: granted });
      return;
    }
    if (!granted.ok) {
      set({ ...NOTHING, phase: 'failed', error: granted.error });
      useNav.getState().go({ page: 'extensions' });
      return;
    }
    const grant = granted.value;
    set({ ...NOTHING, phase: 'reading', grant });
    useNav.getState().go({ page: 'extensions' });
    const answer = await call('source.inspect', { source: grant.grantId });
    if (get().grant?.grantId !== grant.grantId) return;
    if (!answer.ok) {
      set({ phase: 'failed', error: answer.error });
      return;
    }
    set({ phase: 'open', report: answer.value, draft: answer.value.draft, iconPreview: answer.value.iconPreview ?? null });
    if (useNav.getState().route.page === 'extensions') useNav.getState().go({ page: answer.value.kind === 'spx' ? 'package' : 'wizard' });
  },
  decide: async (replace) => {
    const granted = get().waiting;
    set({ waiting: null });
    if (!replace || !granted) return;
    set({ touched: false });
    await get().open(granted);
  },
  edit: (change) => {
    const { draft } = get();
    if (draft) set({ draft: change(draft), touched: true, plan: null, planError: null });
  },
  pickIcon: async () => {
    const { grant, draft } = get();
    const picked = await call('dialog.pick', { what: 'icon' });
    if (!picked.ok) set({ error: picked.error });
    if (!grant || !draft || !picked.ok || !picked.value) return;
    const copied = await call('draft.icon', { source: grant.grantId, icon: picked.value.grantId, packageDir: draft.packageDir });
    if (!copied.ok) {
      set({ error: copied.error });
      return;
    }
    set({ error: null, iconPreview: copied.value.dataUrl });
    get().edit((d) => ({ ...d, extension: { ...d.extension, icon: copied.value.name } }));
  },
  goTo: (step) => {
    set({ step, error: null, reached: Math.max(get().reached, STEPS.indexOf(step)) });
    if (step === 'summary') void get().makePlan();
  },
  makePlan: async () => {
    const { grant, draft } = get();
    if (!grant || !draft) return;
    set({ plan: null, planError: null });
    const answer = await call('draft.plan', { source: grant.grantId, draft });
    if (get().draft !== draft) return;
    set(answer.ok ? { plan: answer.value } : { planError: answer.error });
  },
  close: () => set(NOTHING),
}));
