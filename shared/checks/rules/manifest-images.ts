import { itemsOf, locate, textOf } from '../../extension/source-tree.ts';
import type { Rule } from '../rule.ts';
import { manifestPair, manifestPlace } from './manifest.ts';

/** `images` of the manifest against the archives that the package will hold. Silent until those are known. */
export const MANIFEST_IMAGE_RULES: readonly Rule[] = [
  {
    id: 'manifest-images-not-packed',
    severity: 'error',
    title: 'Every archive that the manifest lists is in the package',
    source: 'SDK documentation, "Extension Structure"',
    check: (input) => {
      const pair = manifestPair(input, 'images');
      const tree = input.manifest?.tree;
      const { archives } = input;
      if (!pair || !tree || !archives) return [];
      return itemsOf(pair.value).flatMap((item) => {
        const name = textOf(item);
        if (name === undefined || archives.some((archive) => archive.name === name)) return [];
        const only = archives.length === 1 ? archives[0]?.name : undefined;
        const fix =
          only === undefined
            ? undefined
            : { title: `List ${only}`, file: tree.file, edits: [{ offset: item.start, length: item.end - item.start, text: JSON.stringify(only) }] };
        const has = archives.length === 0 ? 'it holds no archive' : `it holds ${archives.map((archive) => archive.name).join(', ')}`;
        return [{ message: `The manifest lists the archive ${name}, which is not in the package: ${has}.`, at: locate(tree, item), ...(fix && { fix }) }];
      });
    },
  },
  {
    id: 'manifest-images-not-listed',
    severity: 'error',
    title: 'Every archive in the package is listed by the manifest',
    source: 'SDK documentation, "Extension Structure"',
    check: (input) => {
      const manifest = input.manifest?.manifest;
      if (!manifest || !input.archives) return [];
      const pair = manifestPair(input, 'images');
      // A list of a wrong type is told by its own rule.
      if (pair && manifest.images === undefined) return [];
      return input.archives
        .filter((archive) => !manifest.images?.includes(archive.name))
        .map((archive) => ({
          message: `The package holds the archive ${archive.name}, which "images" of the manifest does not list, so it would not be loaded.`,
          at: manifestPlace(input, pair),
        }));
    },
  },
];
