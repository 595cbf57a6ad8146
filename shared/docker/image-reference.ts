/** The parts of an image reference, with what Docker supplies where nothing is written. */
export interface ImageReference {
  /** "docker.io" where none is written. */
  registry: string;
  /** Path in the registry, with "library/" where Docker puts it: "library/busybox". */
  repository: string;
  /** "latest" where neither tag nor digest is written. */
  tag?: string;
  /** "sha256:..." */
  digest?: string;
}

const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads a reference by the grammar of distribution/reference, as people type it ("busybox", "ghcr.io/a/b:1", "a@sha256:..."). Null where
 * the engine would refuse it. The first part is a registry when it has a dot or colon, is "localhost", or has capitals.
 */
export function parseImageReference(text: string): ImageReference | null {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return null;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const path = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return null;
  if (/^[0-9a-f]{64}$/.test(path)) return null;
  const slash = path.indexOf('/');
  const head = slash < 0 ? '' : path.slice(0, slash);
  const hasRegistry = slash > 0 && (/[.:]/.test(head) || head === 'localhost' || head !== head.toLowerCase());
  if (hasRegistry && !DOMAIN.test(head)) return null;
  const registry = !hasRegistry || head === 'index.docker.io' ? 'docker.io' : head;
  let repository = hasRegistry ? path.slice(slash + 1) : path;
  if (!repository.split('/').every((part) => COMPONENT.test(part))) return null;
  if (registry === 'docker.io' && !repository.includes('/')) repository = `library/${repository}`;
  if (registry.length + 1 + repository.length > 255) return null;
  return {
    registry,
    repository,
    ...(tag === undefined ? (digest === undefined ? { tag: 'latest' } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Whether the engine would take this text as the name of an image. */
export const isValidReference = (text: string): boolean => parseImageReference(text) !== null;

/** The whole name: "docker.io/library/busybox:latest". */
export const formatReference = (r: ImageReference): string =>
  `${r.registry}/${r.repository}${r.tag === undefined ? '' : `:${r.tag}`}${r.digest === undefined ? '' : `@${r.digest}`}`;

/** The short name that engines show: "busybox:latest", "ghcr.io/a/b:1". */
export function familiarReference(r: ImageReference): string {
  const full = formatReference(r);
  return r.registry === 'docker.io' ? full.slice('docker.io/'.length).replace(/^library\//, '') : full;
}

/** Whether two spellings name the same image. Text that is no reference equals itself only. */
export function sameReference(a: string, b: string): boolean {
  const [left, right] = [parseImageReference(a), parseImageReference(b)];
  return left && right ? formatReference(left) === formatReference(right) : a === b;
}

/** Whether pulling it would ask a registry that is not Docker Hub, or a user's own repository on it: what is surely not an official image. */
export const isOfficialImage = (r: ImageReference): boolean => r.registry === 'docker.io' && r.repository.startsWith('library/');
