/** How many lines above an error an unclosed quote or bracket is looked for. */
const FARTHEST = 40;

/**
 * The quote or bracket that was opened above `offset` and never closed: readers notice it only where the next line does not fit, which is not where
 * the mistake is. Null where there is none.
 */
export function unclosedBefore(text: string, offset: number): { at: number; mark: string } | null {
  let from = text.lastIndexOf('\n', offset - 1) + 1;
  for (let lines = 0; lines <= FARTHEST; lines++) {
    const open = openAt(text, from, offset);
    if (open) return open;
    if (from === 0) return null;
    from = text.lastIndexOf('\n', from - 2) + 1;
  }
  return null;
}

/** What is still open at `end`, where nothing was at `from`; only what was opened on the line of `from` counts. */
function openAt(text: string, from: number, end: number): { at: number; mark: string } | null {
  const lineEnd = text.indexOf('\n', from);
  const stack: { at: number; mark: string }[] = [];
  for (let i = from; i < end; i++) {
    const c = text.charAt(i);
    const starts = i === from || /[\s[{,:]/.test(text.charAt(i - 1));
    if (c === '#' && starts) {
      const next = text.indexOf('\n', i);
      if (next < 0 || next >= end) break;
      i = next;
      continue;
    }
    if ((c === '"' || c === "'") && starts) {
      const close = closing(text, i, end);
      if (close < 0) return i < lineEnd || lineEnd < 0 ? { at: i, mark: c } : null;
      i = close;
    } else if ((c === '[' || c === '{') && (starts || stack.length > 0) && text.charAt(i - 1) !== '$') stack.push({ at: i, mark: c });
    else if ((c === ']' || c === '}') && stack.length > 0) stack.pop();
  }
  const open = stack[0];
  return open && (open.at < lineEnd || lineEnd < 0) ? open : null;
}

function closing(text: string, from: number, end: number): number {
  const mark = text.charAt(from);
  for (let i = from + 1; i < end; i++) {
    if (mark === '"' && text[i] === '\\') i++;
    else if (text[i] === mark) {
      if (mark === "'" && text[i + 1] === mark) i++;
      else return i;
    }
  }
  return -1;
}
