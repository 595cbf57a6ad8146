import { ChevronDown, Eye, EyeOff } from 'lucide-react';
import { type InputHTMLAttributes, type SelectHTMLAttributes, type TextareaHTMLAttributes, useState } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';
import { useField } from './field.tsx';
import css from './inputs.module.css';

type Changed = { onValue: (value: string) => void };

export type TextInputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & Changed & { mono?: boolean };

export function TextInput({ onValue, mono, className, ...rest }: TextInputProps) {
  return (
    <input
      type="text"
      spellCheck={false}
      autoComplete="off"
      {...useField()}
      {...rest}
      className={cx(css.input, mono && css.mono, className)}
      onChange={(e) => onValue(e.target.value)}
    />
  );
}

/** A value that must not be read over a shoulder: masked until the eye is pressed. */
export function SecretInput({ onValue, className, ...rest }: TextInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <span className={cx(css.secret, className)}>
      <TextInput {...rest} mono type={shown ? 'text' : 'password'} onValue={onValue} />
      <IconButton label={shown ? 'Hide value' : 'Show value'} aria-pressed={shown} icon={shown ? <EyeOff /> : <Eye />} onClick={() => setShown(!shown)} />
    </span>
  );
}

export function TextArea({ onValue, className, ...rest }: Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange'> & Changed) {
  return <textarea rows={2} {...useField()} {...rest} className={cx(css.input, css.area, className)} onChange={(e) => onValue(e.target.value)} />;
}

/** The system's own list: its keyboard and its reader support are better than any copy. */
export function Select<T extends string>({
  value,
  options,
  onValue,
  className,
  ...rest
}: Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value'> & {
  value: T;
  options: readonly { value: T; label: string }[];
  onValue: (value: T) => void;
}) {
  return (
    <span className={cx(css.select, className)}>
      <select
        {...useField()}
        {...rest}
        value={value}
        onChange={(e) => {
          const picked = options.find((o) => o.value === e.target.value);
          if (picked) onValue(picked.value);
        }}
      >
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden="true" />
    </span>
  );
}

export function Switch({
  checked,
  label,
  help,
  onChecked,
  disabled,
}: {
  checked: boolean;
  label: string;
  help?: string;
  onChecked: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className={css.switch}>
      <input
        type="checkbox"
        role="switch"
        {...useField()}
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        onChange={(e) => onChecked(e.target.checked)}
      />
      <span className={css.track} aria-hidden="true" />
      <span className={css.words}>
        {label}
        {help ? <small>{help}</small> : null}
      </span>
    </label>
  );
}
