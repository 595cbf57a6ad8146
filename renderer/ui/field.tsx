import { CircleAlert, TriangleAlert } from 'lucide-react';
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
  /** Hides the label from sight where the column's head already says it. */
  bare?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

/** Label, control, what it is for, and what is wrong with it, tied together for assistive technology. */
export function Field({ label, help, error, warning, bare = false, className, children }: FieldProps) {
  const id = useId();
  const notes = [help && !error && !warning ? `${id}-help` : '', error || warning ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className={cx(css.field, className)}>
      <label htmlFor={id} className={bare ? 'visually-hidden' : css.label}>
        {label}
      </label>
      <FieldContext.Provider value={{ id, describedBy: notes || undefined, invalid: Boolean(error) }}>{children}</FieldContext.Provider>
      {error || warning ? (
        <p id={`${id}-problem`} className={error ? css.error : css.warning}>
          {error ? <CircleAlert aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
          <span>{error ?? warning}</span>
        </p>
      ) : help ? (
        <p id={`${id}-help`} className={css.help}>
          {help}
        </p>
      ) : null}
    </div>
  );
}
