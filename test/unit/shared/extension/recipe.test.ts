import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipe, type Recipe } from '../../../../shared/extension/recipe.ts';
import { stringifyRecipe, updateRecipe } from '../../../../shared/extension/recipe-write.ts';

const FULL = `recipe: 1
target: spot-core-io
platform: linux/arm64
images:
  - tag: ping:1.0.0
    dockerfile: docker/Dockerfile.l4t
    context: ..
    stage: final
    args:
      BASE: "3.10"
      MODE: fast
    secrets:
      - id: token
        env: PIP_TOKEN
      - id: key
        src: ../keys/id
  - tag: pong:1.0.0
extra_images:
  - redis:7
archives:
  - ../saved/base.tgz
package_dir: extension
files:
  - config
image_archive: images.tgz
output: ../out/ping.spx
`;

describe('parseRecipe', () => {
  it('reads every key of a full recipe', () => {
    const { recipe, findings } = parseRecipe(FULL);
    expect(findings).toEqual([]);
    expect(recipe).toEqual({
      recipe: 1,
      target: 'spot-core-io',
      platform: 'linux/arm64',
      images: [
        {
          tag: 'ping:1.0.0',
          dockerfile: 'docker/Dockerfile.l4t',
          context: '..',
          stage: 'final',
          args: { BASE: '3.10', MODE: 'fast' },
          secrets: [
            { id: 'token', env: 'PIP_TOKEN' },
            { id: 'key', src: '../keys/id' },
          ],
        },
        { tag: 'pong:1.0.0' },
      ],
      extra_images: ['redis:7'],
      archives: ['../saved/base.tgz'],
      package_dir: 'extension',
      files: ['config'],
      image_archive: 'images.tgz',
      output: '../out/ping.spx',
    });
  });

  it.each([
    ['recipe: 1\nimagse: []\n', 2, 'Did you mean "images"?'],
    ['recipe: 1\nimages:\n  - tag: a\n    dockerFile: x\n', 4, 'Did you mean "dockerfile"?'],
    ['recipe: 1\ntarget: spot-coreio\n', 2, 'Did you mean "spot-core-io"?'],
    ['recipe: 1\nplatform: linux/arm65\n', 2, 'Did you mean "linux/arm64"?'],
    ['recipe: 1\nimages:\n  - tag: Ping:1\n', 3, 'lower case'],
    ['recipe: 1\nimages:\n  - dockerfile: x\n', 3, 'needs a "tag"'],
    ['recipe: 1\nimages:\n  - tag: a\n    secrets:\n      - {id: a, value: hunter2}\n', 5, 'never stands in a recipe'],
    ['recipe: 1\nimages:\n  - tag: a\n    secrets:\n      - {id: a}\n', 5, 'either "env" or "src"'],
    ['recipe: 1\nfiles: [../x]\n', 2, 'leads out of it'],
    ['recipe: 1\npackage_dir: a/../../b\n', 2, 'leads out of it'],
    ['recipe: 1\noutput: C:\\out\\x.spx\n', 2, 'is absolute'],
    ['recipe: 1\nimage_archive: a/b.tgz\n', 2, 'plain file name'],
    ['recipe: 2\n', 1, 'version 1'],
    ['target: orbit\n', 1, 'recipe: 1'],
    ['recipe: 1\nimages: x\n', 2, 'must be a list'],
    ['- a\n', 1, 'is a map'],
    ['', 1, 'is a map'],
    ['recipe: 1\n\ttarget: orbit\n', 2, 'Tabs'],
    ['recipe: 1\nrecipe: 1\n', 2, 'second time'],
  ])('refuses %j at line %i', (text, line, words) => {
    const { recipe, findings } = parseRecipe(text);
    expect(recipe).toBeNull();
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'error', line, message: expect.stringContaining(words) }));
  });

  it('never repeats a value that stands where a secret should be named', () => {
    const { findings } = parseRecipe('recipe: 1\nimages:\n  - tag: a\n    secrets:\n      - {id: a, value: hunter2}\n');
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  it('takes backslashes, "./" and a byte order mark as people on Windows write them', () => {
    const { recipe } = parseRecipe('\ufeffrecipe: 1\r\nimages:\r\n  - tag: a\r\n    dockerfile: .\\docker\\Dockerfile\r\n    context: .\r\n');
    expect(recipe?.images).toEqual([{ tag: 'a', dockerfile: 'docker/Dockerfile', context: '.' }]);
  });

  it('spells a platform as Docker does', () => {
    expect(parseRecipe('recipe: 1\nplatform: aarch64\n').recipe?.platform).toBe('linux/arm64');
  });
});

