import { randomBytes } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { CustomScheme } from 'electron';

export const SCHEME = 'app';
export const HOST = 'gangway';
export const START_PAGE = `${SCHEME}://${HOST}/index.html`;

/** Must be registered before the app is ready. Standard and secure: it has an origin, and modules load from it; compiled once, kept. */
export const SCHEME_PRIVILEGES: CustomScheme = { scheme: SCHEME, privileges: { standard: true, secure: true, codeCache: true } };

/** Where the scheme handler writes the nonce of a load into the page. */
const NONCE_MARK = '__CSP_NONCE__';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** The page's policy. Styles may come from our files or carry the nonce of this load; nothing else runs, loads or connects. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'none'`,
    `frame-src 'none'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

export type Resolved = { status: 200; file: string; type: string } | { status: 403 | 404 };

/**
 * The file that an address of the page stands for. Decoded once, then normalized, then checked to lie below `root`, which
 * must be the renderer's build and not the app's folder: `..%2fmain.js` would be served from there.
 */
export function resolveAddress(root: string, address: string, p: path.PlatformPath = path): Resolved {
  // The raw text: URL parsing would fold `..` away before it can be refused.
  const match = /^([a-z]+):\/\/([^/?#]*)(\/[^?#]*)?/i.exec(address);
  if (match?.[1]?.toLowerCase() !== SCHEME || match[2] !== HOST) return { status: 404 };
  let decoded: string;
  try {
    decoded = decodeURIComponent(match[3] ?? '/');
  } catch {
    return { status: 403 };
  }
  // A percent sign left over would be decoded by somebody later; a backslash and a colon mean something on Windows.
  if (/[\0\\%:]/.test(decoded) || decoded.split('/').includes('..')) return { status: 403 };
  const file = p.normalize(p.join(root, decoded));
  if (!file.startsWith(p.normalize(root + p.sep))) return { status: 403 };
  const type = TYPES[p.extname(file).toLowerCase()];
  return type ? { status: 200, file, type } : { status: 404 };
}

/** Serves the renderer's build. Every load of the page gets a nonce of its own, in the header and in its meta element. */
export function createSchemeHandler(root: string): (request: { url: string; method: string }) => Promise<Response> {
  const realRoot = realpath(root).catch(() => root);
  return async ({ url, method }) => {
    const resolved = resolveAddress(root, url);
    if (resolved.status !== 200) return refused(resolved.status);
    if (method !== 'GET' && method !== 'HEAD') return refused(403);
    const nonce = randomBytes(16).toString('base64url');
    const real = await realpath(resolved.file).catch(() => null);
    if (real === null) return refused(404);
    // Nothing in the build is a link; one that leads out was put there.
    if (!real.startsWith((await realRoot) + path.sep)) return refused(403);
    const content = await readFile(real).catch(() => null);
    if (content === null) return refused(404);
    const isPage = resolved.type.startsWith('text/html');
    const body = isPage ? content.toString('utf8').replaceAll(NONCE_MARK, nonce) : content;
    const headers = {
      'content-type': resolved.type,
      'content-security-policy': contentSecurityPolicy(nonce),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    };
    return new Response(typeof body === 'string' ? body : new Uint8Array(body), { headers });
  };
}

const refused = (status: 403 | 404): Response =>
  new Response('', { status, headers: { 'content-security-policy': contentSecurityPolicy('none'), 'content-type': 'text/plain' } });
