const ESCAPES = /\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)|\u001B[@-_]/g;
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;
const NARROW = /\p{Mn}|\p{Me}|[\u200B-\u200F]|\uFE0F/u;

/**
 * One line as it may be shown on a terminal: escape sequences of a build's output go, what a carriage return
 * overwrote goes, other control characters become visible. A hostile file name or log cannot move the cursor.
 */
export function cleanLine(text: string): string {
  const last = text.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return escapeControls(last.replace(ESCAPES, '').replaceAll('\t', '    '));
}

/** A name on one line: newlines and other control characters as \n, \t or \xNN. */
export function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, (c) => NAMED[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Columns that a text without escape sequences takes: 2 for East Asian wide letters and emoji, 0 for marks. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += NARROW.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Cuts at the end so that it fits `columns`, with an ellipsis. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const char of text) {
    width += displayWidth(char);
    if (width > columns - 1) break;
    kept += char;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Pads on the right to a number of columns. */
export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
const padStart = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;

/** Bytes for people, in decimal units as disks and registries count: "1.2 MB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds for people: "0.4 s", "12.3 s", "2 m 05 s". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`;
}

/** Aligned columns, two spaces apart; `right` names the columns that hold numbers. The last column is not padded. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const clean = rows.map((row) => row.map(escapeControls));
  const widths: number[] = [];
  for (const row of clean) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  return clean.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? padStart(cell, widths[i]!) : i === row.length - 1 ? cell : padEnd(cell, widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
