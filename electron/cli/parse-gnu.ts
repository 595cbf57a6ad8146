import { didYouMean } from './did-you-mean.ts';
import { type CommandSpec, type OptionSpec, ParsedWords, UsageError } from './spec.ts';

/**
 * Reads words by GNU habits: `--opt value`, `--opt=value`, `-o value`, `-ovalue`, options anywhere, `--` ends them.
 * A value may begin with a dash only after `=` (so that `--stage --no-cache` is a mistake that is told).
 * @throws UsageError
 */
export function parseGnu(spec: CommandSpec, options: readonly OptionSpec[], words: readonly string[]): ParsedWords {
  const parsed = new ParsedWords();
  let index = 0;
  while (index < words.length) {
    const word = words[index++]!;
    if (word === '--') {
      parsed.positionals.push(...words.slice(index));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      parsed.positionals.push(word);
      continue;
    }
    const { option, shown, attached } = find(options, word);
    if (option.value === undefined) {
      if (attached !== undefined) throw new UsageError(`${shown} takes no value.`);
      parsed.set(option.long, []);
      continue;
    }
    let value = attached;
    if (value === undefined) {
      const next = words[index];
      if (next === undefined || (next.startsWith('-') && next !== '-')) throw new UsageError(`${shown} needs a value: ${shown} ${option.value}`);
      value = next;
      index++;
    }
    if (option.repeat) parsed.add(option.long, value);
    else parsed.set(option.long, [value]);
  }
  checkPositionals(spec, parsed.positionals);
  return parsed;
}

function find(options: readonly OptionSpec[], word: string): { option: OptionSpec; shown: string; attached: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const option = options.find((candidate) => candidate.long === name);
    if (!option) {
      const near = didYouMean(
        name,
        options.map((candidate) => candidate.long),
      );
      throw new UsageError(`There is no option --${name}.`, near && `--${near}`);
    }
    return { option, shown: `--${name}`, attached: equals < 0 ? undefined : word.slice(equals + 1) };
  }
  const shown = word.slice(0, 2);
  const option = options.find((candidate) => candidate.short === shown.slice(1));
  if (!option) {
    // `-target`: a long option with one dash is the commonest slip.
    const near =
      word.length > 2
        ? didYouMean(
            word.slice(1).split('=')[0]!,
            options.map((candidate) => candidate.long),
          )
        : undefined;
    throw new UsageError(`There is no option ${word.length > 2 ? word : shown}.`, near && `--${near}`);
  }
  const rest = word.slice(2);
  return { option, shown, attached: rest === '' ? undefined : rest.replace(/^=/, '') };
}

function checkPositionals(spec: CommandSpec, given: readonly string[]): void {
  const missing = spec.positionals[given.length];
  if (missing) {
    throw new UsageError(`${missing.name} is missing: ${missing.help}`, missing.name === 'DIR' ? `gangway ${spec.name} .` : undefined);
  }
  const extra = given[spec.positionals.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many: gangway ${spec.name} takes ${describe(spec)}.`);
  const empty = given.indexOf('');
  if (empty >= 0) throw new UsageError(`${spec.positionals[empty]!.name} is empty (an unset variable?).`);
}

function describe(spec: CommandSpec): string {
  return spec.positionals.length === 0 ? 'options only' : `only ${spec.positionals.map((positional) => positional.name).join(' ')} besides options`;
}
