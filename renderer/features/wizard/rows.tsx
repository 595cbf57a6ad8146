import { Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import css from './details.module.css';

/** Rows that can be added and taken away; focus stays where the hand is. */
export function Rows<T>({
  items,
  what,
  columns,
  empty,
  make,
  onItems,
  children,
}: {
  items: readonly T[];
  /** One of them, for the buttons: "port". */
  what: string;
  /** Grid tracks of one row, without the remove button. */
  columns: string;
  /** What these are for, where there are none yet. */
  empty: string;
  make: () => T;
  onItems: (items: T[]) => void;
  children: (item: T, index: number, change: (part: Partial<T>) => void) => ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const focusRow = (index: number): void => {
    requestAnimationFrame(() => {
      const row = box.current?.querySelectorAll<HTMLElement>('[data-row]')[index];
      const target = row?.querySelector<HTMLElement>('input, select') ?? box.current?.querySelector<HTMLElement>('[data-add]');
      target?.focus();
    });
  };
  return (
    <div ref={box} className={css.rows}>
      {items.length === 0 ? <p className={css.none}>{empty}</p> : null}
      {items.map((item, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in every engine
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity of their own; fields are controlled
        <div key={i} data-row className={css.row} role="group" aria-label={`${what} ${i + 1}`} style={{ gridTemplateColumns: `${columns} 28px` }}>
          {children(item, i, (part) => onItems(items.map((x, j) => (j === i ? { ...x, ...part } : x))))}
          <IconButton
            label={`Remove ${what} ${i + 1}`}
            icon={<Trash2 />}
            className={css.remove}
            onClick={() => {
              onItems(items.filter((_, j) => j !== i));
              focusRow(Math.min(i, items.length - 2));
            }}
          />
        </div>
      ))}
      <div>
        <Button
          size="s"
          look="quiet"
          data-add
          icon={<Plus aria-hidden="true" />}
          onClick={() => {
            onItems([...items, make()]);
            focusRow(items.length);
          }}
        >
          Add {what}
        </Button>
      </div>
    </div>
  );
}
