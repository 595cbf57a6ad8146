import type { JobKind } from '../../../shared/jobs/job.ts';
import { emptyJobView, type JobView, reduceJob } from '../../../shared/jobs/progress.ts';
import type { ReportEvent } from '../../../shared/jobs/report.ts';
import type { CommandName } from '../spec.ts';

/** A job as the window sees it, by the same reduction. */
export interface Overall {
  /** Takes what the job reports; answers what is known of it then. Output is not kept. */
  take(event: ReportEvent): JobView;
  /** Whether the command is such a job, so that `progress` is that of the whole; else only its phases mean something. */
  isJob: boolean;
}

const KINDS: Partial<Record<CommandName, JobKind>> = { build: 'image.build', package: 'extension.package', 'build-extension': 'extension.package' };

export function overallOf(command: CommandName): Overall {
  const kind = KINDS[command];
  let view = emptyJobView(kind ?? 'extension.package');
  return {
    take(event) {
      if (event.type !== 'log') view = reduceJob(view, [{ jobId: '', seq: view.nextSeq, type: 'report', event }]);
      return view;
    },
    isJob: kind !== undefined,
  };
}
