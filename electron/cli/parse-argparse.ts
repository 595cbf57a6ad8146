import { didYouMean } from './did-you-mean.ts';
import { type OptionSpec, ParsedWords, UsageError } from './spec.ts';

type Word = { kind: 'value'; text: string } | { kind: 'end' } | { kind: 'option'; option: OptionSpec | null; typed: string; attached: string | undefined };

/**
 * Reads words as Python's argparse does, for the commands that stand in for the SDK's scripts: lists run to the next
 * option, a repeated option replaces what it had, `--opt=value`, `-ovalue`, and any unambiguous beginning of a long
 * option. Rules from CPython's Lib/argparse.py, `_parse_optional` and `_get_option_tuples`.
 * @throws UsageError
 */
export function parseArgparse(options: readonly OptionSpec[], words: readonly string[]): ParsedWords {
  const parsed = new ParsedWords();
  const classified = classify(options, words);
  const stray: string[] = [];
  let index = 0;
  while (index < classified.length) {
    const word = classified[index++]!;
    if (word.kind === 'end') continue;
    if (word.kind === 'value') {
      stray.push(word.text);
      continue;
    }
    if (!word.option) {
      stray.push(word.typed);
      continue;
    }
    index = take(parsed, word.option, word.attached, classified, index);
  }
  if (parsed.has('help')) return parsed;
  const missing = options.filter((option) => option.required && !parsed.has(option.long));
  if (missing.length > 0) throw new UsageError(`the following arguments are required: ${missing.map(shownName).join(', ')}`);
  if (stray.length > 0) {
    const unknown = stray.find((text) => text.startsWith('--'));
    const near =
      unknown &&
      didYouMean(
        unknown.slice(2).split('=')[0]!,
        options.map((option) => option.long),
      );
    throw new UsageError(`unrecognized arguments: ${stray.join(' ')}`, near && `--${near}`);
  }
  return parsed;
}

/** Gives an option its values; answers the index of the first word that is not one of them. */
function take(parsed: ParsedWords, option: OptionSpec, attached: string | undefined, words: readonly Word[], start: number): number {
  let index = start;
  if (option.value === undefined) {
    if (attached !== undefined) throw new UsageError(`argument ${shownName(option)}: ignored explicit argument '${attached}'`);
    parsed.set(option.long, []);
    return index;
  }
  const values: string[] = [];
  if (attached !== undefined) values.push(attached);
  else {
    for (let word = words[index]; word?.kind === 'value' && (option.list || values.length === 0); word = words[++index]) values.push(word.text);
  }
  if (!option.list && values.length !== 1) throw new UsageError(`argument ${shownName(option)}: expected one argument`);
  parsed.set(option.long, values);
  return index;
}

function classify(options: readonly OptionSpec[], words: readonly string[]): Word[] {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const after = end < 0 ? [] : words.slice(end + 1);
  const value = (text: string): Word => ({ kind: 'value', text });
  return [...before.map((word) => classifyOne(options, word)), ...(end < 0 ? [] : [{ kind: 'end' } as const]), ...after.map(value)];
}

function classifyOne(options: readonly OptionSpec[], word: string): Word {
  const value: Word = { kind: 'value', text: word };
  if (!word.startsWith('-') || word === '-') return value;
  const exact = options.find((option) => word === `--${option.long}` || (option.short !== undefined && word === `-${option.short}`));
  if (exact) return { kind: 'option', option: exact, typed: word, attached: undefined };
  const found = word.startsWith('--') ? matchLong(options, word) : matchShort(options, word);
  if (found) return found;
  // argparse takes "-1" and "-1.5" for numbers, and anything with a space for a value.
  if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(' ')) return value;
  return { kind: 'option', option: null, typed: word, attached: undefined };
}

function matchLong(options: readonly OptionSpec[], word: string): Word | null {
  const equals = word.indexOf('=');
  const typed = equals < 0 ? word : word.slice(0, equals);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  const name = typed.slice(2);
  const exact = options.find((option) => option.long === name);
  const matches = exact ? [exact] : options.filter((option) => option.long.startsWith(name));
  if (matches.length > 1) throw new UsageError(`ambiguous option: ${typed} could match ${matches.map((option) => `--${option.long}`).join(', ')}`);
  return matches[0] ? { kind: 'option', option: matches[0], typed, attached } : null;
}

function matchShort(options: readonly OptionSpec[], word: string): Word | null {
  const option = options.find((candidate) => candidate.short === word[1]);
  if (!option) return null;
  const rest = word.slice(2);
  return { kind: 'option', option, typed: word.slice(0, 2), attached: rest.startsWith('=') ? rest.slice(1) : rest };
}

const shownName = (option: OptionSpec): string => `--${option.long}${option.short ? `/-${option.short}` : ''}`;
