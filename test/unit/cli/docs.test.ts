import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandHelp, generalHelp, optionTitle } from '../../../electron/cli/help.ts';
import { COMMANDS, COMMON_OPTIONS } from '../../../electron/cli/table.ts';
import { TARGET_IDS } from '../../../shared/extension/targets.ts';

const docs = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const sections = new Map(
  docs
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0]!, section] as const),
);

/** The titles of options that a section explains: what stands in backticks before the colon of a list entry. */
const explained = (section: string): string[] =>
  [...section.matchAll(/^- ((?:`[^`]+`(?:, )?)+):/gm)].flatMap(([, titles]) => [...titles!.matchAll(/`([^`]+)`/g)].map(([, title]) => title!)).sort();

describe('docs/cli.md', () => {
  it('has a section for each command and none for another', () => {
    const titles = COMMANDS.map((command) => ['gangway', command.name, ...command.positionals.map((positional) => positional.name)].join(' '));
    expect([...sections.keys()].filter((title) => title.startsWith('gangway '))).toEqual(titles);
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))('explains the options of %s, all and only those', (name, command) => {
    const section = [...sections].find(([title]) => title.split(' ')[1] === name)![1];
    expect(explained(section)).toEqual(command.options.map(optionTitle).sort());
  });

  it('explains what every command takes, and every target', () => {
    expect(explained(sections.get('Every command')!)).toEqual(COMMON_OPTIONS.map(optionTitle).sort());
    for (const id of TARGET_IDS) expect(docs).toContain(`\`${id}\``);
  });
});

describe('help', () => {
  it.each([40, 80, 100])('fits %d columns, besides examples and words that cannot be broken', (width) => {
    const texts = [generalHelp(width), ...COMMANDS.map((command) => commandHelp(command, width))];
    for (const line of texts.flatMap((text) => text.split('\n'))) {
      if (line.startsWith('  gangway ')) continue;
      const breakable = line.trim().includes(' ') && !line.trim().startsWith('--');
      if (breakable) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('names every option of a command with its text', () => {
    for (const command of COMMANDS) {
      const help = commandHelp(command, 100).replace(/\s+/g, ' ');
      for (const option of command.options) expect(help).toContain(`${optionTitle(option)} ${option.help}`);
    }
  });
});
