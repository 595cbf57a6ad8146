/** A piece of a line with the look that its SGR codes asked for. Untrusted text: it is only ever shown as text. */
export interface Span {
  text: string;
  /** ANSI colour 0-15, where one was set. */
  color?: number;
  bold?: boolean;
  dim?: boolean;
}

const SEQUENCE = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;
const BIDI = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Makes control and text-direction characters visible, so that a line cannot look like what it is not. */
export function showControls(text: string): string {
  return text
    .replace(CONTROL, (c) => (c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : `<${c.charCodeAt(0).toString(16).padStart(2, '0')}>`))
    .replace(BIDI, (c) => `<U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);
}

/** Keeps what a terminal would leave on the line after carriage returns: a progress bar becomes its last state. */
export function afterReturns(line: string): string {
  const body = line.endsWith('\r') ? line.slice(0, -1) : line;
  const last = body.lastIndexOf('\r');
  return last < 0 ? body : body.slice(last + 1);
}

/** Splits a line into spans by its SGR codes; every other escape sequence is dropped. Long lines are cut and say so. */
export function toSpans(raw: string, limit = 4000): Span[] {
  const line = afterReturns(raw);
  const cut = line.length > limit ? `${line.slice(0, limit)} … (${line.length - limit} more characters)` : line;
  const spans: Span[] = [];
  let style: Omit<Span, 'text'> = {};
  let from = 0;
  const push = (text: string): void => {
    if (text !== '') spans.push({ text: showControls(text), ...style });
  };
  for (const match of cut.matchAll(SEQUENCE)) {
    push(cut.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') style = applySgr(style, match[1] ?? '');
  }
  push(cut.slice(from));
  return spans;
}

function applySgr(before: Omit<Span, 'text'>, codes: string): Omit<Span, 'text'> {
  let style = { ...before };
  const list = codes.split(/[;:]/).map((c) => (c === '' ? 0 : Number(c)));
  for (let i = 0; i < list.length; i += 1) {
    const code = list[i] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 22) {
      delete style.bold;
      delete style.dim;
    } else if (code >= 30 && code <= 37) style.color = code - 30;
    else if (code >= 90 && code <= 97) style.color = code - 82;
    else if (code === 39) delete style.color;
    else if (code === 38 || code === 48) i = skipExtended(list, i, code === 38 ? style : {});
  }
  return style;
}

/** 256-colour and true-colour arguments: the first 16 of the palette are kept, the rest stay in the text's own colour. */
function skipExtended(list: number[], i: number, style: Omit<Span, 'text'>): number {
  if (list[i + 1] === 5) {
    const n = list[i + 2] ?? -1;
    if (n >= 0 && n < 16) style.color = n;
    return i + 2;
  }
  return list[i + 1] === 2 ? i + 4 : i;
}
