import type { Finding } from '../checks/finding.ts';

/** The phases a job may go through, in the order in which a packaging job meets them. */
export const PHASES = ['preflight', 'context', 'build', 'pull', 'layers', 'check', 'pack', 'verify'] as const;
export type PhaseId = (typeof PHASES)[number];

export type StepState = 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'cancelled';

/** One BuildKit vertex (or one line "Step 3/9" of the classic builder). Times are milliseconds since the epoch. */
export interface BuildStep {
  /** Stable within one build: the vertex digest, or "image-tag#n". */
  id: string;
  /** Which of the recipe's images it belongs to, as its tag. */
  image: string;
  name: string;
  state: StepState;
  startedAt?: number;
  endedAt?: number;
  /** Progress of a download or transfer inside the step, in bytes. */
  current?: number;
  total?: number;
  /** Why the step was cached or not, in words, where known. */
  note?: string;
  error?: string;
}

/** What a long verb reports while it runs. A job records these in order; every view is a reduction over them. */
export type ReportEvent =
  | { type: 'phase'; phase: PhaseId; state: 'started' | 'done' | 'skipped'; title?: string; at: number }
  /** done/total of a running phase, in `unit`; total is absent while unknown. */
  | { type: 'progress'; phase: PhaseId; done: number; total?: number; unit: 'bytes' | 'steps' | 'files'; at: number }
  | { type: 'step'; step: BuildStep; at: number }
  /** Output as it comes: a line ends with its line feed, so a piece may hold several lines or part of one. */
  | { type: 'log'; step?: string; stream: 'stdout' | 'stderr'; text: string; at: number }
  | { type: 'finding'; finding: Finding; at: number };

/** A report event as a verb writes it: the time is put on by the receiver. */
export type Report = (event: DistributiveOmit<ReportEvent, 'at'>) => void;

type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never;
