import { describe, expect, it } from 'vitest';
import { packageFileName } from '../../../../shared/extension/package-file-name.ts';

const told = (...args: Parameters<typeof packageFileName>): string[] => packageFileName(...args).map((finding) => finding.message);

describe('the name of a package', () => {
  it.each([
    ['bot.spx', undefined, 'spot-core-io'],
    ['x (1).spx', 'bot', 'spot-core-io'],
    ['my_bot.spx', 'bot', 'spot-core-io'],
    ['Bot.SPX', undefined, 'spot-core-io'],
    ['my-bot.spx', 'my_bot', 'orbit'],
  ] as const)('%s is fine where extension_name is %s and the target %s', (file, name, target) => {
    expect(told(file, name, target)).toEqual([]);
  });

  it.each([
    ['x (1).spx', undefined, 'spot-core-io', 'extension_name'],
    ['my-coreio.spx', undefined, 'spot-core-io', 'coreio'],
    ['my_bot.spx', 'bot', 'orbit', 'my-bot.spx'],
    ['bot.tgz', 'bot', 'spot-core-io', '.spx'],
  ] as const)('%s is told where extension_name is %s and the target %s', (file, name, target, word) => {
    expect(told(file, name, target)).toEqual([expect.stringContaining(word)]);
  });
});
