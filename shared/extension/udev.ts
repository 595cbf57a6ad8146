import type { Range } from './source-tree.ts';
import { UDEV_GONE, UDEV_KEYS, UDEV_OPERATORS, type UdevOperator } from './udev-words.ts';

/** One `KEY{attr}OP"value"`. Ranges are offsets into the text. */
export interface UdevToken extends Range {
  key: string;
  keyRange: Range;
  attr?: string;
  operator: string;
  operatorRange: Range;
  value: string;
  valueRange: Range;
}

/** One rule: a line, or several that end in a backslash. */
export interface UdevRule extends Range {
  tokens: UdevToken[];
}

export interface UdevFault {
  kind: 'syntax' | 'key' | 'operator' | 'comma' | 'continuation' | 'label';
  message: string;
  at: Range;
  fix?: { title: string; offset: number; length: number; text: string };
}

/** A udev rules file with the place of everything in it. */
export interface ParsedUdev {
  file: string;
  text: string;
  rules: UdevRule[];
  faults: UdevFault[];
}

/** Longer rules are dropped by udev itself (UDEV_LINE_SIZE). */
const LONGEST_LINE = 16384;
/** A file with more faults is no rules file. */
const MOST_FAULTS = 200;

/**
 * Reads udev rules by the grammar of systemd's udev-rules.c: comments and empty lines, lines that go on after a backslash, tokens with a
 * comma between. Never throws; what udev would skip or misread stands in `faults`. One fault per rule at most, since udev drops the whole rule.
 */
export function parseUdev(text: string, file: string): ParsedUdev {
  const parsed: ParsedUdev = { file, text, rules: [], faults: [] };
  for (const line of logicalLines(text, parsed.faults)) {
    if (parsed.faults.length >= MOST_FAULTS) break;
    const rule = readRule(text, line, parsed.faults);
    if (rule) parsed.rules.push(rule);
  }
  checkLabels(parsed);
  return parsed;
}

/** Rules as ranges of the text; those over several lines are one. */
function logicalLines(text: string, faults: UdevFault[]): Range[] {
  const lines: Range[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let end = endOfLine(text, at);
    const first = text.slice(at, end).trim();
    if (first !== '' && !first.startsWith('#')) {
      while (/\\[ \t]*\r?$/.test(text.slice(at, end))) {
        const slash = text.lastIndexOf('\\', end);
        const after = text.slice(slash + 1, end).replace(/\r$/, '');
        if (after !== '') {
          faults.push({
            kind: 'continuation',
            at: { start: slash, end: end },
            message: 'Behind the backslash that continues a line nothing may stand, not even a space.',
            fix: { title: 'Remove the space', offset: slash + 1, length: after.length, text: '' },
          });
        }
        if (end >= text.length || text.slice(end + 1, endOfLine(text, end + 1)).trim() === '') {
          faults.push({ kind: 'continuation', at: { start: slash, end: slash + 1 }, message: 'The line says that it goes on, and nothing follows.' });
          break;
        }
        end = endOfLine(text, end + 1);
      }
      if (end - at > LONGEST_LINE)
        faults.push({ kind: 'syntax', at: { start: at, end: at + 1 }, message: 'This rule is longer than udev reads, so it is skipped.' });
      lines.push({ start: at, end });
    }
    at = end + 1;
  }
  return lines;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

const SPACE = /[ \t\r\n\\]/;

function readRule(text: string, line: Range, faults: UdevFault[]): UdevRule | null {
  const rule: UdevRule = { ...line, tokens: [] };
  const before = faults.length;
  let at = line.start;
  const skip = (): void => {
    while (at < line.end && SPACE.test(text.charAt(at))) at++;
  };
  for (skip(); at < line.end; skip()) {
    if (text[at] === '#') {
      faults.push({ kind: 'syntax', at: { start: at, end: line.end }, message: 'A comment stands on a line of its own; behind a rule udev does not know it.' });
      break;
    }
    const token = readToken(text, at, line.end, faults);
    if (!token) break;
    rule.tokens.push(token);
    at = token.end;
    skip();
    if (at >= line.end) break;
    if (text[at] === ',') {
      at++;
      continue;
    }
    if (faults.length === before && /[A-Z]/i.test(text.charAt(at)))
      faults.push({
        kind: 'comma',
        at: { start: token.end, end: Math.max(at, token.end + 1) },
        message: 'A comma is missing between two parts of the rule.',
        fix: { title: 'Put a comma', offset: token.end, length: 0, text: ',' },
      });
    else if (faults.length === before) {
      faults.push({ kind: 'syntax', at: { start: at, end: at + 1 }, message: `"${text.charAt(at)}" cannot stand here.` });
      break;
    } else if (!/[A-Z]/i.test(text.charAt(at))) break;
  }
  // A rule is told once, by what comes first in it.
  faults.splice(before + 1);
  return rule.tokens.length > 0 ? rule : null;
}

function readToken(text: string, start: number, end: number, faults: UdevFault[]): UdevToken | null {
  const head = /^([A-Za-z_][A-Za-z0-9_]*)(\{([^}\n]*)\}?)?[ \t]*([=!+:<>~-]*)[ \t]*/.exec(text.slice(start, Math.min(end, start + 600)));
  const key = head?.[1];
  if (!head || key === undefined) {
    faults.push({
      kind: 'syntax',
      at: { start, end: start + 1 },
      message: `A key such as SUBSYSTEM or ATTRS{idVendor} is expected here, not "${text.slice(start, Math.min(end, start + 12)).trim()}".`,
    });
    return null;
  }
  const keyRange = { start, end: start + key.length };
  const operator = head[4] ?? '';
  const operatorAt = start + head[0].trimEnd().length - operator.length;
  const operatorRange = { start: operatorAt, end: operatorAt + operator.length };
  const opened = start + head[0].length;
  const value = /^(?:e|i)?"((?:[^"\\\n]|\\[\s\S])*)"/.exec(text.slice(opened, end));
  const attr = head[3];
  const token: UdevToken = {
    key,
    keyRange,
    ...(attr !== undefined && { attr }),
    operator,
    operatorRange,
    value: value?.[1] ?? '',
    start,
    valueRange: { start: opened, end: opened + (value?.[0].length ?? 0) },
    end: opened + (value?.[0].length ?? 0),
  };
  if (head[2] !== undefined && !head[2].endsWith('}')) faults.push({ kind: 'syntax', at: keyRange, message: `The closing brace of ${key}{ is missing.` });
  judge(token, faults);
  if (!value) {
    const rest = text.slice(opened, end).split(/[\r\n]/, 1)[0] ?? '';
    faults.push({
      kind: 'syntax',
      at: { start: opened, end: opened + Math.max(1, rest.length) },
      message: rest.startsWith('"') ? 'The closing double quote is missing.' : `The value of ${key} has to stand in double quotes.`,
    });
    return null;
  }
  return token;
}

