import { formatAgo, formatExact } from './format/format.ts';
import css from './text.module.css';

/** A moment, relative in sight and exact on hover. `now` comes from the page, so that a test can fix it. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time className={css.time} dateTime={new Date(at).toISOString()} title={formatExact(at)}>
      {formatAgo(at, now)}
    </time>
  );
}
