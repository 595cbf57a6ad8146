import type { ReactNode } from 'react';
import type { WireError } from '../../../shared/errors/codes.ts';
import { LINKS, type LinkId } from '../../../shared/ipc/links.ts';
import { call } from '../../api/bridge.ts';
import { useNav } from '../../stores/nav.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';

const isLink = (id: string): id is LinkId => Object.hasOwn(LINKS, id);

/** An error with its buttons connected: the doctor, the instructions, and trying again where the page knows how. */
export function ErrorView({ error, onRetry, children }: { error: WireError; onRetry?: (() => void) | undefined; children?: ReactNode }) {
  const go = useNav((s) => s.go);
  return (
    <ErrorPanel error={error} onRetry={onRetry} onDoctor={() => go({ page: 'doctor' })} onLink={(id) => isLink(id) && void call('links.open', { id })}>
      {children}
    </ErrorPanel>
  );
}
