/** `text` with `length` units at `offset` replaced. */
export function splice(text: string, offset: number, length: number, replacement: string): string {
  return text.slice(0, offset) + replacement + text.slice(offset + length);
}

/** The line break that the text uses; a text of one line gets a line feed. */
export function newlineOf(text: string): '\n' | '\r\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset behind the line break of the line that `offset` stands on; the length of the text on its last line. */
export function lineEndAfter(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at + 1;
}

export const spaces = (count: number): string => ' '.repeat(Math.max(0, count));
