import type { ButtonHTMLAttributes, ReactNode } from 'react';
import css from './button.module.css';
import { cx } from './cx.ts';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** primary: the one sensible next step of a page. quiet: no frame until hovered. */
  look?: 'primary' | 'plain' | 'quiet';
  size?: 'm' | 's' | 'l';
  icon?: ReactNode;
  /** Shows that the press is being worked on; the button stays focusable and says so. */
  busy?: boolean;
}

export function Button({ look = 'plain', size = 'm', icon, busy = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      className={cx(css.button, css[look], css[size], className)}
      onClick={busy ? undefined : onClick}
    >
      {busy ? <span className={css.spinner} aria-hidden="true" /> : icon}
      {children}
    </button>
  );
}

/** A button that is only an icon; its name is read out and shown on hover. */
export function IconButton({ label, icon, className, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { label: string; icon: ReactNode }) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} className={cx(css.icon, className)}>
      {icon}
    </button>
  );
}
