import { useEffect, useState } from 'react';

/** True until the reader scrolls up by wheel or keyboard: from then on the page no longer moves by itself. */
export function useFollow(): boolean {
  const [follow, setFollow] = useState(true);
  useEffect(() => {
    if (!follow) return;
    const wheel = (e: WheelEvent): void => {
      if (e.deltaY < 0) setFollow(false);
    };
    const key = (e: KeyboardEvent): void => {
      if (e.key === 'PageUp' || e.key === 'Home' || e.key === 'ArrowUp' || e.key === 'Tab') setFollow(false);
    };
    window.addEventListener('wheel', wheel, { passive: true });
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('wheel', wheel);
      window.removeEventListener('keydown', key);
    };
  }, [follow]);
  return follow;
}
