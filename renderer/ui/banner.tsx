import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './badge.tsx';
import css from './banner.module.css';

const ICONS = { neutral: Info, accent: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

/** A short message about the whole page, with what can be done about it at its end. */
export function Banner({ tone = 'neutral', title, children, action }: { tone?: Tone; title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <div className={css.banner} data-tone={tone} role={tone === 'bad' ? 'alert' : 'note'}>
      <Icon className={css.icon} aria-hidden="true" />
      <div className={css.body}>
        <strong>{title}</strong>
        {children ? <div>{children}</div> : null}
      </div>
      {action ? <div className={css.action}>{action}</div> : null}
    </div>
  );
}
