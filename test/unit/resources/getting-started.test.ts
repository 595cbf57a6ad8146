import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findCommand } from '../../../electron/cli/table.ts';
import { runChecks } from '../../../shared/checks/run-checks.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest } from '../../../shared/extension/manifest.ts';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const text = readFileSync(`${docs}getting-started.md`, 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(text)![1]!;

it('the manifest and compose file shown to newcomers pass every check', () => {
  const manifest = parseManifest(block('json'), 'manifest.json');
  const compose = parseCompose(block('yaml'), 'docker-compose.yml');
  expect(runChecks({ target: 'spot-core-io', manifest, compose, archives: [{ name: 'my-extension.tgz', tags: ['my-extension:1.0.0'] }] })).toEqual([]);
});

it('getting started names only commands that exist and pages that are there', () => {
  for (const [, name] of text.matchAll(/(?:gangway|gangway\.js) ([a-z-]+)/g)) expect(findCommand(name!), name).toBeDefined();
  const own = [...text.matchAll(/\]\((\w[\w-]*\.md)/g)].map(([, file]) => file!);
  expect(own.length).toBeGreaterThan(2);
  for (const file of own) expect(existsSync(docs + file), file).toBe(true);
});
