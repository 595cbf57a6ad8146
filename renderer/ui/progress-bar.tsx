import css from './progress.module.css';

/** `value` from 0 to 1; null while the length is unknown. `tone` follows how a job ended. */
export function ProgressBar({
  value,
  label,
  tone = 'running',
  thin = false,
}: {
  value: number | null;
  label: string;
  tone?: 'running' | 'done' | 'failed' | 'cancelled';
  thin?: boolean;
}) {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === undefined ? {} : { 'aria-valuenow': percent })}
      className={css.track}
      data-thin={thin || undefined}
      data-tone={tone}
    >
      <div
        className={percent === undefined ? css.unknown : css.fill}
        style={percent === undefined ? undefined : { transform: `scaleX(${(value ?? 0).toFixed(4)})` }}
      />
    </div>
  );
}
