import type { Outcome } from '../../../shared/ipc/result.ts';
import type { Report } from '../../../shared/jobs/report.ts';

/** What every long verb takes beside its request: a signal that cancels within 2 s, and where to report. */
export interface VerbContext {
  signal: AbortSignal;
  report: Report;
}

/** The one shape of everything long. Main, CLI and tests drive them alike. */
export type Verb<Request, Value> = (request: Request, context: VerbContext) => Promise<Outcome<Value>>;
