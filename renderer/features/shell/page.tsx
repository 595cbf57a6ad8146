import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useNav } from '../../stores/nav.ts';
import { cx } from '../../ui/cx.ts';
import css from './page.module.css';

/** One page: title, what stands beside it, a body that scrolls, and a foot for the page's one next step. */
export function Page({
  title,
  kicker,
  aside,
  head,
  foot,
  wide = false,
  children,
  focusKey,
}: {
  title: ReactNode;
  /** A line above or below the title that says where one is. */
  kicker?: ReactNode;
  aside?: ReactNode;
  /** Stays in sight under the title while the body scrolls. */
  head?: ReactNode;
  foot?: ReactNode;
  wide?: boolean;
  children: ReactNode;
  /** Focus goes to the title whenever this changes (a new page, a new step). */
  focusKey: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const moved = useNav((s) => s.moved);
  const [scrolled, setScrolled] = useState(false);
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (seen.current === focusKey) return;
    const first = seen.current === null;
    seen.current = focusKey;
    if (first && !moved) return;
    heading.current?.focus({ preventScroll: true });
    scroller.current?.scrollTo?.({ top: 0 });
  }, [focusKey, moved]);
  return (
    <div className={css.page}>
      <header className={css.header} data-scrolled={scrolled || undefined} data-steps={head ? true : undefined}>
        <div className={cx(css.column, css.headRow, wide && css.wide)}>
          <div className={css.titles}>
            <h1 ref={heading} tabIndex={-1} className={css.title}>
              {title}
            </h1>
            {kicker ? <div className={css.kicker}>{kicker}</div> : null}
          </div>
          {aside ? <div className={css.aside}>{aside}</div> : null}
        </div>
        {head ? <div className={cx(css.column, wide && css.wide)}>{head}</div> : null}
      </header>
      <div className={css.scroll} ref={scroller} onScroll={(e) => setScrolled(e.currentTarget.scrollTop > 0)}>
        <div className={cx(css.column, css.content, wide && css.wide)}>{children}</div>
      </div>
      {foot ? (
        <footer className={css.foot}>
          <div className={cx(css.column, css.footRow, wide && css.wide)}>{foot}</div>
        </footer>
      ) : null}
    </div>
  );
}
