import type { ComposeModel } from './compose-model.ts';
import { isHostPath } from './compose-short.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { leavesFolder, normaliseRelative } from './relative-path.ts';

/** A file or folder of the extension's folder that the compose file names. */
export interface NamedFile {
  /** Relative to the compose file, forward slashes, no "./"; null where it leads out of the folder. */
  path: string | null;
  /** As it stands in the file, variables replaced. */
  raw: string;
  /** For a person: which key of which service names it. */
  why: string;
  line: number;
  /** False where Compose or Docker goes on without it (a bind makes the folder; `required: false`). */
  required: boolean;
}

export interface FilesNamedOptions {
  /** Whether a `.env` lies beside the compose file. */
  hasDotEnv: boolean;
  /** Variables of that `.env`; paths that need others are left out. */
  variables?: Variables;
  /** An absolute bind of this extension's own folder on the robot names a member too. */
  extensionName?: string;
}

const NONE: Variables = new Map();

/** Every file that has to lie in the package for the compose file to work: env_file, `.env`, relative binds, configs, secrets, extends, include. */
export function filesNamedBy(compose: ComposeModel, options: FilesNamedOptions): NamedFile[] {
  const variables = options.variables ?? NONE;
  const result: NamedFile[] = [];
  const add = (text: string, why: string, line: number, required: boolean): void => {
    const { text: raw, error, missing } = interpolate(text, variables);
    if (error !== undefined || missing.length > 0 || raw === '') return;
    const own = options.extensionName === undefined ? undefined : ownFolderPart(raw, options.extensionName);
    if (own === undefined && isAbsolute(raw)) return;
    const path = normaliseRelative(own ?? raw);
    // The whole folder is named by nothing in particular.
    if (path === '') return;
    if (result.some((one) => one.path !== null && one.path === path && (one.required || !required))) return;
    result.push({ path: path !== null && leavesFolder(path) ? null : path, raw, why, line, required });
  };

  for (const service of compose.services) {
    for (const file of service.envFiles) add(file.path, `env_file of the service "${service.name}"`, file.line, file.required);
    for (const volume of service.volumes) {
      const source = interpolate(volume.source, variables).text;
      if (volume.type === 'bind' || isHostPath(source)) add(volume.source, `bind of the service "${service.name}"`, volume.line, false);
    }
    if (service.extends?.file !== undefined) add(service.extends.file, `extends of the service "${service.name}"`, service.extends.line, true);
  }
  for (const kind of ['configs', 'secrets'] as const) {
    for (const source of compose[kind])
      if (source.file) add(source.file.text, `${kind === 'configs' ? 'config' : 'secret'} "${source.name}"`, source.file.line, true);
  }
  for (const include of compose.includes) add(include.text, 'include', include.line, true);
  const [variable] = compose.variables;
  if (variable && options.hasDotEnv) add('.env', `${variable.text} is filled in from it`, variable.line, true);
  return result;
}

function isAbsolute(path: string): boolean {
  return /^(\/|~|\\|[A-Za-z]:[\\/])/.test(path);
}

/** The robot unpacks an extension into /data/.extensions/NAME (SDK documentation), so such a bind reaches a member. */
function ownFolderPart(path: string, name: string): string | undefined {
  const folder = `/data/.extensions/${name}/`;
  return path.startsWith(folder) ? path.slice(folder.length) : undefined;
}

/** The image of a service, as the engine will look for it. */
export interface ServiceImage {
  service: string;
  /** Variables replaced; null where one is not set. */
  image: string | null;
  /** As it stands in the file. */
  raw: string;
  line: number;
  /** Whether the service has a `build:` section too. */
  built: boolean;
}

/** The images of all services that name one, in their order. */
export function imagesOf(compose: ComposeModel, variables: Variables = NONE): ServiceImage[] {
  return compose.services.flatMap((service) => {
    if (!service.image) return [];
    const { text, missing, error } = interpolate(service.image.text, variables);
    return [
      {
        service: service.name,
        image: missing.length > 0 || error !== undefined ? null : text,
        raw: service.image.text,
        line: service.image.line,
        built: service.build !== undefined,
      },
    ];
  });
}
