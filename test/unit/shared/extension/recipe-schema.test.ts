import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PLATFORMS } from '../../../../shared/docker/platform.ts';
import { IMAGE_FIELDS, RECIPE_FIELDS, SECRET_FIELDS } from '../../../../shared/extension/recipe-spec.ts';
import { parseRecipe } from '../../../../shared/extension/recipe.ts';
import { dataOf } from '../../../../shared/extension/source-tree.ts';
import { TARGET_IDS } from '../../../../shared/extension/targets.ts';

const schema = JSON.parse(readFileSync(new URL('../../../../resources/schemas/gangway.schema.json', import.meta.url), 'utf8'));
const docs = readFileSync(new URL('../../../../docs/recipe.md', import.meta.url), 'utf8');
const validator = z.fromJSONSchema(schema);
const recipeData = (text: string): unknown => {
  const { tree } = parseRecipe(text);
  return tree.root ? dataOf(tree.root) : undefined;
};
const bySchema = (text: string): boolean => validator.safeParse(recipeData(text)).success;
const byParser = (text: string): boolean => parseRecipe(text).recipe !== null;

const GOOD = [
  'recipe: 1\n',
  'recipe: 1\ntarget: orbit\nplatform: aarch64\nimages: []\nfiles:\n',
  'recipe: 1\nimages:\n  - tag: ghcr.io:443/a/b_c.d--e:V1.0@sha256:0123456789abcdef0123456789abcdef\n    dockerfile: ../x/Dockerfile\n    context: ..\n    stage: a\n    args: {A: 1, B: true, C: x, D: }\n    secrets: [{id: a, env: B}, {id: c, src: ../d}]\n',
  'recipe: 1\nextra_images: [redis:7, localhost/x, a/b/c]\narchives: [../a.tgz]\npackage_dir: ext\nfiles: [a, .b/c]\nimage_archive: a.tar.gz\noutput: ../o.spx\n',
];
const BAD = [
  'target: orbit\n',
  'recipe: 2\n',
  'recipe: 1\nnope: 1\n',
  'recipe: 1\ntarget: spot\n',
  'recipe: 1\nimages: x\n',
  'recipe: 1\nimages: [{dockerfile: a}]\n',
  'recipe: 1\nimages: [{tag: A}]\n',
  'recipe: 1\nimages: [{tag: a, b: c}]\n',
  'recipe: 1\nimages: [{tag: a, context: /abs}]\n',
  'recipe: 1\nimages: [{tag: a, dockerfile: "C:\\\\x"}]\n',
  'recipe: 1\nimages: [{tag: a, args: [x]}]\n',
  'recipe: 1\nimages: [{tag: a, args: {"1": x}}]\n',
  'recipe: 1\nimages: [{tag: a, args: {A: [x]}}]\n',
  'recipe: 1\nimages: [{tag: a, secrets: [{id: a}]}]\n',
  'recipe: 1\nimages: [{tag: a, secrets: [{id: a, env: B, src: c}]}]\n',
  'recipe: 1\nimages: [{tag: a, secrets: [{id: a, env: 1B}]}]\n',
  'recipe: 1\nimages: [{tag: a, secrets: [{id: a, value: x}]}]\n',
  'recipe: 1\nfiles: [../a]\n',
  'recipe: 1\npackage_dir: ..\n',
  'recipe: 1\nfiles: [~/a]\n',
  'recipe: 1\nimage_archive: a/b.tgz\n',
  'recipe: 1\nimage_archive: a.zip\n',
  'recipe: 1\nextra_images: ["a b"]\n',
  'recipe: 1\noutput: [a]\n',
  '- 1\n',
];

describe('gangway.schema.json', () => {
  it.each(GOOD)('accepts, as the parser does: %j', (text) => {
    expect([byParser(text), bySchema(text)]).toEqual([true, true]);
  });
  it.each(BAD)('refuses, as the parser does: %j', (text) => {
    expect([byParser(text), bySchema(text)]).toEqual([false, false]);
  });

  it('has the keys of the parser, and its targets', () => {
    expect(Object.keys(schema.properties)).toEqual(Object.keys(RECIPE_FIELDS));
    expect(Object.keys(schema.$defs.image.properties)).toEqual(Object.keys(IMAGE_FIELDS));
    expect(new Set(schema.$defs.secret.anyOf.flatMap((one: { properties: object }) => Object.keys(one.properties)))).toEqual(
      new Set(Object.keys(SECRET_FIELDS)),
    );
    expect(schema.properties.target.enum.slice(0, -1)).toEqual([...TARGET_IDS]);
    expect(schema.properties.platform.examples).toEqual([...PLATFORMS]);
  });
});

describe('docs/recipe.md', () => {
  it('explains every key', () => {
    for (const key of [...Object.keys(RECIPE_FIELDS), ...Object.keys(IMAGE_FIELDS)]) expect(docs).toContain(`| \`${key}\` |`);
  });
  it('has an example that can be read', () => {
    expect(parseRecipe(/```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '').findings).toEqual([]);
  });
});
