import type { JobKind } from '../../../shared/jobs/job.ts';
import { emptyJobView, reduceJob } from '../../../shared/jobs/progress.ts';
import type { ReportEvent } from '../../../shared/jobs/report.ts';
import type { CommandName } from '../spec.ts';

/** Takes what a job reports and answers how far the whole is, 0 to 1; never lower than before. */
export type Overall = (event: ReportEvent) => number;

const KINDS: Partial<Record<CommandName, JobKind>> = { build: 'image.build', package: 'extension.package', 'build-extension': 'extension.package' };

/** The same reduction that the window shows; undefined for commands that are no such job. */
export function overallOf(command: CommandName | undefined): Overall | undefined {
  const kind = command && KINDS[command];
  if (!kind) return undefined;
  let view = emptyJobView(kind);
  return (event) => {
    // Output says nothing of how far it is, and there is much of it.
    if (event.type !== 'log') view = reduceJob(view, [{ jobId: '', seq: view.nextSeq, type: 'report', event }]);
    return view.progress;
  };
}
