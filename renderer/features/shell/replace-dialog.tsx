import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** Asked when something is dropped while a draft with changes is open. */
export function ReplaceDialog({ current, next, onDecide }: { current: string; next: string; onDecide: (replace: boolean) => void }) {
  return (
    <Dialog
      open
      title={`Open ${next}?`}
      description={`What you changed for ${current} has not been built and would be lost.`}
      onClose={() => onDecide(false)}
      actions={
        <>
          <Button onClick={() => onDecide(false)}>Keep {current}</Button>
          <Button look="primary" onClick={() => onDecide(true)}>
            Open {next}
          </Button>
        </>
      }
    />
  );
}
