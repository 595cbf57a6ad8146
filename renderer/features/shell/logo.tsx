/** The mark: a plank laid from the quay to the hull. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--accent-fill)" />
      <path d="M5 17.5 17.5 8.5" stroke="var(--on-accent)" strokeWidth="2.4" strokeLinecap="round" />
      <path d="M5 13v6M17.5 5v7" stroke="var(--on-accent)" strokeWidth="1.6" strokeLinecap="round" opacity=".75" />
    </svg>
  );
}
