import { cx } from './cx.ts';
import { showControls } from './format/visible-text.ts';
import css from './text.module.css';

/**
 * One line that gives way in its middle: the head shrinks with an ellipsis and the tail always stays (`tail` characters),
 * since the end of a path, tag or digest is what tells two of them apart. The whole stands in the title, and as the one
 * text of the element: the two halves are drawn by the style sheet, or a reader would hear a gap between them.
 */
export function MiddleTruncate({ text, tail = 14, className }: { text: string; tail?: number; className?: string | undefined }) {
  const shown = showControls(text);
  const letters = Array.from(shown);
  if (letters.length <= tail + 6) {
    return (
      <span className={cx(css.truncate, className)} title={shown}>
        <span className={css.head}>{shown}</span>
      </span>
    );
  }
  return (
    <span className={cx(css.truncate, className)} title={shown}>
      <span className="visually-hidden">{shown}</span>
      <span aria-hidden="true" className={css.head} data-text={letters.slice(0, -tail).join('')} />
      <span aria-hidden="true" className={css.tail} data-text={letters.slice(-tail).join('')} />
    </span>
  );
}
