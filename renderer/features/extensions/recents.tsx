import { Clock, FolderX } from 'lucide-react';
import type { RecentSource } from '../../../shared/ipc/contract.ts';
import { Card } from '../../ui/card.tsx';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { Ago } from '../../ui/time.tsx';
import css from './drop-zone.module.css';

/** Sources that were open before. One that is gone says so and cannot be pressed. */
export function Recents({ recents, now, onOpen }: { recents: readonly RecentSource[] | null; now: number; onOpen: (id: string) => void }) {
  if (recents?.length === 0) return null;
  return (
    <>
      <h2 className={css.section}>Recent</h2>
      <Card flush={recents !== null}>
        {recents === null ? (
          <SkeletonBlock label="Loading recent extensions" lines={3} />
        ) : (
          <ul className={css.recents} style={{ marginTop: -8 }}>
            {recents.map((r) => (
              <li key={r.id}>
                <button type="button" className={css.recent} disabled={!r.exists} onClick={() => onOpen(r.id)}>
                  {r.exists ? <Clock aria-hidden="true" /> : <FolderX aria-hidden="true" />}
                  <span>
                    <MiddleTruncate text={r.name} />
                    <small>
                      <MiddleTruncate text={r.exists ? r.folder : `Not there any more: ${r.folder}`} tail={24} />
                    </small>
                  </span>
                  <span className={css.when}>
                    <Ago at={r.openedAt} now={now} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
