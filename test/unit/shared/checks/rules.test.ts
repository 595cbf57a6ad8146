import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../../shared/checks/rules.ts';

const root = new URL('../../../../', import.meta.url);
const docs = readFileSync(new URL('docs/checks.md', root), 'utf8');

describe('the table of rules', () => {
  it('has each id once', () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
  });

  it('has a line in docs/checks.md for every rule, and no line without a rule', () => {
    const rows = [...docs.matchAll(/^\| `([a-z-]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$/gm)].map((row) => [row[1], row[2], row[3]]);
    expect(rows).toEqual(RULES.map((rule) => [rule.id, rule.severity, rule.title]));
  });

  it('knows every id that parsers and planners report', () => {
    const folder = new URL('shared/extension/', root);
    const used = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        [
          ...readFileSync(new URL(name, folder), 'utf8').matchAll(/'((?:manifest|compose|recipe|file|member|archive|images|dockerfile)-[a-z]+(?:-[a-z]+)*)'/g),
        ].map((match) => match[1]),
      );
    expect(used.length).toBeGreaterThan(30);
    expect([...new Set(used)].filter((id) => !RULES.some((rule) => rule.id === id))).toEqual([]);
  });

  it('has a title and a source for every rule', () => {
    for (const rule of RULES) expect([rule.title.length > 10, rule.source.length > 2]).toEqual([true, true]);
  });
});
