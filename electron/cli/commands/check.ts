import { resolve } from 'node:path';
import { readTarget } from '../build-options.ts';
import { type Command, conclude } from '../command.ts';
import { checkAnswer } from '../output/check-answer.ts';
import { UsageError } from '../spec.ts';

export const run: Command = async ({ words, cwd, output, signal, services }) => {
  const typed = words.positionals[0]!;
  const target = words.one('target');
  const fix = words.has('fix');
  if (fix && /\.spx$/i.test(typed)) throw new UsageError('--fix mends a folder; a package is not changed.');
  const request = { path: resolve(cwd, typed), fix, ...(target === undefined ? {} : { target: readTarget(target) }) };
  const { checkPath } = await services();
  const outcome = await checkPath(request, { signal, report: output.report });
  // A person reads them in the answer, beside their lines.
  if (outcome.status === 'done' && words.has('json')) output.findings(outcome.value.findings);
  return conclude(output, 'check', outcome, checkAnswer);
};
