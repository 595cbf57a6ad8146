/** The parts of an image's name: [REGISTRY/]REPOSITORY[:TAG][@DIGEST]. */
export interface ImageReference { registry?: string; repository: string; tag?: string; digest?: string }

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Reads an image reference by the grammar of the distribution project; null where Docker would refuse it. */
export function parseImageReference(text: string): ImageReference | null {
  const found = /^([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$/.exec(text);
  const name = found?.[1];
  if (!found || name === undefined || name.length > 255) return null;
  const parts = name.split('/');
  const first = parts[0] ?? '';
  // A first part is a registry where it has a dot or a port, or is localhost (the engine's own rule).
  const registry = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
  if (registry !== undefined) {
    if (!/^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/.test(registry)) return null;
    parts.shift();
  }
  if (parts.length === 0 || !parts.every((part) => COMPONENT.test(part))) return null;
  return {
    ...(registry !== undefined && { registry }), repository: parts.join('/'),
    ...(found[2] !== undefined && { tag: found[2] }), ...(found[3] !== undefined && { digest: found[3] }),
  };
}

/** One spelling per image: Docker Hub's default parts removed, `:latest` added. Text that is no reference comes back as it is. */
export function normaliseTag(text: string): string {
  const found = parseImageReference(text);
  if (!found) return text;
  const hub = found.registry === undefined || found.registry === 'docker.io' || found.registry === 'index.docker.io';
  const repository = hub ? found.repository.replace(/^library\//, '') : `${found.registry}/${found.repository}`;
  if (found.digest !== undefined) return `${repository}@${found.digest}`;
  return `${repository}:${found.tag ?? 'latest'}`;
}

/** True where both name the same image ("app" and "docker.io/library/app:latest" do). */
export function sameImage(a: string, b: string): boolean {
  return normaliseTag(a) === normaliseTag(b);
}

/** A legal lower-case tag from an extension's name and version. */
export function tagFor(name: string, version: string): string {
  const repository = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'image';
  const tag = version.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '').slice(0, 128) || 'latest';
  return `${repository}:${tag}`;
}
