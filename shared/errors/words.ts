import type { ErrorCode } from './codes.ts';

/** What a person reads above the details of an error. The message says which one; these say what kind and what to do. */
export interface ErrorWords {
  title: string;
  whatToDo: string;
}

export const ERROR_WORDS: Readonly<Record<ErrorCode, ErrorWords>> = {
  BAD_REQUEST: { title: 'That request is not understood', whatToDo: 'This is a fault in Gangway; please report it with the text below.' },
  FORBIDDEN: { title: 'Not allowed', whatToDo: 'Drop or pick the file again: access is granted per window and ends when it closes.' },
  UNKNOWN_JOB: { title: 'No such job', whatToDo: 'It ended before this window opened. Start it again.' },
  INTERNAL: { title: 'Something in Gangway went wrong', whatToDo: 'Please report it with the text below; nothing half-written was left behind.' },
  FILE_NOT_FOUND: { title: 'A file is missing', whatToDo: 'Check the name and where it should lie.' },
  FILE_NOT_LOCAL: { title: 'Not a file on this computer', whatToDo: 'Save it to a local folder first, then drop it from there.' },
  FILE_UNREADABLE: { title: 'A file cannot be read', whatToDo: 'Check who owns it and its permissions.' },
  FOLDER_EMPTY: { title: 'Nothing to build here', whatToDo: 'Choose a folder with a Dockerfile or an extension in it.' },
  CONTEXT_TOO_WIDE: {
    title: 'That folder is too wide to build from',
    whatToDo: 'Move the Dockerfile into a folder of its own: everything beside it is sent to the engine.',
  },
  OUTPUT_NOT_WRITABLE: { title: 'The result cannot be written there', whatToDo: 'Choose another folder, or change its permissions.' },
  DISK_FULL: { title: 'The disk is full', whatToDo: 'Free some space or choose another folder, then try again. Nothing half-written was left.' },
  SOURCE_NOT_UNDERSTOOD: { title: 'Not something Gangway can pack', whatToDo: 'Drop a Dockerfile, a folder, a saved image archive or an .spx file.' },
  ENGINE_UNREACHABLE: {
    title: 'No container engine answers',
    whatToDo: 'Start Docker (or Podman), or install it. Packing from a saved image archive works without.',
  },
  ENGINE_PERMISSION_DENIED: {
    title: 'No permission to use the engine',
    whatToDo: 'Add yourself to the docker group and log in again. Its members can do all that root can.',
  },
  ENGINE_API_TOO_OLD: { title: 'The engine is too old', whatToDo: 'Update it: Docker 20.10 or newer is needed.' },
  ENGINE_CONTEXT_INVALID: { title: 'The engine address is not usable', whatToDo: 'Check DOCKER_HOST and the current Docker context.' },
  ENGINE_LOST: { title: 'The engine stopped answering', whatToDo: 'See whether it still runs, then try again.' },
  ENGINE_FAILED: { title: 'The engine refused', whatToDo: 'Its own words stand below.' },
  EMULATION_MISSING: { title: 'This computer cannot run that architecture yet', whatToDo: 'Install QEMU user emulation, then try again.' },
  BUILDX_MISSING: { title: 'docker buildx is not installed', whatToDo: 'Install the buildx plugin, or build with the engine itself.' },
  DOCKERFILE_INVALID: { title: 'The Dockerfile cannot be parsed', whatToDo: 'Mend the line below.' },
  BUILD_SOURCE_MISSING: { title: 'A file to copy is not in the context', whatToDo: 'Check the path in COPY or ADD, and whether .dockerignore leaves it out.' },
  BUILD_STEP_FAILED: { title: 'A build step failed', whatToDo: 'The end of its output stands below, with the line of the Dockerfile.' },
  BUILD_SECRET_MISSING: { title: 'A secret of the build has no value', whatToDo: 'Set the variable or file that it comes from.' },
  PULL_FAILED: { title: 'An image could not be pulled', whatToDo: 'Check its name, that it exists for this platform, and the network.' },
  IMAGE_NOT_FOUND: { title: 'An image is missing', whatToDo: 'Build it, pull it, or put its archive into the folder.' },
  IMAGE_AMBIGUOUS: { title: 'It is not clear which Dockerfile builds which image', whatToDo: 'Say it in gangway.yaml under images.' },
  WRONG_ARCHITECTURE: { title: 'Built for another architecture', whatToDo: "Build or fetch it for the target's platform." },
  ARCHIVE_INVALID: { title: 'Not an archive of the right kind', whatToDo: 'A saved image is made with docker save, an .spx by packing.' },
  ARCHIVE_TRUNCATED: { title: 'The archive ends too early', whatToDo: 'Copy or make it again.' },
  ARCHIVE_IS_ROOTFS: {
    title: 'A root file system, not an image',
    whatToDo: 'Make it with docker save, not docker export: entry point, user and layers are lost otherwise.',
  },
  ARCHIVE_ENTRY_UNSAFE: { title: 'The archive holds an unsafe entry', whatToDo: 'Do not use this file: it would write outside its folder.' },
  STORE_CORRUPT: { title: 'A stored layer is damaged', whatToDo: 'It was set aside; try again and it is taken anew.' },
  VERIFY_FAILED: { title: 'The written file is not what was meant', whatToDo: 'Check the disk, then try again. The file was removed.' },
  MANIFEST_INVALID: { title: 'manifest.json has an error', whatToDo: 'Mend the place below.' },
  COMPOSE_INVALID: { title: 'docker-compose.yml has an error', whatToDo: 'Mend the place below.' },
  RECIPE_INVALID: { title: 'gangway.yaml has an error', whatToDo: 'Mend the place below.' },
  NAME_INVALID: { title: 'That name cannot be used', whatToDo: 'Use letters, digits, hyphens and underscores.' },
  CHECK_FAILED: { title: 'The extension has errors', whatToDo: 'Mend what is listed; the target would refuse it.' },
};
