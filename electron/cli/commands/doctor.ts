import { toOutcome } from '../../../shared/ipc/result.ts';
import { type Command, conclude } from '../command.ts';
import { doctorAnswer } from '../output/answers.ts';

export const run: Command = async ({ output, signal, services }) => {
  const opened = await services();
  const outcome = await toOutcome(signal, () => opened.doctor({ signal }));
  return conclude(output, 'doctor', outcome, doctorAnswer);
};
