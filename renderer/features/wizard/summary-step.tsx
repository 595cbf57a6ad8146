import { FilePen, FilePlus2, Hammer, Package } from 'lucide-react';
import type { EngineStatus } from '../../../shared/docker/build.ts';
import type { WireError } from '../../../shared/errors/codes.ts';
import type { ExtensionDraft, FileChange, SourceReport } from '../../../shared/extension/draft.ts';
import { TARGETS } from '../../../shared/extension/targets.ts';
import type { Plan } from '../../stores/wizard.ts';
import { Badge } from '../../ui/badge.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card, Fold } from '../../ui/card.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { FindingList, findingCounts } from '../../ui/findings.tsx';
import { lineDiff } from '../../ui/format/line-diff.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { cardOf, unsupplied } from './draft-edits.ts';
import css from './summary-step.module.css';
import { emulationMissing, engineMissing } from './target-step.tsx';

export interface SummaryProps {
  report: SourceReport;
  draft: ExtensionDraft;
  plan: Plan | null;
  planError: WireError | null;
  engine: EngineStatus | null;
  onDoctor: () => void;
}

/** What Build will do, in full, before it does it. */
export function SummaryStep({ report, draft, plan, planError, engine, onDoctor }: SummaryProps) {
  const target = cardOf(draft) === 'x86-64' ? 'x86-64 computer' : TARGETS[draft.target].title;
  const noEngine = engineMissing(engine, draft);
  return (
    <>
      {noEngine && engine?.state === 'unavailable' ? (
        <Banner tone="warn" title="Building needs a container engine">
          {engine.message} A saved image archive can be packed without one.
        </Banner>
      ) : emulationMissing(engine, draft) ? (
        <Banner tone="warn" title={`This computer cannot run ${draft.platform} programs yet`} action={<Button onClick={onDoctor}>See what is missing</Button>}>
          RUN lines of the Dockerfile will be refused until emulation is installed.
        </Banner>
      ) : null}
      <Card title="What will be made">
        <ul className={css.made}>
          {draft.images.map((m) => (
            <li key={m.tag}>
              <Hammer aria-hidden="true" />
              <span className={css.what}>
                <MiddleTruncate text={m.tag} tail={18} className={css.strong} />
                <small>
                  built from <MiddleTruncate text={m.dockerfile ?? 'Dockerfile'} tail={16} />
                  {m.stage ? `, stage ${m.stage}` : ''}
                </small>
              </span>
              <Badge>{draft.platform}</Badge>
            </li>
          ))}
          {[...draft.archives, ...draft.extraImages, ...unsupplied(draft)].map((name) => (
            <li key={name}>
              <Package aria-hidden="true" />
              <span className={css.what}>
                <MiddleTruncate text={name} tail={18} className={css.strong} />
                <small>{draft.archives.includes(name) ? 'taken from this archive' : 'taken from the engine, or pulled'}</small>
              </span>
              <Badge>{draft.platform}</Badge>
            </li>
          ))}
          {draft.archives.length === 0 && report.archive && draft.images.length === 0 ? (
            <li>
              <Package aria-hidden="true" />
              <span className={css.what}>
                <MiddleTruncate text={report.name} tail={18} className={css.strong} />
                <small>taken as it is</small>
              </span>
            </li>
          ) : null}
          <li>
            <Package aria-hidden="true" />
            <span className={css.what}>
              <MiddleTruncate text={draft.output} tail={24} className={css.strong} />
              <small>
                {draft.extension.name} {draft.extension.version} for {target}
              </small>
            </span>
          </li>
        </ul>
      </Card>
      {planError ? <ErrorView error={planError} /> : null}
      {!plan && !planError ? (
        <Card title="Files and checks">
          <SkeletonBlock label="Checking the extension" />
        </Card>
      ) : null}
      {plan ? (
        <>
          <Card title="Checks" aside={<span className={css.aside}>{findingCounts(plan.findings)}</span>}>
            {plan.findings.length > 0 ? (
              <FindingList findings={plan.findings} />
            ) : (
              <p className={css.calm}>Manifest, compose file and names are what {target} expects.</p>
            )}
          </Card>
          <Card title="Files to be written" aside={<span className={css.aside}>beside your sources</span>}>
            {plan.changes.length === 0 ? (
              <p className={css.calm}>None. What is there says it all already.</p>
            ) : (
              <div className={css.files}>
                {plan.changes.map((c) => (
                  <ChangeRow key={c.path} change={c} />
                ))}
              </div>
            )}
          </Card>
        </>
      ) : null}
    </>
  );
}

function ChangeRow({ change }: { change: FileChange }) {
  const lines = lineDiff(change.before, change.after);
  const added = lines.filter((l) => l.kind === 'added').length;
  const removed = lines.filter((l) => l.kind === 'removed').length;
  const fresh = change.kind === 'create';
  return (
    <Fold
      title={
        <span className={css.change}>
          {fresh ? <FilePlus2 aria-hidden="true" /> : <FilePen aria-hidden="true" />}
          <MiddleTruncate text={change.path} tail={20} />
        </span>
      }
      summary={fresh ? `new, ${added} lines` : `changed, +${added} −${removed}`}
    >
      <DiffView before={change.before} after={change.after} label={`Changes of ${change.path}`} />
    </Fold>
  );
}
