import type { Rule } from '../rule.ts';

const SPX = 'SDK documentation, "Extension Structure"';

/** Reported while it is planned what is built, what goes into a package, and which files the form changes. */
export const PLANNER_RULES: readonly Rule[] = [
  {
    id: 'file-missing',
    severity: 'error',
    title: 'Every file that manifest, compose file or recipe names is there',
    source: `${SPX}; the SDK's script drops a missing icon silently`,
  },
  { id: 'file-outside', severity: 'error', title: "Files that the compose file names lie in the extension's folder", source: SPX },
  {
    id: 'file-left-out',
    severity: 'warning',
    title: 'No file that looks needed is left out',
    source: 'published examples whose sample command forgets the udev rules',
  },
  { id: 'member-collision', severity: 'error', title: 'No two members have one name', source: 'tar; file systems without case' },
  { id: 'member-name-unsafe', severity: 'error', title: 'Member names are safe to unpack', source: 'tar' },
  { id: 'member-special', severity: 'warning', title: 'Only regular files are packed', source: 'tar' },
  { id: 'archive-without-images', severity: 'error', title: 'Every archive that the manifest lists gets an image', source: SPX },
  { id: 'images-all-public', severity: 'hint', title: 'An extension without archives needs the internet on the robot', source: SPX },
  { id: 'dockerfile-unused', severity: 'hint', title: 'Every Dockerfile builds an image of the compose file', source: 'docs/recipe.md' },
  { id: 'compose-build-context', severity: 'warning', title: 'Build contexts of the compose file are folders beside it', source: 'Compose Specification' },
  {
    id: 'compose-not-editable',
    severity: 'error',
    title: 'The form can change this part of the compose file without touching the rest',
    source: 'docs/checks.md',
  },
  { id: 'manifest-not-editable', severity: 'error', title: 'The form can change this manifest.json', source: 'docs/checks.md' },
  {
    id: 'recipe-secret-argument',
    severity: 'warning',
    title: 'No secret stands in a build argument of the recipe',
    source: "build arguments end in the image's history",
  },
  {
    id: 'archive-not-built',
    severity: 'hint',
    title: 'Archives that the manifest lists are built',
    source: 'docs/checks.md: packing builds them; in an .spx a missing one is an error',
  },
];
