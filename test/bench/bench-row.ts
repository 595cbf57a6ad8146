/** One figure of the benchmark: ours beside what it is held against, in words with units. */
export interface BenchRow {
  name: string;
  ours: string;
  theirs?: string;
  /** Ours divided by theirs, e.g. "0.81". */
  ratio?: string;
  /** What it has to be, e.g. "<= 1.00 x". */
  limit: string;
  ok: boolean;
  note?: string;
}
