import { ArrowRight, FilePen } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useDrag } from '../../stores/drag.ts';
import { useNav } from '../../stores/nav.ts';
import { useRecents } from '../../stores/recents.ts';
import { useWizard } from '../../stores/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { Page } from '../shell/page.tsx';
import { DropZone } from './drop-zone.tsx';
import css from './drop-zone.module.css';
import { Recents } from './recents.tsx';

const STEP_NAMES = { source: 'Source', target: 'Target', details: 'Details', summary: 'Summary' };

/** The first page: open something, go on with what is open, or open again what was. */
export function ExtensionsPage() {
  const { phase, grant, report, draft, step, error } = useWizard();
  const { openPicked, openRecent, close } = useWizard.getState();
  const go = useNav((s) => s.go);
  const over = useDrag((s) => s.over);
  const { recents, load } = useRecents();
  const [now] = useState(() => Date.now());
  useEffect(() => void load(), [load]);
  return (
    <Page title="Extensions" kicker="From a Dockerfile to a file that the robot takes." focusKey="extensions">
      {phase === 'failed' && error ? <ErrorView error={error} /> : null}
      {phase === 'reading' ? (
        <Card
          title={<MiddleTruncate text={`Reading ${grant?.name ?? ''}`} tail={16} />}
          aside={
            <Button size="s" onClick={close}>
              Stop
            </Button>
          }
        >
          <SkeletonBlock label={`Reading ${grant?.name ?? 'the source'}`} lines={5} />
        </Card>
      ) : (
        <>
          {phase === 'open' && report && draft ? (
            <div className={css.resume}>
              <FilePen aria-hidden="true" />
              <div>
                <MiddleTruncate text={draft.extension.name || report.name} />
                <small>{report.kind === 'spx' ? 'Open' : `In progress, at ${STEP_NAMES[step]}`}</small>
              </div>
              <Button icon={<ArrowRight aria-hidden="true" />} onClick={() => go({ page: report.kind === 'spx' ? 'package' : 'wizard' })}>
                Continue
              </Button>
            </div>
          ) : null}
          <DropZone over={over} onPickFile={() => void openPicked('dockerfile-or-archive')} onPickFolder={() => void openPicked('folder')} />
        </>
      )}
      <Recents recents={recents} now={now} onOpen={(id) => void openRecent(id)} />
    </Page>
  );
}
