import { normaliseRelative, leavesFolder } from '../../extension/relative-path.ts';
import { itemsOf, locate, textOf, type TreeNode } from '../../extension/source-tree.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { isTemplateText, manifestPair } from './manifest.ts';

const DOC = 'SDK documentation, "Extension Structure"';

function perText(
  keys: readonly string[],
  say: (text: string, node: TreeNode, key: string, input: CheckInput) => Omit<Found, 'at'> | null,
): (input: CheckInput) => Found[] {
  return (input) => {
    const tree = input.manifest?.tree;
    if (!tree || !input.manifest?.manifest) return [];
    return keys.flatMap((key) => {
      const pair = manifestPair(input, key);
      const nodes = pair ? [pair.value, ...itemsOf(pair.value)] : [];
      return nodes.flatMap((node) => {
        const text = textOf(node);
        // The template's own text is told as that.
        const found = text === undefined || isTemplateText(text) ? null : say(text, node, key, input);
        return found ? [{ ...found, at: locate(tree, node) }] : [];
      });
    });
  };
}

export const MANIFEST_PATH_RULES: readonly Rule[] = [
  {
    id: 'manifest-images-path',
    severity: 'warning',
    title: 'Archives are listed by their names',
    source: `${DOC}: "tgz file names"; whether paths work is not known`,
    check: perText(['images'], (text, node, _key, input) => {
      const name = text.split(/[\\/]/).at(-1) ?? '';
      if (name === text) return null;
      const fix =
        name === '' || !input.manifest
          ? undefined
          : {
              title: `List ${name}`,
              file: input.manifest.tree.file,
              edits: [{ offset: node.start, length: node.end - node.start, text: JSON.stringify(name) }],
            };
      return { message: `"images" lists ${text}, which is a path: the archive lies at the top of the package under its plain name.`, ...(fix && { fix }) };
    }),
  },
  {
    id: 'manifest-saved-path',
    severity: 'warning',
    title: "Saved files and directories lie in the extension's folder",
    source: 'SDK release notes 5.0.0: relative to /data/.extensions/{extension_name}',
    check: perText(['files_to_save', 'directories_to_save'], (text, _node, key) => {
      const path = normaliseRelative(text);
      if (path !== null && !leavesFolder(path)) return null;
      return {
        message: `${text} in "${key}" ${path === null ? 'is absolute' : "leads out of the extension's folder"}: such paths are relative to it, and nothing else is kept.`,
      };
    }),
  },
  {
    id: 'manifest-file-name',
    severity: 'warning',
    title: 'Icon and udev rules are files of the package',
    source: DOC,
    check: perText(['icon', 'udev_rules'], (text, _node, key) => {
      const path = normaliseRelative(text);
      if (text === '') return { message: `"${key}" is empty: name a file, or leave the key out.` };
      if (path !== null && !leavesFolder(path)) return null;
      return { message: `"${key}" names ${text}, which cannot lie in the package.` };
    }),
  },
];
