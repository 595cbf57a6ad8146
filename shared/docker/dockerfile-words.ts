/** Values that a variable may have while a Dockerfile is read; undefined: declared or not, nothing is known. */
export type Variables = ReadonlyMap<string, string | undefined>;

/**
 * Expands `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME-word}`, `${NAME:+word}` and `${NAME+word}` and takes quotes away, as BuildKit does for the
 * instructions that expand. What has no known value stays as it is written, so that a reader sees which variable is meant.
 */
export function expandWord(word: string, variables: Variables, escape: '\\' | '`' = '\\'): string {
  let out = '';
  let quote = '';
  for (let i = 0; i < word.length; i++) {
    const char = word[i]!;
    if (quote === "'") {
      if (char === "'") quote = '';
      else out += char;
    } else if (char === escape && i + 1 < word.length && (quote === '' || ['"', '$', escape].includes(word[i + 1]!))) out += word[++i]!;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '$') {
      const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])((?:[^{}]|\$\{[^{}]*\})*))?\})/.exec(word.slice(i));
      if (!found) {
        out += char;
        continue;
      }
      out += value(found[0], found[1] ?? found[2]!, found[3] ?? '', found[4] ?? '', variables, escape);
      i += found[0].length - 1;
    } else out += char;
  }
  return out;
}

function value(written: string, name: string, operator: string, word: string, variables: Variables, escape: '\\' | '`'): string {
  const known = variables.get(name);
  const set = known !== undefined && !(operator.startsWith(':') && known === '');
  if (operator.endsWith('-')) return set ? known : expandWord(word, variables, escape);
  if (operator.endsWith('+')) return set ? expandWord(word, variables, escape) : '';
  return known ?? written;
}

/** Cuts arguments at white space outside quotes; quotes and escapes stay. */
export function splitWords(text: string, escape: '\\' | '`' = '\\'): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === escape && quote !== "'" && i + 1 < text.length) word += char + text[++i]!;
    else if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = '';
      word += char;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

/** The words of a JSON array ("exec form"), or null where the text is not one. */
export function jsonWords(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string') ? parsed : null;
  } catch {
    return null;
  }
}
