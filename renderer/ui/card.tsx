import { ChevronRight } from 'lucide-react';
import { type ReactNode, useEffect, useId, useState } from 'react';
import css from './card.module.css';
import { cx } from './cx.ts';

/** A titled part of a page. */
export function Card({ title, aside, children, flush = false }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  const id = useId();
  return (
    <section className={css.card} aria-labelledby={title ? id : undefined}>
      {title ? (
        <header className={css.head}>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      ) : null}
      <div className={cx(css.body, flush && css.flush)}>{children}</div>
    </section>
  );
}

/**
 * A part that can be folded. `summary` stands beside the title while it is folded, so that nothing set is hidden. `hold`
 * keeps it open (something in it is wrong); it stays open afterwards, or the field being mended would vanish.
 */
export function Fold({
  title,
  summary,
  hold = false,
  start = false,
  children,
}: {
  title: ReactNode;
  summary?: ReactNode;
  hold?: boolean;
  start?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  const [own, setOwn] = useState(start);
  const open = hold || own;
  useEffect(() => {
    if (hold) setOwn(true);
  }, [hold]);
  return (
    <div className={css.fold}>
      <button type="button" className={css.toggle} aria-expanded={open} aria-controls={id} onClick={() => setOwn(hold || !open)}>
        <ChevronRight aria-hidden="true" data-open={open || undefined} />
        <span className={css.toggleTitle}>{title}</span>
        {summary ? <span className={css.summary}>{summary}</span> : null}
      </button>
      <div id={id} hidden={!open} className={css.content}>
        {open ? children : null}
      </div>
    </div>
  );
}
