import { resolve } from 'node:path';
import { type Command, conclude } from '../command.ts';
import { inspectAnswer } from '../output/answers.ts';

export const run: Command = async ({ words, cwd, output, signal, services }) => {
  const { inspectFile } = await services();
  const outcome = await inspectFile({ path: resolve(cwd, words.positionals[0]!) }, { signal, report: output.report });
  return conclude(output, 'inspect', outcome, inspectAnswer);
};
