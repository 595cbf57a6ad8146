import { LINKS, type LinkId } from '../../shared/ipc/links.ts';

const HOSTS: ReadonlySet<string> = new Set(['docs.docker.com', 'dev.bostondynamics.com']);

/** The address of a link that may be opened in the browser; null for anything else. */
export function linkAddress(id: unknown): string | null {
  if (typeof id !== 'string' || !Object.hasOwn(LINKS, id)) return null;
  const address = LINKS[id as LinkId];
  return isAllowedAddress(address) ? address : null;
}

/** https, one of our hosts to the letter, no user name and no port. */
export function isAllowedAddress(address: string): boolean {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return false;
  }
  return url.protocol === 'https:' && HOSTS.has(url.host) && url.username === '' && url.password === '';
}