const path = fc.stringMatching(/^[a-z0-9][a-zA-Z0-9 ._-]{0,8}[a-z0-9]$/).map((s) => s.replaceAll('..', '.'));
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'yes',
    '1e3',
    '0o7',
    '~',
    '',
    ' x',
    '#a',
    'a: b',
    '2026-01-01',
    '1:30',
    '- x',
    '"',
    "'",
    '\\',
    '\n',
    '\u2028',
    '=',
    '<<',
    '*a',
    '&a',
    '!x',
    '%',
    '@',
    '`',
    '{',
    'null',
  ),
);
const tag = fc.stringMatching(/^[a-z][a-z0-9]{0,6}:[a-z0-9]{1,4}$/);
const optional = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined });
const image = fc
  .record({
    tag,
    dockerfile: optional(path),
    context: optional(path),
    stage: optional(fc.stringMatching(/^[a-z]+$/)),
    args: optional(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,5}$/), value, { minKeys: 1, maxKeys: 3, noNullPrototype: true })),
    secrets: optional(
      fc.array(fc.oneof(fc.record({ id: path, env: fc.constantFrom('A', 'B_C') }), fc.record({ id: path, src: path })), { minLength: 1, maxLength: 2 }),
    ),
  })
  .map(compact);
const list = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T[] | undefined> => optional(fc.array(arb, { minLength: 1, maxLength: 4 }));
const recipes = fc
  .record({
    recipe: fc.constant(1 as const),
    target: optional(fc.constantFrom('orbit' as const, 'jetson' as const)),
    platform: optional(fc.constantFrom('linux/arm64' as const, 'linux/arm/v7' as const)),
    images: list(image),
    extra_images: list(tag),
    archives: list(path),
    package_dir: optional(path),
    files: list(path),
    image_archive: optional(fc.constantFrom('a.tgz', 'b.tar.gz')),
    output: optional(path),
  })
  .map(compact) as fc.Arbitrary<Recipe>;

function compact<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, one]) => one !== undefined)) as T;
}

describe('stringifyRecipe', () => {
  it('writes the documented order, and its own text again', () => {
    const { recipe } = parseRecipe(FULL);
    expect(stringifyRecipe(recipe as Recipe)).toBe(FULL);
  });

  it('gives a text that reads back as the same recipe, whatever the values', () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        expect(parseRecipe(stringifyRecipe(recipe))).toMatchObject({ recipe, findings: [] });
      }),
      { numRuns: 150 },
    );
  });
});

describe('updateRecipe', () => {
  const COMMENTED =
    '# our robot\nrecipe: 1   # format\n\n# where it goes\ntarget: orbit # fleet\nfiles:\n  # the settings\n  - config # kept\n  - models\n\n# last words\n';

  it('changes one key and keeps comments, order and spelling of all others', () => {
    const recipe = parseRecipe(COMMENTED).recipe as Recipe;
    expect(updateRecipe(COMMENTED, { ...recipe, target: 'jetson' })).toBe(COMMENTED.replace('orbit', 'jetson'));
    expect(updateRecipe(COMMENTED, { ...recipe, files: ['config', 'maps', 'models'] })).toBe(COMMENTED.replace('  - models', '  - maps\n  - models'));
    expect(updateRecipe(COMMENTED, { ...recipe, files: ['config'] })).toBe(COMMENTED.replace('  - models\n', ''));
    expect(updateRecipe(COMMENTED, { ...recipe, output: 'x.spx' })).toBe(COMMENTED.replace('  - models\n', '  - models\noutput: x.spx\n'));
    const { target: _, ...without } = recipe;
    expect(updateRecipe(COMMENTED, without)).toBe(COMMENTED.replace('target: orbit # fleet\n', ''));
  });

  it('leaves the text alone where nothing changes', () => {
    expect(updateRecipe(COMMENTED, parseRecipe(COMMENTED).recipe as Recipe)).toBe(COMMENTED);
  });

  it('keeps CRLF and a missing line break at the end', () => {
    expect(updateRecipe('recipe: 1\r\ntarget: orbit', { recipe: 1, target: 'orbit', output: 'a.spx' })).toBe('recipe: 1\r\ntarget: orbit\r\noutput: a.spx');
  });

  it('always ends at the recipe asked for, from any recipe, with comments between', () => {
    fc.assert(
      fc.property(recipes, recipes, (before, after) => {
        const text = stringifyRecipe(before).replaceAll('\n', '  # note\n').replace(/^/, '# top\n');
        const usable = parseRecipe(text).recipe !== null;
        const updated = updateRecipe(text, after);
        expect(parseRecipe(updated).recipe).toEqual(parseRecipe(stringifyRecipe(after)).recipe);
        if (usable) expect(updated.startsWith('# top\nrecipe: 1  # note\n')).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
