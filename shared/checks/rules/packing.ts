import type { Rule } from '../rule.ts';

const ARCHIVE = 'docker image specification';

/** Reported while sources are looked at, images are built and taken, and finished packages are read. */
export const PACKING_RULES: readonly Rule[] = [
  { id: 'dockerfile-syntax', severity: 'error', title: 'The Dockerfile parses', source: 'Dockerfile reference' },
  { id: 'context-unreadable', severity: 'error', title: 'The build context can be read', source: 'the build sends all of it' },
  { id: 'build-arg-secret', severity: 'warning', title: 'No secret is given as a build argument', source: "build arguments end in the image's history" },
  { id: 'build-same-image', severity: 'warning', title: 'Two tags are two images', source: 'one of the Dockerfiles is probably not the one that was meant' },
  {
    id: 'image-architecture',
    severity: 'error',
    title: "Images are for the target's platform",
    source: 'field report: another architecture uploads and then restarts for ever',
  },
  {
    id: 'image-foreign-binary',
    severity: 'error',
    title: 'Programs in an image are for its platform',
    source: 'ELF; a warning where packages keep files for several machines',
  },
  { id: 'archive-without-tag', severity: 'warning', title: 'Images in a saved archive have a tag', source: ARCHIVE },
  { id: 'archive-unreadable', severity: 'error', title: 'Archives that the manifest lists hold images', source: ARCHIVE },
  { id: 'manifest-target-assumed', severity: 'warning', title: 'installation_target is written where the platform is amd64', source: 'CORE I/O is arm64' },
  { id: 'files-missing', severity: 'warning', title: 'Additional files are there', source: 'build_extension.py of the SDK' },
  {
    id: 'files-same-name',
    severity: 'warning',
    title: 'Additional files have different names',
    source: 'build_extension.py of the SDK packs each by its last name',
  },
  {
    id: 'build-secret-not-given',
    severity: 'warning',
    title: 'Every secret that a build step asks for is given',
    source: 'BuildKit mounts nothing in the place of one that is not',
  },
  {
    id: 'package-in-context',
    severity: 'warning',
    title: 'The package is not copied into its own image',
    source: 'measured: the image grows with each packing',
  },
  {
    id: 'package-file-name',
    severity: 'warning',
    title: 'The .spx has a name that the target takes',
    source: 'SDK documentation, "Extension Structure"; Orbit support article on underscores',
  },
  {
    id: 'member-junk',
    severity: 'warning',
    title: 'No leavings of file managers are in a package',
    source: 'field report: ._ members make an installation on Orbit fail',
  },
];
