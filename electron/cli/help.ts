import type { CommandSpec, OptionSpec } from './spec.ts';
import { COMMANDS, optionsOf } from './table.ts';

const EXIT_CODES = 'Exit codes: 0 done, 1 the job failed, 2 wrong usage, 130 cancelled.';

/** `gangway --help`. Lines are at most `width` columns. */
export function generalHelp(width: number): string {
  const rows = COMMANDS.map((command) => [command.name, command.summary] as const);
  return [
    ...wrap('Gangway builds container images for robots and packs them as Spot extensions.', width, 0),
    '',
    'Usage: gangway COMMAND [options]',
    '',
    'Commands:',
    ...twoColumns(rows, width),
    '',
    'Options:',
    ...twoColumns(
      [
        ['--help, -h', 'Print this help; gangway COMMAND --help says all about one command.'],
        ['--version', 'Print the version.'],
      ],
      width,
    ),
    '',
    ...wrap(EXIT_CODES, width, 0),
    '',
  ].join('\n');
}

/** `gangway COMMAND --help`. */
export function commandHelp(command: CommandSpec, width: number): string {
  const words = ['gangway', command.name, ...command.positionals.map((positional) => positional.name)];
  const required = command.options.filter((option) => option.required).map((option) => `--${option.long} ${option.value ?? ''}`.trim());
  return [
    ...wrap(`${command.summary}.`, width, 0),
    '',
    ...wrap(`Usage: ${[...words, ...required, '[options]'].join(' ')}`, width, 4),
    '',
    ...(command.positionals.length > 0
      ? [
          'Arguments:',
          ...twoColumns(
            command.positionals.map((p) => [p.name, sentence(p.help)]),
            width,
          ),
          '',
        ]
      : []),
    'Options:',
    ...twoColumns(
      optionsOf(command).map((option) => [optionTitle(option), optionText(option)]),
      width,
    ),
    '',
    ...command.details.flatMap((detail) => [...wrap(detail, width, 0), '']),
    'Examples:',
    ...command.examples.flatMap((example) => [`  ${example.line}`, ...wrap(example.text, width - 6, 0).map((line) => `      ${line}`)]),
    '',
    ...wrap(EXIT_CODES, width, 0),
    '',
  ].join('\n');
}

/** "--output, -o FILE.spx". docs/cli.md shows an option under the same title. */
export function optionTitle(option: OptionSpec): string {
  return `--${option.long}${option.short ? `, -${option.short}` : ''}${option.value ? ` ${option.value}` : ''}`;
}

function optionText(option: OptionSpec): string {
  const more = [option.repeat ? 'May be given several times.' : '', option.required ? 'Required.' : '', option.default ? `Default: ${option.default}.` : ''];
  return [option.help, ...more].filter(Boolean).join(' ');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Titles on the left, text wrapped on the right; a long title or a narrow terminal puts the text below. */
function twoColumns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.min(26, Math.max(...rows.map(([title]) => title.length)));
  const stacked = width < 60;
  return rows.flatMap(([title, text]) => {
    const indent = stacked ? 6 : left + 4;
    const lines = wrap(text, Math.max(20, width - indent), 0);
    if (stacked || title.length > left) return [`  ${title}`, ...lines.map((line) => ' '.repeat(indent) + line)];
    return lines.map((line, index) => (index === 0 ? `  ${title.padEnd(left)}  ${line}` : ' '.repeat(indent) + line));
  });
}

function wrap(text: string, width: number, hanging: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(hanging) + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
