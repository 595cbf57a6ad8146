import { Search } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import css from './palette.module.css';

export interface Command {
  id: string;
  title: string;
  /** What kind of thing it is, at the end of the line. */
  hint: string;
  icon: ReactNode;
  run: () => void;
}

/** Commands whose title or hint holds every word that was typed, those that begin with it first. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands.filter((c) => words.every((w) => `${c.title} ${c.hint}`.toLowerCase().includes(w)));
  const rank = (c: Command): number => (words[0] && c.title.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return fits
    .map((c, i) => ({ c, i }))
    .sort((a, b) => rank(a.c) - rank(b.c) || a.i - b.i)
    .map(({ c }) => c);
}

/** Everything that can be done or opened, by typing. Arrows choose, Enter does it, Escape goes back. */
export function Palette({ commands, onClose }: { commands: readonly Command[]; onClose: () => void }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => matching(commands, typed), [commands, typed]);
  const active = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);
  const run = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step !== undefined && found.length > 0) {
      e.preventDefault();
      setAt((active + step + found.length) % found.length);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      run(found[active]);
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={css.overlay} />
        <Dialog.Content className={css.content} aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Commands</Dialog.Title>
          <div className={css.field}>
            <Search aria-hidden="true" />
            <input
              role="combobox"
              aria-label="Command"
              aria-expanded="true"
              aria-controls={`${id}-list`}
              aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
              placeholder="Open, go to, build again…"
              spellCheck={false}
              value={typed}
              onChange={(e) => {
                setTyped(e.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
            />
          </div>
          <div ref={list} id={`${id}-list`} role="listbox" aria-label="Commands" className={css.list}>
            {found.map((c, i) => (
              // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, as a combobox wants it
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard
              <div
                key={c.id}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === active}
                className={css.option}
                onMouseMove={() => setAt(i)}
                onClick={() => run(c)}
              >
                {c.icon}
                <MiddleTruncate text={c.title} />
                <span className={css.hint}>{c.hint}</span>
              </div>
            ))}
            {found.length === 0 ? <p className={css.none}>Nothing is called that.</p> : null}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
