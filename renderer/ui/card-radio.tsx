import { Check } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import css from './card-radio.module.css';

export interface CardOption<T extends string> {
  value: T;
  title: string;
  text: string;
  badge?: ReactNode;
  icon?: ReactNode;
}

/** A radio group of cards: one tab stop, arrows move and choose, as the system's own radio buttons do. */
export function CardRadioGroup<T extends string>({
  label,
  value,
  options,
  onValue,
}: {
  label: string;
  value: T | null;
  options: readonly CardOption<T>[];
  onValue: (value: T) => void;
}) {
  const group = useRef<HTMLDivElement>(null);
  const chosen = options.findIndex((o) => o.value === value);
  const onKeyDown = (e: KeyboardEvent<HTMLDivElement>): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    const edge = { Home: 0, End: options.length - 1 }[e.key];
    if (step === undefined && edge === undefined) return;
    e.preventDefault();
    const from = Math.max(0, chosen);
    const to = edge ?? (from + (step ?? 0) + options.length) % options.length;
    const option = options[to];
    if (!option) return;
    onValue(option.value);
    group.current?.querySelectorAll<HTMLElement>('[role="radio"]')[to]?.focus();
  };
  return (
    <div ref={group} role="radiogroup" aria-label={label} className={css.group} onKeyDown={onKeyDown}>
      {options.map((o, i) => {
        const on = o.value === value;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a card with several lines; the keyboard is handled above
          <button
            key={o.value}
            type="button"
            role="radio"
            aria-checked={on}
            tabIndex={on || (chosen < 0 && i === 0) ? 0 : -1}
            className={css.card}
            onClick={() => onValue(o.value)}
          >
            <span className={css.icon} aria-hidden="true">
              {o.icon}
            </span>
            <span className={css.words}>
              <span className={css.title}>{o.title}</span>
              <span className={css.text}>{o.text}</span>
              {o.badge}
            </span>
            <span className={css.mark} aria-hidden="true">
              {on ? <Check /> : null}
            </span>
          </button>
        );
      })}
    </div>
  );
}