function judge({ key, attr, operator, keyRange, operatorRange }: UdevToken, faults: UdevFault[]): void {
  const upper = key.toUpperCase();
  const known = Object.hasOwn(UDEV_KEYS, key) ? UDEV_KEYS[key] : undefined;
  if (!known) {
    const now = Object.hasOwn(UDEV_GONE, upper) ? UDEV_GONE[upper] : undefined;
    const meant = now ?? (Object.hasOwn(UDEV_KEYS, upper) ? upper : undefined);
    const why = now !== undefined ? `udev has no key ${upper} any more` : `udev knows no key ${key}`;
    const fix = meant ? { title: `Write ${meant}`, offset: keyRange.start, length: key.length, text: meant } : undefined;
    faults.push({ kind: 'key', at: keyRange, message: `${why}, and skips the rule.${meant ? ` It is ${meant}.` : ''}`, ...(fix && { fix }) });
    return;
  }
  if (!isOperator(operator)) {
    const close = operator.startsWith('!') ? '!=' : operator.length > 2 && operator.startsWith('=') ? '==' : undefined;
    const fix = close ? { title: `Write ${close}`, offset: operatorRange.start, length: operator.length, text: close } : undefined;
    faults.push({
      kind: 'operator',
      at: operatorRange.end > operatorRange.start ? operatorRange : keyRange,
      message: operator === '' ? `${key} needs an operator such as == or =.` : `"${operator}" is no operator; there are ==, !=, =, +=, -= and :=.`,
      ...(fix && { fix }),
    });
    return;
  }
  const compares = operator === '==' || operator === '!=';
  if (compares && !known.match)
    faults.push({
      kind: 'operator',
      at: operatorRange,
      message: `${key} cannot be compared: it is set with = or +=.`,
      fix: { title: 'Write =', offset: operatorRange.start, length: operator.length, text: '=' },
    });
  if (!compares && !known.assign)
    faults.push({
      kind: 'operator',
      at: operatorRange,
      message: `${key} cannot be set: it is compared with == or !=.`,
      fix: { title: 'Write ==', offset: operatorRange.start, length: operator.length, text: '==' },
    });
  if (known.attr === 'needed' && (attr === undefined || attr === ''))
    faults.push({ kind: 'syntax', at: keyRange, message: `${key} needs a name in braces: ${key}{name}.` });
  if (known.attr === 'none' && attr !== undefined) faults.push({ kind: 'syntax', at: keyRange, message: `${key} takes no name in braces.` });
}

const isOperator = (text: string): text is UdevOperator => (UDEV_OPERATORS as readonly string[]).includes(text);

/** GOTO leads forward only, to a LABEL of the same file. */
function checkLabels({ rules, faults }: ParsedUdev): void {
  const labels = rules.flatMap((rule) => rule.tokens.filter((token) => token.key === 'LABEL').map((token) => ({ name: token.value, at: token.start })));
  for (const token of rules.flatMap((rule) => rule.tokens.filter((one) => one.key === 'GOTO'))) {
    const same = labels.filter((label) => label.name === token.value);
    if (same.some((label) => label.at > token.start)) continue;
    const message =
      same.length > 0
        ? `GOTO leads forward only, and LABEL="${token.value}" stands above it.`
        : `There is no LABEL="${token.value}" in this file, so udev ignores the GOTO.`;
    faults.push({ kind: 'label', at: token.valueRange, message });
  }
}

/** The names below /dev that the rules make as links, each with its place. Names with substitutions (`%n`, `$kernel`) are kept as written. */
export function symlinksOf(parsed: ParsedUdev): { name: string; at: Range; rule: UdevRule }[] {
  return parsed.rules.flatMap((rule) =>
    rule.tokens
      .filter((token) => token.key === 'SYMLINK' && token.operator !== '==' && token.operator !== '!=' && token.operator !== '-=')
      .flatMap((token) =>
        token.value
          .split(/\s+/)
          .filter((name) => name !== '')
          .map((name) => ({ name: name.replace(/^\/dev\//, ''), at: token.valueRange, rule })),
      ),
  );
}
