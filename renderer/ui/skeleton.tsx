import css from './progress.module.css';

/** A quiet stand-in for a line of text that is on its way. */
export function Skeleton({ width = '100%', height = 14 }: { width?: string; height?: number }) {
  return <span aria-hidden="true" className={css.skeleton} style={{ width, height }} />;
}

/** A whole waiting area, announced once. */
export function SkeletonBlock({ label, lines = 4 }: { label: string; lines?: number }) {
  const widths = ['62%', '88%', '74%', '48%', '81%', '56%'];
  return (
    <div role="status" aria-label={label} style={{ display: 'grid', gap: 14 }}>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={widths[i % 6] + String(i)} width={widths[i % 6] ?? '60%'} />
      ))}
    </div>
  );
}
