import { globFault } from './pattern-matcher.ts';

/**
 * Go's filepath.Match as a regular expression: `*` and `?` stop at slashes, brackets hold ranges and "^", a backslash takes away a
 * meaning; no `**`. Null where the pattern is bad.
 */
export function globToRegExp(pattern: string): RegExp | null {
  if (globFault(pattern) !== null) return null;
  const chars = Array.from(pattern);
  let out = '^';
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '\\') out += literal(chars[++i]!);
    else if (char === '[') {
      const from = ++i;
      out += chars[i] === '^' ? '[^' : '[';
      if (chars[i] === '^') i++;
      for (let first = true; chars[i] !== ']' || first; first = false, i++) {
        if (chars[i] === '\\') out += literal(chars[++i]!);
        else out += chars[i] === '-' && i > from ? '-' : literal(chars[i]!);
      }
      out += ']';
    } else out += literal(char);
  }
  return new RegExp(`${out}$`, 'u');
}

const literal = (char: string): string => (/[0-9A-Za-z_/ ]/.test(char) ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`);
