import { OctagonAlert, RotateCw, Stethoscope } from 'lucide-react';
import type { ReactNode } from 'react';
import type { WireError } from '../../shared/errors/codes.ts';
import { ERROR_WORDS } from '../../shared/errors/words.ts';
import { Button } from './button.tsx';
import { Fold } from './card.tsx';
import { CommandLine } from './copy.tsx';
import css from './error-panel.module.css';
import { showControls } from './format/visible-text.ts';

export interface ErrorActions {
  onRetry?: (() => void) | undefined;
  onDoctor?: (() => void) | undefined;
  onLink?: ((id: string) => void) | undefined;
}

/** Title, what happened, what to do, the button that does it, and the raw text folded away. */
export function ErrorPanel({ error, children, onRetry, onDoctor, onLink }: { error: WireError; children?: ReactNode } & ErrorActions) {
  const words = ERROR_WORDS[error.code] ?? ERROR_WORDS.INTERNAL;
  const place = error.location ? [error.location.file, error.location.line, error.location.column].filter((p) => p !== undefined).join(':') : '';
  const { remedy } = error;
  return (
    <section className={css.panel} role="alert" aria-label={words.title}>
      <OctagonAlert className={css.icon} aria-hidden="true" />
      <div className={css.body}>
        <h2>{words.title}</h2>
        <p className={css.message}>{showControls(error.message)}</p>
        {place ? (
          <p className={css.place}>
            at <code>{showControls(place)}</code>
          </p>
        ) : null}
        <p className={css.todo}>{error.hint ?? words.whatToDo}</p>
        {children}
        {remedy?.kind === 'run-command' ? <CommandLine command={remedy.command} /> : null}
        {remedy?.kind === 'choose' ? <p className={css.todo}>Choose one of: {remedy.options.join(', ')}</p> : null}
        <div className={css.actions}>
          {onRetry ? (
            <Button look="primary" icon={<RotateCw aria-hidden="true" />} onClick={onRetry}>
              Try again
            </Button>
          ) : null}
          {remedy?.kind === 'open-doctor' && onDoctor ? (
            <Button icon={<Stethoscope aria-hidden="true" />} onClick={onDoctor}>
              See what is missing
            </Button>
          ) : null}
          {remedy?.kind === 'open-link' && onLink ? <Button onClick={() => onLink(remedy.id)}>Open the instructions</Button> : null}
        </div>
        {error.detail ? (
          <Fold title="Technical details" summary={error.code}>
            <pre className={css.raw}>{error.detail.split('\n').map(showControls).join('\n')}</pre>
          </Fold>
        ) : null}
      </div>
    </section>
  );
}
