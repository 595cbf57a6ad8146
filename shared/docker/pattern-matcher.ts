/**
 * The pattern language of `.dockerignore`, equal to the engine's own (github.com/moby/patternmatcher): Go's path patterns, `**`
 * for any number of folders, `!` for exceptions, and a pattern that matches a folder covers all that lies in it.
 * Paths are relative, with forward slashes. What a pattern decides here is what leaves this computer, so quirks are kept.
 */

export class PatternError extends Error {
  readonly pattern: string;

  constructor(pattern: string, why: string) {
    super(`"${pattern}" is not a valid pattern: ${why}`);
    this.pattern = pattern;
  }
}

interface Pattern {
  text: string;
  exception: boolean;
  test(path: string): boolean;
}

/** One answer per pattern for a folder, handed down to its entries: a pattern that matched a folder covers them. */
export type ParentMatches = readonly boolean[];

const WILDCARDS = /[*[\]?^\\]/;

export class PatternMatcher {
  private readonly patterns: Pattern[] = [];
  /** Whether any pattern begins with "!". */
  readonly hasExceptions: boolean;
  /** Exceptions without wildcards, cut to the folder or file they name; null when one has a wildcard and may match anywhere. */
  private readonly exceptionPrefixes: string[] | null;
  /** The same for the patterns that are no exceptions. */
  private readonly prefixes: string[] | null;

  /** @throws PatternError for a pattern that the engine would refuse. */
  constructor(patterns: readonly string[]) {
    for (const given of patterns) {
      const trimmed = trimGoSpace(given);
      if (trimmed === '') continue;
      let text = cleanPath(trimmed);
      const exception = text.startsWith('!');
      if (exception) text = text.slice(1);
      if (text === '') throw new PatternError('!', 'nothing follows the exclamation mark');
      const fault = globFault(text);
      if (fault) throw new PatternError(given, fault);
      this.patterns.push({ text, exception, test: compile(text, given) });
    }
    this.hasExceptions = this.patterns.some((pattern) => pattern.exception);
    this.exceptionPrefixes = plainPrefixes(this.patterns.filter((pattern) => pattern.exception));
    this.prefixes = plainPrefixes(this.patterns.filter((pattern) => !pattern.exception));
  }

  /**
   * Whether the path, or a folder above it, matches and no later exception takes it back. The answer is that of a walk from the top, which
   * is how the engine decides; it differs from a look at the path alone where an exception names a folder above what it takes back.
   */
  matches(path: string): boolean {
    let parent: ParentMatches | null = null;
    for (const folder of parentsOf(path)) parent = this.matchesBelow(folder, parent).forEntries;
    return this.matchesBelow(path, parent).matched;
  }

  /**
   * The answer while walking: `parent` is what this returned for the folder that the path lies in (null at the top). A
   * folder's own answers must be kept and handed to its entries.
   */
  matchesBelow(path: string, parent: ParentMatches | null): { matched: boolean; forEntries: ParentMatches } {
    const forEntries: boolean[] = new Array<boolean>(this.patterns.length).fill(false);
    let matched = false;
    for (let i = 0; i < this.patterns.length; i++) {
      const pattern = this.patterns[i]!;
      let hit = parent?.[i] ?? false;
      if (!hit) {
        if (pattern.exception !== matched) continue;
        hit = pattern.test(path);
      }
      forEntries[i] = hit;
      if (hit) matched = !pattern.exception;
    }
    return { matched, forEntries };
  }

  /** For an excluded folder: whether something in it may still be let in by an exception, so that it must be walked. */
  mayHoldException(folder: string): boolean {
    return this.hasExceptions && reaches(this.exceptionPrefixes, folder);
  }

  /** For a folder that no include pattern names: whether one may name something in it. */
  mayHoldMatch(folder: string): boolean {
    return reaches(this.prefixes, folder);
  }
}

function plainPrefixes(patterns: Pattern[]): string[] | null {
  const cut = patterns.map((pattern) => pattern.text.replace(/\/\*\*$/, '').replace(/\/\*$/, ''));
  return cut.some((text) => WILDCARDS.test(text)) ? null : cut;
}

const reaches = (prefixes: string[] | null, folder: string): boolean => prefixes === null || prefixes.some((prefix) => `${prefix}/`.startsWith(`${folder}/`));

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at));
  return parents;
}

/** Go's strings.TrimSpace: Unicode white space with U+0085, without the byte order mark that JavaScript's trim() takes too. */
export const trimGoSpace = (text: string): string =>
  text.replace(
    /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g,
    '',
  );

/** Go's path.Clean: no doubled slashes, no ".", ".." resolved where it can be, no slash at the end; "" becomes ".". */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!rooted) out.push(part);
  }
  return (rooted ? '/' : '') + out.join('/') || '.';
}

/** Why Go's filepath.Match would call the pattern bad; null where it is fine. */
export function globFault(pattern: string): string | null {
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    if (chars[i] === '\\') {
      if (++i >= chars.length) return 'it ends in a backslash';
    } else if (chars[i] === '[') {
      const end = classEnd(chars, i);
      if (typeof end === 'string') return end;
      i = end;
    }
  }
  return null;
}

