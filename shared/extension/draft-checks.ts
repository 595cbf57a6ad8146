import type { Severity } from '../checks/finding.ts';
import { checkService, type Report } from './draft-service-checks.ts';
import type { ExtensionDraft } from './draft.ts';
import { parseImageReference, sameImage } from '../docker/image-reference.ts';
import { nameProblem, versionProblem } from './manifest.ts';
import { unsafeName } from './member-names.ts';
import { ARCHIVE_NAME } from './recipe-spec.ts';
import { leavesFolder, normaliseRelative } from './relative-path.ts';
import { looksSecret } from './secret-names.ts';
import { TARGETS } from './targets.ts';

/** What is wrong with one field of the form. `field` is a path such as "extension.name" or "services.0.ports.1.host". */
export interface FieldProblem {
  field: string;
  severity: Severity;
  message: string;
}

/** What the form marks as one types. An error keeps Build from starting; warnings and hints do not. In the order of the form. */
export function checkDraft(draft: ExtensionDraft): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report: Report = (field, severity, message) => {
    problems.push({ field, severity, message });
  };
  checkTarget(draft, report);
  checkExtension(draft, report);
  if (draft.services.length === 0) report('services', 'warning', 'Without a service the extension runs nothing.');
  draft.services.forEach((service, i) => {
    checkService(draft, service, i, report);
  });
  checkImages(draft, report);
  checkPackage(draft, report);
  return problems;
}

function checkTarget(draft: ExtensionDraft, report: Report): void {
  const { platform, title } = TARGETS[draft.target];
  if (platform !== null && platform !== draft.platform)
    report('platform', 'error', `${title} runs ${platform}; images for ${draft.platform} do not start there.`);
}

function checkExtension(draft: ExtensionDraft, report: Report): void {
  const { name, version, description, icon } = draft.extension;
  const problem = nameProblem(name);
  if (problem)
    report(
      'extension.name',
      problem.kind === 'upper-case' ? 'hint' : 'error',
      problem.suggestion === undefined ? problem.message : `${problem.message} For example: ${problem.suggestion}.`,
    );
  const wrong = versionProblem(version);
  // Published extensions have "1.0" and work; only the SDK's own script wants three numbers.
  if (wrong) report('extension.version', version.trim() === '' ? 'error' : /^\d+(\.\d+)*$/.test(version) ? 'hint' : 'error', wrong);
  if (description.trim() === '') report('extension.description', 'hint', 'A short description tells people in the portal what the extension does.');
  if (icon !== '') {
    if (normaliseRelative(icon) === null || leavesFolder(normaliseRelative(icon) ?? '') || unsafeName(icon.replaceAll('\\', '/')))
      report('extension.icon', 'error', "The icon is a file in the extension's folder.");
    else if (!/\.(png|jpe?g)$/i.test(icon)) report('extension.icon', 'warning', 'Every published extension has a PNG or JPEG as its icon.');
  }
}

function checkImages(draft: ExtensionDraft, report: Report): void {
  draft.images.forEach((image, i) => {
    const field = `images.${i}`;
    if (!parseImageReference(image.tag))
      report(`${field}.tag`, 'error', image.tag === '' ? 'The image needs a tag, such as app:1.0.' : `"${image.tag}" is not a name that an image can have.`);
    else if (draft.images.findIndex((other) => sameImage(other.tag, image.tag)) !== i) report(`${field}.tag`, 'error', `Two images are called ${image.tag}.`);
    else if (!draft.services.some((service) => sameImage(service.image, image.tag))) report(`${field}.tag`, 'warning', `No service runs ${image.tag}.`);
    for (const [name, value] of Object.entries(image.args ?? {})) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) report(`${field}.args.${name}`, 'error', `"${name}" is not the name of a build argument.`);
      else if (looksSecret(name) && value !== '')
        report(
          `${field}.args.${name}`,
          'warning',
          "Build arguments end in the image's history, where anybody can read them. Use a build secret, or the environment at run time. The value is not kept in gangway.yaml.",
        );
    }
  });
  draft.extraImages.forEach((tag, i) => {
    if (!parseImageReference(tag)) report(`extraImages.${i}`, 'error', `"${tag}" is not a name that an image can have.`);
  });
}

function checkPackage(draft: ExtensionDraft, report: Report): void {
  if (draft.imageArchive !== '' && !ARCHIVE_NAME.test(draft.imageArchive))
    report('imageArchive', 'error', 'A plain file name that ends in .tgz, .tar.gz or .tar.');
  else if (draft.imageArchive === '' && draft.images.length + draft.archives.length + draft.extraImages.length > 0)
    report('imageArchive', 'error', 'The archive in the package needs a name, such as images.tgz.');
  const folder = normaliseRelative(draft.packageDir);
  if (folder === null || leavesFolder(folder)) report('packageDir', 'error', 'A folder below the one that was opened.');
  draft.files.forEach((path, i) => {
    const plain = normaliseRelative(path);
    if (path === '' || plain === null || leavesFolder(plain)) report(`files.${i}`, 'error', 'A file or folder below the package folder.');
  });
  const output = normaliseRelative(draft.output);
  if (draft.output === '') report('output', 'error', 'The package needs a file name.');
  else if (output === null) report('output', 'error', 'A path relative to the folder that was opened.');
  else if (!/\.spx$/i.test(output)) report('output', 'warning', 'Packages of extensions end in .spx; the portal takes no other.');
  else if (draft.target === 'orbit' && /_[^/]*$/.test(output)) report('output', 'warning', 'Orbit does not run extensions whose file name has underscores.');
}
