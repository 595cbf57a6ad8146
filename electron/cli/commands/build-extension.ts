import type { SdkBuildRequest } from '../../services/ports/requests.ts';
import { type Command, conclude } from '../command.ts';
import { packageAnswer } from '../output/answers.ts';
import { UsageError } from '../spec.ts';

export const run: Command = async ({ words, cwd, output, signal, services }) => {
  const dockerfilePaths = words.many('dockerfile-paths');
  const buildImageTags = words.many('build-image-tags');
  if (dockerfilePaths.length !== buildImageTags.length) {
    throw new UsageError(
      `--dockerfile-paths has ${dockerfilePaths.length} and --build-image-tags has ${buildImageTags.length}: each Dockerfile needs one tag.`,
    );
  }
  const imageArchive = words.one('image-archive')!;
  // As the script says it: "unknown suffix".
  if (!/\.(tgz|gz|tar)$/.test(imageArchive)) throw new UsageError(`--image-archive ${imageArchive}: unknown suffix; it ends in .tgz, .tar.gz or .tar.`);
  const icon = words.one('icon');
  const udevRule = words.one('udev-rule');
  const request: SdkBuildRequest = {
    cwd,
    dockerfilePaths,
    buildImageTags,
    extraImageTags: words.many('extra-image-tags'),
    imageArchive,
    packageDir: words.one('package-dir')!,
    spx: words.one('spx')!,
    amd64: words.has('amd64'),
    additionalFiles: words.many('additional-files'),
    skipComposeValidation: words.has('skip-docker-compose-validation'),
    ...(icon === undefined ? {} : { icon }),
    ...(udevRule === undefined ? {} : { udevRule }),
  };
  const opened = await services();
  const outcome = await opened.buildSdkExtension(request, { signal, report: output.report });
  if (outcome.status === 'done') output.findings(outcome.value.findings);
  return conclude(output, 'build-extension', outcome, packageAnswer);
};
