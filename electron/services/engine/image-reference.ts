import { GangwayError } from '../../../shared/errors/codes.ts';

/** The parts of an image reference. `domain` is "docker.io" where none is written; `repository` is as typed, without tag and digest. */
export interface ImageReference {
  domain: string;
  repository: string;
  tag?: string;
  digest?: string;
}

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * Takes a reference apart by the grammar of distribution/reference, where the first part is a registry when it has a dot, a
 * colon or upper case, or is "localhost". Null: not a reference.
 */
export function parseImageReference(text: string): ImageReference | null {
  const at = text.indexOf('@');
  const digest = at >= 0 ? text.slice(at + 1) : undefined;
  const named = at >= 0 ? text.slice(0, at) : text;
  if (digest !== undefined && !DIGEST.test(digest)) return null;
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return null;
  const parts = repository.split('/');
  const first = parts[0] ?? '';
  const hasDomain = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  if (hasDomain && !DOMAIN.test(first)) return null;
  const components = hasDomain ? parts.slice(1) : parts;
  if (components.length === 0 || !components.every((part) => COMPONENT.test(part)) || repository.length > 255) return null;
  return { domain: hasDomain ? first : 'docker.io', repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** As parseImageReference, or NAME_INVALID. */
export function readImageReference(text: string): ImageReference {
  const reference = parseImageReference(text);
  if (reference) return reference;
  throw new GangwayError('NAME_INVALID', `"${text}" is not the name of an image.`, {
    hint: 'Use lower case letters, digits, dots, hyphens and slashes, then ":" and a tag: ping-image:1.0.',
  });
}

/** True for an image id ("sha256:..." or at least twelve hex digits), which names no repository. */
export const isImageId = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text) || /^[0-9a-f]{12,64}$/.test(text);

/** The name as it stands in a request's path; refuses what is neither an id nor a reference, so that no path can be built from it. */
export function referenceInPath(text: string): string {
  if (isImageId(text)) return text;
  readImageReference(text);
  return text;
}
