import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import css from './tooltip.module.css';

/** A short explanation on hover and on focus; Escape hides it. Never the only place where something needed is said. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const [at, setAt] = useState<{ x: number; y: number; below: boolean } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (delay: number): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const box = anchor.current?.getBoundingClientRect();
      if (!box) return;
      const x = Math.min(Math.max(box.left + box.width / 2, 150), window.innerWidth - 150);
      setAt({ x, y: box.top > 80 ? box.top - 8 : box.bottom + 8, below: box.top <= 80 });
    }, delay);
  };
  const hide = (): void => {
    clearTimeout(timer.current);
    setAt(null);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the wrapped element is the control; this only listens
    <span
      ref={anchor}
      className={css.anchor}
      aria-describedby={at ? id : undefined}
      onMouseEnter={() => show(350)}
      onMouseLeave={hide}
      onFocus={() => show(0)}
      onBlur={hide}
      onKeyDown={(e) => e.key === 'Escape' && hide()}
    >
      {children}
      {at
        ? createPortal(
            <span role="tooltip" id={id} className={css.tip} data-below={at.below || undefined} style={{ left: at.x, top: at.y }}>
              {text}
            </span>,
            document.body,
          )
        : null}
    </span>
  );
}
