import { sameImage } from '../docker/image-reference.ts';

/** True where an image saved as `tag` is the one that is run as `reference`: Podman writes what has no registry as "localhost/app". */
export function supplies(tag: string, reference: string): boolean {
  return sameImage(tag, reference) || sameImage(tag, `localhost/${reference}`);
}

/** The tag of an archive in the spelling in which the compose file looks for it: on the target, no other is found. */
export function tagAsWanted(tag: string, wanted: readonly string[]): string {
  const found = wanted.find((reference) => sameImage(reference, tag)) ?? wanted.find((reference) => supplies(tag, reference));
  if (found === undefined || found.includes('@')) return tag;
  return /:[^/]+$/.test(found) ? found : `${found}:latest`;
}

/** A legal lower-case tag from an extension's name and version. */
export function tagFor(name: string, version: string): string {
  const repository =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'image';
  const tag =
    version
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 128) || 'latest';
  return `${repository}:${tag}`;
}
