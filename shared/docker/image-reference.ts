import { GangwayError } from '../errors/codes.ts';

/** The parts of an image reference, as they are written: [REGISTRY/]REPOSITORY[:TAG][@DIGEST]. */
export interface ImageReference {
  /** Absent where none is written: Docker Hub. */
  registry?: string;
  /** Path in the registry, without the "library/" that Docker puts before a plain name. */
  repository: string;
  tag?: string;
  /** "sha256:..." */
  digest?: string;
}

const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
/** Longest name of registry and repository together. */
const NAME_LIMIT = 255;
const HUB = 'docker.io';

/**
 * Takes a reference apart by the grammar of distribution/reference, as people type it ("busybox", "ghcr.io/a/b:1", "a@sha256:..."). Null
 * where the engine would refuse it. The first part is a registry when it has a dot or colon, is "localhost", or has capitals.
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
  // Docker keeps 64 hex digits for ids.
  if (/^[0-9a-f]{64}$/.test(path)) return null;
  const slash = path.indexOf('/');
  const head = slash < 0 ? '' : path.slice(0, slash);
  const hasRegistry = slash > 0 && (/[.:]/.test(head) || head === 'localhost' || head !== head.toLowerCase());
  if (hasRegistry && !DOMAIN.test(head)) return null;
  const repository = hasRegistry ? path.slice(slash + 1) : path;
  if (!repository.split('/').every((part) => COMPONENT.test(part))) return null;
  const reference = {
    ...(hasRegistry && { registry: head }),
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
  const library = registryOf(reference) === HUB && !repository.includes('/') ? 'library/' : '';
  return `${registryOf(reference)}/${library}${repository}`.length > NAME_LIMIT ? null : reference;
}

/**
 * As parseImageReference.
 * @throws GangwayError NAME_INVALID
 */
export function readImageReference(text: string): ImageReference {
  const reference = parseImageReference(text);
  if (reference) return reference;
  throw new GangwayError('NAME_INVALID', `"${text}" is not the name of an image.`, {
    hint: 'Use lower case letters, digits, dots, hyphens and slashes, then ":" and a tag: ping-image:1.0.',
  });
}

/** The registry that is asked for the image: "docker.io" where none is written, or Docker Hub's older name. */
export const registryOf = ({ registry }: ImageReference): string => (registry === undefined || registry === 'index.docker.io' ? HUB : registry);

/** Registry and repository as they are written, without tag and digest: what the engine calls "repo". */
export const repositoryName = ({ registry, repository }: ImageReference): string => (registry === undefined ? repository : `${registry}/${repository}`);

/** One spelling per image: Docker Hub's default parts removed, `:latest` added. Text that is no reference comes back as it is. */
export function normaliseTag(text: string): string {
  const found = parseImageReference(text);
  if (!found) return text;
  const name = registryOf(found) === HUB ? found.repository.replace(/^library\/(?=[^/]+$)/, '') : repositoryName(found);
  return found.digest === undefined ? `${name}:${found.tag ?? 'latest'}` : `${name}@${found.digest}`;
}

/** True where both name the same image ("app" and "docker.io/library/app:latest" do). */
export const sameImage = (a: string, b: string): boolean => normaliseTag(a) === normaliseTag(b);

/** True for an image id ("sha256:..." or at least twelve hex digits), which names no repository. */
export const isImageId = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text) || /^[0-9a-f]{12,64}$/.test(text);

/**
 * The name as it stands in the path of a request to the engine: what is neither an id nor a reference is refused, so that no path can be built from it.
 * @throws GangwayError NAME_INVALID
 */
export function referenceInPath(text: string): string {
  if (!isImageId(text)) readImageReference(text);
  return text;
}