/** Index of the bracket that closes the class at `start`, or what is wrong with it. */
function classEnd(chars: string[], start: number): number | string {
  let i = start + 1;
  if (chars[i] === '^') i++;
  const single = (): string | null => {
    if (i >= chars.length) return 'a bracket is not closed';
    if (chars[i] === '-' || chars[i] === ']') return 'a bracket holds a range without a beginning or an end';
    if (chars[i] === '\\' && ++i >= chars.length) return 'it ends in a backslash';
    return ++i >= chars.length ? 'a bracket is not closed' : null;
  };
  for (let ranges = 0; ; ranges++) {
    if (chars[i] === ']' && ranges > 0) return i;
    const low = single();
    if (low) return low;
    if (chars[i] === '-') {
      i++;
      const high = single();
      if (high) return high;
    }
  }
}

/**
 * How a pattern is tested. The engine tells four kinds apart, and only some go through a regular expression: a plain name is
 * compared as it is, and "x/**" and "**x" by beginning and end, wildcards in the rest included as plain text only where the
 * engine does so too.
 */
function compile(pattern: string, given: string): (path: string) => boolean {
  let kind: 'exact' | 'prefix' | 'suffix' | 'regexp' = 'exact';
  let source = '^';
  const chars = Array.from(pattern);
  for (let i = 0, step = 0; i < chars.length; i++, step++) {
    const char = chars[i]!;
    if (char === '*' && chars[i + 1] === '*') {
      i++;
      if (chars[i + 1] === '/') i++;
      if (i + 1 >= chars.length) {
        if (kind === 'exact') kind = 'prefix';
        else {
          source += '.*';
          kind = 'regexp';
        }
      } else {
        source += '(.*/)?';
        kind = 'regexp';
      }
      if (step === 0) kind = 'suffix';
    } else if (char === '*' || char === '?') {
      source += char === '*' ? '[^/]*' : '[^/]';
      kind = 'regexp';
    } else if ('.+()|{}$'.includes(char)) source += `\\${char}`;
    else if (char === '\\' && i + 1 < chars.length) {
      source += `\\${chars[++i]!}`;
      kind = 'regexp';
    } else {
      source += char;
      if (char === '[' || char === ']') kind = 'regexp';
    }
  }
  if (kind === 'exact') return (path) => path === pattern;
  if (kind === 'prefix') return (path) => path.startsWith(pattern.slice(0, -2));
  if (kind === 'suffix') {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  const expression = new RegExp(goRegExpSource(`${source}$`, given), 'u');
  return (path) => expression.test(path);
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
  A: '^',
  z: '$',
  b: '\\b',
  B: '\\B',
};
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * The text of a Go regular expression as JavaScript's (flag u). Only what `compile` can write occurs: `.` leaves out the newline
 * alone, a lone "]" is itself, "[" inside a class is itself unless "[:name:]" follows, and an escaped letter may name a class.
 */
function goRegExpSource(source: string, given: string): string {
  const chars = Array.from(source);
  let out = '';
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    if (char === '\\') out += escape(chars[++i], false);
    else if (char === '.') out += '[^\\n]';
    else if (char === ']') out += '\\]';
    else if (char === '[') {
      out += '[';
      i++;
      if (chars[i] === '^') {
        out += '^';
        i++;
      }
      for (let first = true; chars[i] !== ']' || first; first = false, i++) {
        const inside = chars[i];
        if (inside === undefined) throw new PatternError(given, 'a bracket is not closed');
        const posix = inside === '[' ? /^\[:(\^?)([a-z]+):\]/.exec(chars.slice(i).join('')) : null;
        if (posix) {
          const members = POSIX_CLASSES[posix[2]!];
          if (!members || posix[1]) throw new PatternError(given, `${posix[0]} is not a class of characters`);
          out += members;
          i += posix[0].length - 1;
        } else if (inside === '\\') out += escape(chars[++i], true);
        else out += inside === '-' ? '-' : literal(inside);
      }
      out += ']';
    } else out += char;
  }
  try {
    new RegExp(out, 'u');
  } catch (error) {
    throw new PatternError(given, error instanceof Error ? error.message : 'it cannot be read');
  }
  return out;

  function literal(char: string): string {
    return /[[\]^\\/(){}|$.*+?&~!#%,:;<=>@`-]/.test(char) ? `\\u{${char.codePointAt(0)!.toString(16)}}` : char;
  }

  function escape(char: string | undefined, inClass: boolean): string {
    if (char === undefined) return '\\\\';
    if (!/[0-9A-Za-z]/.test(char)) return literal(char);
    const known = GO_ESCAPES[char];
    if (known === undefined || (inClass && /[AzbBDWS]/.test(char))) throw new PatternError(given, `\\${char} has no meaning`);
    return inClass ? known.replace(/^\[|\]$/g, '') : known;
  }
}
