import { resolve } from 'node:path';
import type { PackageRequest } from '../../services/ports/requests.ts';
import { buildOptions } from '../build-options.ts';
import { type Command, conclude } from '../command.ts';
import { packageAnswer } from '../output/answers.ts';
import { UsageError } from '../spec.ts';

export const run: Command = async (context) => {
  const { words, cwd, output } = context;
  const file = words.one('output');
  if (file === '') throw new UsageError('--output is empty (an unset variable?).');
  const imageArchive = words.one('image-archive');
  if (imageArchive !== undefined && (imageArchive === '' || /[\\/]/.test(imageArchive))) {
    throw new UsageError(`--image-archive is the archive's name inside the package, without a folder: "${imageArchive}" is not.`);
  }
  const request: PackageRequest = {
    ...buildOptions(context),
    ...(file === undefined ? {} : { output: /[\\/]$/.test(file) ? `${resolve(cwd, file)}/` : resolve(cwd, file) }),
    ...(imageArchive === undefined ? {} : { imageArchive }),
    all: words.has('all'),
  };
  const services = await context.services();
  const outcome = await services.packageFolder(request, { signal: context.signal, report: output.report });
  if (outcome.status === 'done') output.findings(outcome.value.findings);
  return conclude(output, 'package', outcome, packageAnswer);
};
