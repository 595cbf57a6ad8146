import { TARGET_IDS } from '../../shared/extension/targets.ts';
import { COMMAND_NAMES, type CommandName, type CommandSpec, type OptionSpec } from './spec.ts';

/** What every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { long: 'json', help: 'Print one JSON object per line on stdout, the last being the result or the error.' },
  { long: 'help', short: 'h', help: 'Print this help.' },
];

const BUILD_OPTIONS: readonly OptionSpec[] = [
  {
    long: 'target',
    value: 'ID',
    help: `What it is for; the platform follows from it: ${TARGET_IDS.join(', ')}. Default: what the recipe or the manifest says, else spot-core-io.`,
  },
  { long: 'platform', value: 'PLATFORM', help: "Platform to build for instead of the target's own, e.g. linux/arm64, linux/amd64, linux/arm/v7." },
  { long: 'no-cache', help: 'Run every step again.' },
  { long: 'pull', help: 'Ask the registry for newer base images.' },
  {
    long: 'build-arg',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: "Value of an ARG of the Dockerfile. NAME alone takes it from the environment. Not for passwords: it ends in the image's history.",
  },
  {
    long: 'secret',
    value: 'id=ID[,env=NAME|,src=FILE]',
    repeat: true,
    help: 'A secret for RUN --mount=type=secret, from a variable or a file. It never enters the image.',
  },
  { long: 'builder', value: 'NAME', help: 'Build with this docker buildx builder instead of the engine itself.' },
];

const stage: OptionSpec = { long: 'stage', value: 'STAGE', help: 'Stop at this stage of the Dockerfile (FROM ... AS STAGE).' };
const DIR = { name: 'DIR', help: 'the folder with the Dockerfile' };

const specs: Record<CommandName, Omit<CommandSpec, 'name'>> = {
  build: {
    summary: "Build the images of a folder for a robot's platform",
    syntax: 'gnu',
    positionals: [DIR],
    options: [...BUILD_OPTIONS.slice(0, 2), stage, ...BUILD_OPTIONS.slice(2)],
    details: ['Prints one line per image: its tag, its id and its platform.'],
    examples: [
      { line: 'gangway build . --target spot-core-io', text: 'Build for Spot CORE I/O (linux/arm64).' },
      { line: 'gangway build . --platform linux/arm/v7 --build-arg VERSION=1.2', text: 'Build for a 32-bit Raspberry Pi with a build argument.' },
      { line: 'gangway build . --secret id=pip,env=PIP_TOKEN', text: 'Hand a token to RUN --mount=type=secret,id=pip.' },
    ],
  },
  package: {
    summary: 'Build a folder and pack it as a Spot extension (.spx)',
    syntax: 'gnu',
    positionals: [DIR],
    options: [
      {
        long: 'output',
        short: 'o',
        value: 'FILE.spx',
        help: "Where to write the extension. Default: what the recipe says, else the extension's name with .spx, in DIR.",
      },
      ...BUILD_OPTIONS.slice(0, 2),
      { long: 'image-archive', value: 'NAME.tgz', help: 'Name of the image archive inside the package. Default: the one that manifest.json names.' },
      { long: 'all', help: 'Pack every file of the folder, not only those that the manifest, the compose file and the recipe name.' },
      ...BUILD_OPTIONS.slice(2),
    ],
    details: [
      'A Dockerfile always wins over an image of its tag in the engine and over an archive lying in the folder: the build always runs (the cache makes it cheap). A folder without a Dockerfile is packed from its saved image archive, for which no engine is needed.',
      'manifest.json and docker-compose.yml are checked first, and packed as they are. Prints the path of the .spx.',
    ],
    examples: [
      { line: 'gangway package .', text: 'Build and pack the extension in this folder.' },
      { line: 'gangway package my-extension -o dist/my-extension.spx', text: 'Choose where the .spx goes.' },
      { line: 'gangway package . --target orbit', text: 'Pack for an Orbit Site Hub (linux/amd64).' },
      { line: 'gangway package . --json | tail -n 1', text: 'The result as JSON, for a script.' },
    ],
  },
  check: {
    summary: 'Check a folder or an .spx against its target',
    syntax: 'gnu',
    positionals: [{ name: 'PATH', help: "an extension's folder, or an .spx file" }],
    options: [
      {
        long: 'target',
        value: 'ID',
        help: `What it is for: ${TARGET_IDS.join(', ')}. Default: the installation_target of the manifest, else what the recipe says, else spot-core-io.`,
      },
      { long: 'fix', help: 'Apply every safe fix to the files of the folder, and show what was changed. Nothing but the bytes of the fix is written.' },
    ],
    details: [
      'The same rules as before packing: manifest, compose file, udev rules, environment files, Dockerfiles, and images where they are built. No engine is needed and nothing is built: an archive that is not there yet is a hint.',
      'Exit code 1 when an error is found. docs/checks.md explains every rule.',
    ],
    examples: [
      { line: 'gangway check .', text: 'What is wrong with the extension in this folder.' },
      { line: 'gangway check . --fix', text: 'Mend what can be mended safely, and show the rest.' },
      { line: 'gangway check my-extension.spx --target orbit --json', text: 'A finished package against an Orbit Site Hub, as JSON.' },
    ],
  },
  inspect: {
    summary: 'Show what an .spx or a saved image archive holds',
    syntax: 'gnu',
    positionals: [{ name: 'FILE', help: 'an .spx file or a saved image archive (.tar, .tgz, .tar.gz)' }],
    options: [],
    details: ['Entries with sizes, the manifest, and the images with tags, platform and layers. Nothing is unpacked to disk, and no engine is needed.'],
    examples: [
      { line: 'gangway inspect my-extension.spx', text: 'What is inside, and whether a robot would take it.' },
      { line: 'gangway inspect image.tgz --json', text: 'The same of an image archive, as JSON.' },
    ],
  },
  doctor: {
    summary: 'Check this computer: engine, emulation, disk, tools',
    syntax: 'gnu',
    positionals: [],
    options: [],
    details: ['Each line says ok, warn or fail, and how to mend it on this operating system. Exit code 1 when the main job cannot work.'],
    examples: [{ line: 'gangway doctor', text: 'What works here and what does not.' }],
  },
  'build-extension': {
    summary: "Stand in for the Spot SDK's build_extension.py",
    syntax: 'argparse',
    positionals: [],
    options: [
      {
        long: 'dockerfile-paths',
        short: 'f',
        value: 'PATH ...',
        list: true,
        help: 'Dockerfiles to build, each with the folder that it lies in as its context.',
      },
      { long: 'build-image-tags', short: 't', value: 'TAG ...', list: true, help: 'Their tags, one for each Dockerfile and in the same order.' },
      {
        long: 'image-archive',
        short: 'i',
        value: 'FILE',
        required: true,
        help: 'Image archive to write (.tgz, .tar.gz or .tar); it is packed under its file name.',
      },
      { long: 'package-dir', short: 'm', value: 'FOLDER', required: true, help: 'Folder with manifest.json and docker-compose.yml.' },
      { long: 'spx', value: 'FILE.spx', required: true, help: 'Extension to write.' },
      { long: 'amd64', help: 'Build for linux/amd64 (Orbit) instead of linux/arm64.' },
      { long: 'extra-image-tags', value: 'TAG ...', list: true, help: "Further images to pack; pulled for the target's platform where they are missing." },
      { long: 'icon', value: 'FILE', default: 'icon.png', help: 'Icon, relative to the package folder.' },
      { long: 'additional-files', value: 'PATH ...', list: true, help: 'Further files or folders, relative to the package folder.' },
      { long: 'udev-rule', value: 'FILE', default: 'udev_rule.rule', help: 'udev rules, relative to the current folder.' },
      { long: 'skip-docker-compose-validation', help: 'Do not check docker-compose.yml.' },
    ],
    details: [
      'Takes exactly the arguments of the script: put "gangway build-extension" where "python3 build_extension.py" stood. Lists run to the next option, and long options may be shortened as long as only one fits.',
      'An icon or udev file that was asked for, or that the manifest names, and is not there is an error here; the script leaves it out silently.',
    ],
    examples: [
      {
        line: 'gangway build-extension --dockerfile-paths Dockerfile.l4t --build-image-tags my_image:l4t --image-archive my_image.tgz --package-dir . --spx my_extension.spx',
        text: 'One image.',
      },
      { line: 'gangway build-extension -f a/Dockerfile b/Dockerfile -t a:1 b:1 -i both.tgz -m extension --spx both.spx', text: 'Two images in one archive.' },
    ],
  },
  'generate-extension-data': {
    summary: "Stand in for the Spot SDK's generate_extension_data.py",
    syntax: 'argparse',
    positionals: [],
    options: [
      { long: 'image', short: 'i', value: 'FILE', required: true, help: 'Saved image archive that the extension will hold.' },
      { long: 'description', short: 'd', value: 'TEXT', default: 'empty', help: 'Description for the manifest.' },
      { long: 'version', short: 'v', value: 'X.Y.Z', default: '0.1.0', help: 'Version for the manifest.' },
    ],
    details: ["Writes manifest.json and docker-compose.yml into the current folder, with the archive's real tags. Prints their paths."],
    examples: [
      {
        line: 'gangway generate-extension-data --image my_image.tgz --description "Reads the gas sensor"',
        text: 'A manifest and a compose file to start from.',
      },
    ],
  },
};

/** Every command in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = COMMAND_NAMES.map((name) => ({ name, ...specs[name] }));

export const findCommand = (name: string): CommandSpec | undefined => COMMANDS.find((command) => command.name === name);

/** The command's own options, then those that every command takes. */
export const optionsOf = (command: CommandSpec): readonly OptionSpec[] => [...command.options, ...COMMON_OPTIONS];
