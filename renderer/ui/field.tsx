import { CircleAlert, Lightbulb, TriangleAlert } from 'lucide-react';
import { createContext, type ReactNode, useContext, useId } from 'react';
import { cx } from './cx.ts';
import css from './field.module.css';

interface FieldIds {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

/** Ids for the control inside a Field, or nothing outside of one. */
export function useField(): { id?: string; 'aria-describedby'?: string; 'aria-invalid'?: true } {
  const field = useContext(FieldContext);
  if (!field) return {};
  return { id: field.id, ...(field.describedBy ? { 'aria-describedby': field.describedBy } : {}), ...(field.invalid ? { 'aria-invalid': true as const } : {}) };
}

export interface FieldProps {
  label: string;
  /** What the field is for, in one line; always shown. */
  help?: ReactNode;
  error?: string | undefined;
  warning?: string | undefined;
  /** Better is known: stands in place of the help. */
  hint?: string | undefined;
  /** Hides the label from sight where the column's head already says it. */
  bare?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

/** Label, control, what it is for, and what is wrong with it, tied together for assistive technology. */
export function Field({ label, help, error, warning, hint, bare = false, className, children }: FieldProps) {
  const id = useId();
  const problem = error ?? warning ?? hint;
  const Icon = error ? CircleAlert : warning ? TriangleAlert : Lightbulb;
  const noteId = problem ? `${id}-problem` : help ? `${id}-help` : undefined;
  return (
    <div className={cx(css.field, className)}>
      <label htmlFor={id} className={bare ? 'visually-hidden' : css.label}>
        {label}
      </label>
      <FieldContext.Provider value={{ id, describedBy: noteId, invalid: Boolean(error) }}>{children}</FieldContext.Provider>
      {problem ? (
        <p id={noteId} className={error ? css.error : warning ? css.warning : css.hint}>
          <Icon aria-hidden="true" />
          <span>{problem}</span>
        </p>
      ) : help ? (
        <p id={noteId} className={css.help}>
          {help}
        </p>
      ) : null}
    </div>
  );
}
