import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { unclosedBefore } from './yaml-unclosed.ts';

/** Characters read in all, over the repetitions below: bounds the time that a hostile file costs. */
const MOST_WORK = 5_000_000;
const MOST_PLACES = 300;

/**
 * Events of a file whose brackets or quotes go over lines that are indented less than YAML 1.2 asks for, as in
 *
 *     command: [
 *       "--port", "21000"
 *     ]
 *
 * Compose and the readers before it take that, and people write it. Such lines are read as if they stood further right; the offsets of the
 * events are those of the text as it is.
 * @param noticed offset where the reader stopped with "deficient indentation"
 * @returns null where that does not help: the bracket or quote is never closed, or something else is wrong as well
 */
export function looseEvents(text: string, noticed: number, options: Parameters<typeof parseEvents>[1]): Event[] | null {
  const shifts = new Map<number, number>();
  let at = noticed;
  const rounds = Math.min(MOST_PLACES, Math.floor(MOST_WORK / Math.max(1, text.length)));
  for (let round = 0; round < rounds; round++) {
    if (!shiftAround(text, at, shifts)) return null;
    const shifted = shiftedText(text, shifts);
    try {
      return parseEvents(shifted.text, options).map((event) => moved(event, shifted.toOriginal));
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      if (!isDeficient(error)) return null;
      at = shifted.toOriginal(error.mark?.position ?? 0);
    }
  }
  return null;
}

export const isDeficient = (error: YAMLException): boolean => error.reason.includes('deficient indentation');

/** Notes the lines of the bracket or quote around `offset`; false where there is none that is closed, or it is noted already. */
function shiftAround(text: string, offset: number, shifts: Map<number, number>): boolean {
  const open = unclosedBefore(text, offset);
  const end = open ? closeOf(text, open) : -1;
  if (!open || end < 0) return false;
  const columns = open.at - text.lastIndexOf('\n', open.at - 1) + 1;
  let fresh = false;
  for (let line = text.indexOf('\n', open.at); line >= 0 && line < end; line = text.indexOf('\n', line + 1)) {
    if (!shifts.has(line + 1)) fresh = true;
    shifts.set(line + 1, Math.max(columns, shifts.get(line + 1) ?? 0));
  }
  return fresh;
}

function closeOf(text: string, open: { at: number; mark: string }): number {
  if (open.mark === '"' || open.mark === "'") return quoteEnd(text, open.at);
  let depth = 0;
  for (let i = open.at; i < text.length; i++) {
    const c = text.charAt(i);
    const starts = /[\s[{,:]/.test(text.charAt(i - 1));
    if (c === '#' && starts) {
      i = text.indexOf('\n', i);
      if (i < 0) return -1;
    } else if ((c === '"' || c === "'") && starts) {
      i = quoteEnd(text, i);
      if (i < 0) return -1;
    } else if (c === '[' || c === '{') depth++;
    else if ((c === ']' || c === '}') && --depth === 0) return i;
  }
  return -1;
}

function quoteEnd(text: string, from: number): number {
  const mark = text.charAt(from);
  for (let i = from + 1; i < text.length; i++) {
    if (mark === '"' && text[i] === '\\') i++;
    else if (text[i] === mark) {
      if (mark === "'" && text[i + 1] === mark) i++;
      else return i;
    }
  }
  return -1;
}

function shiftedText(text: string, shifts: ReadonlyMap<number, number>): { text: string; toOriginal(offset: number): number } {
  const places = [...shifts].sort((a, b) => a[0] - b[0]);
  /** Where each line begins in the shifted text, behind its spaces, and how much later than in the original. */
  const starts: { at: number; by: number; spaces: number }[] = [];
  let out = '';
  let from = 0;
  let by = 0;
  for (const [offset, spaces] of places) {
    out += text.slice(from, offset) + ' '.repeat(spaces);
    by += spaces;
    starts.push({ at: offset + by, by, spaces });
    from = offset;
  }
  const toOriginal = (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const start = starts[middle];
      if (start && start.at - start.spaces <= offset) low = middle + 1;
      else high = middle;
    }
    const last = starts[low - 1];
    if (!last) return offset;
    // Among the spaces that are not there: the head of the line.
    return Math.max(offset, last.at) - last.by;
  };
  return { text: out + text.slice(from), toOriginal };
}

const OFFSETS = ['start', 'valueStart', 'valueEnd', 'anchorStart', 'anchorEnd', 'tagStart', 'tagEnd'];

function moved(event: Event, toOriginal: (offset: number) => number): Event {
  const copy: Record<string, unknown> = { ...event };
  for (const name of OFFSETS) {
    const value = copy[name];
    if (typeof value === 'number' && value >= 0) copy[name] = toOriginal(value);
  }
  return copy as unknown as Event;
}
