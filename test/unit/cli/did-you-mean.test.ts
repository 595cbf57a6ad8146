import { expect, it } from 'vitest';
import { didYouMean } from '../../../electron/cli/did-you-mean.ts';
import { COMMAND_NAMES } from '../../../electron/cli/spec.ts';

it.each([
  ['pakcage', 'package'],
  ['inspct', 'inspect'],
  ['pack', 'package'],
  ['build-extention', 'build-extension'],
  ['Doctor', 'doctor'],
  ['deploy', undefined],
  ['x', undefined],
])('for "%s" suggests %s', (typed, expected) => {
  expect(didYouMean(typed, COMMAND_NAMES)).toBe(expected);
});
