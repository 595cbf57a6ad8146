import type { Finding } from '../checks/finding.ts';
import { nameProblem } from './manifest.ts';
import type { TargetId } from './targets.ts';

/**
 * What is wrong with the name of an .spx. Without extension_name it becomes the extension's name, by the same rules; Orbit runs nothing
 * from a file with underscores in its name, whatever stands in it (reference: Orbit support article, SDK documentation "Extension Structure").
 * @param file last name, with its suffix
 */
export function packageFileName(file: string, extensionName: string | undefined, target: TargetId): Finding[] {
  const stem = file.replace(/\.spx$/i, '');
  const problem = extensionName === undefined ? nameProblem(stem) : null;
  const messages = [
    ...(problem && problem.kind !== 'upper-case' ? [`${file} becomes the extension's name, since the manifest has no extension_name. ${problem.message}`] : []),
    ...(target === 'orbit' && stem.includes('_')
      ? [`${file} has an underscore in its name; Orbit does not run such extensions. Call it ${stem.replaceAll('_', '-')}.spx.`]
      : []),
    ...(/\.spx$/i.test(file) ? [] : [`${file} does not end in .spx; the portal takes only such files.`]),
  ];
  return messages.map((message) => ({ id: 'package-file-name', severity: 'warning', file, message }));
}
