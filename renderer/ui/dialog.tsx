import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './dialog.module.css';

/** A question that needs an answer before anything else; focus is held and given back. */
export function Dialog({
  open,
  title,
  description,
  children,
  actions,
  onClose,
}: {
  open: boolean;
  title: string;
  description?: string;
  children?: ReactNode;
  actions: ReactNode;
  onClose: () => void;
}) {
  return (
    <Primitive.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className={css.overlay} />
        <Primitive.Content className={css.content} {...(description ? {} : { 'aria-describedby': undefined })}>
          <Primitive.Title className={css.title}>{title}</Primitive.Title>
          {description ? <Primitive.Description className={css.description}>{description}</Primitive.Description> : null}
          {children}
          <div className={css.actions}>{actions}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
