import { toOutcome } from '../../../shared/ipc/result.ts';
import { type Command, conclude } from '../command.ts';
import { filesAnswer } from '../output/answers.ts';

export const run: Command = async ({ words, cwd, output, signal, services }) => {
  const version = words.one('version');
  const request = { image: words.one('image')!, description: words.one('description') ?? '', cwd, ...(version === undefined ? {} : { version }) };
  const opened = await services();
  const outcome = await toOutcome(signal, () => opened.generateExtensionData(request, { signal }));
  return conclude(output, 'generate-extension-data', outcome, filesAnswer);
};
