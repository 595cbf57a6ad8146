import { buildOptions } from '../build-options.ts';
import { type Command, conclude } from '../command.ts';
import { buildAnswer } from '../output/answers.ts';

export const run: Command = async (context) => {
  const stage = context.words.one('stage');
  const request = { ...buildOptions(context), ...(stage === undefined ? {} : { stage }) };
  const services = await context.services();
  const outcome = await services.buildFolder(request, { signal: context.signal, report: context.output.report });
  return conclude(context.output, 'build', outcome, buildAnswer);
};
