import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { count } from './format/format.ts';
import { toSpans } from './format/visible-text.ts';
import css from './log-view.module.css';

export interface LogLine {
  text: string;
  stream: 'stdout' | 'stderr';
}

const ROW = 18;
const OVERSCAN = 20;

/**
 * Output of one step: fixed rows, of which only those in sight are in the document. Follows the end until the reader
 * scrolls up, and again once they are back at it. `dropped` counts lines that the bounded buffer no longer holds.
 */
export function LogView({ lines, dropped = 0, label, height = 260 }: { lines: readonly LogLine[]; dropped?: number; label: string; height?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const [top, setTop] = useState(0);
  const total = lines.length * ROW;
  const shownHeight = Math.min(height, Math.max(total, ROW) + 16);
  useLayoutEffect(() => {
    const element = box.current;
    if (element && follow.current) element.scrollTop = total;
  }, [total]);
  useEffect(() => {
    const element = box.current;
    if (element) setTop(element.scrollTop);
  }, []);
  const first = Math.max(0, Math.floor(top / ROW) - OVERSCAN);
  const last = Math.min(lines.length, Math.ceil((top + shownHeight) / ROW) + OVERSCAN);
  return (
    <div>
      {dropped > 0 ? <p className={css.dropped}>{count(dropped, 'earlier line')} not kept</p> : null}
      <div
        ref={box}
        role="log"
        aria-label={label}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className={css.box}
        style={{ height: shownHeight }}
        onScroll={(e) => {
          const el = e.currentTarget;
          follow.current = el.scrollTop + el.clientHeight >= el.scrollHeight - ROW;
          setTop(el.scrollTop);
        }}
      >
        <div style={{ height: total, position: 'relative' }}>
          <div style={{ transform: `translateY(${first * ROW}px)` }}>
            {lines.slice(first, last).map((line, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the list
              <Row key={first + i} text={line.text} stream={line.stream} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

const Row = memo(function Row({ text, stream }: LogLine) {
  const spans = useMemo(() => toSpans(text), [text]);
  return (
    <div className={css.row} data-stream={stream}>
      {spans.map((s, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans of one immutable line
        <span key={i} data-color={s.color} data-bold={s.bold} data-dim={s.dim}>
          {s.text}
        </span>
      ))}
    </div>
  );
});
