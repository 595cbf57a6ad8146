import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentSecurityPolicy, createSchemeHandler, resolveAddress, SCHEME_PRIVILEGES } from '../../../electron/main/app-scheme.ts';

describe('the address of a page file', () => {
  it.each([
    ['app://gangway/index.html', '/app/dist/renderer/index.html', 'text/html; charset=utf-8'],
    ['app://gangway/assets/index-a1.js', '/app/dist/renderer/assets/index-a1.js', 'text/javascript; charset=utf-8'],
    ['app://gangway/assets/a%20b.css?v=1#x', '/app/dist/renderer/assets/a b.css', 'text/css; charset=utf-8'],
    ['APP://gangway/logo.svg', '/app/dist/renderer/logo.svg', 'image/svg+xml'],
    ['app://gangway//assets//x.png', '/app/dist/renderer/assets/x.png', 'image/png'],
  ])('%s is served by type', (address, file, type) => {
    expect(resolveAddress('/app/dist/renderer', address, path.posix)).toEqual({ status: 200, file, type });
  });

  it.each([
    ['app://gangway/../main/index.js', 403],
    ['app://gangway/..%2fmain%2findex.js', 403],
    ['app://gangway/%2e%2e/main/index.js', 403],
    ['app://gangway/%2e%2e%2fmain/index.js', 403],
    ['app://gangway/assets/..%2f..%2f..%2fpackage.json', 403],
    ['app://gangway/%252e%252e/main/index.js', 403],
    ['app://gangway/..%5cmain%5cindex.js', 403],
    ['app://gangway/assets\\..\\..\\main\\index.js', 403],
    ['app://gangway/index.html%00.png', 403],
    ['app://gangway/C:/Windows/win.ini', 403],
    ['app://gangway/%E0%A4%A', 403],
    ['app://gangway/', 404],
    ['app://gangway', 404],
    ['app://gangway/index', 404],
    ['app://gangway/secret.pem', 404],
    ['app://other/index.html', 404],
    ['app://gangway.evil.com/index.html', 404],
    ['app://gangway:80/index.html', 404],
    ['app://user@gangway/index.html', 404],
    ['app:///index.html', 404],
    ['file:///etc/passwd', 404],
    ['https://gangway/index.html', 404],
    ['nonsense', 404],
  ])('%s is refused with %d', (address, status) => {
    expect(resolveAddress('/app/dist/renderer', address, path.posix)).toEqual({ status });
    expect(resolveAddress('C:\\app\\dist\\renderer', address, path.win32)).toEqual({ status });
  });

  it('lies below the root on Windows too', () => {
    expect(resolveAddress('C:\\app\\dist\\renderer', 'app://gangway/assets/x.js', path.win32)).toMatchObject({ file: 'C:\\app\\dist\\renderer\\assets\\x.js' });
  });
});

describe('the scheme', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gangway-scheme-'));
    mkdirSync(path.join(folder, 'renderer'));
    writeFileSync(path.join(folder, 'renderer', 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">');
    writeFileSync(path.join(folder, 'renderer', 'a.js'), 'const mark = "__CSP_NONCE__";');
    writeFileSync(path.join(folder, 'main.js'), 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const get = (address: string, method = 'GET'): Promise<Response> => createSchemeHandler(path.join(folder, 'renderer'))({ url: address, method });

  it('has an origin and is secure, and may neither be fetched across origins nor bypass the policy', () => {
    expect(SCHEME_PRIVILEGES).toEqual({ scheme: 'app', privileges: { standard: true, secure: true, codeCache: true } });
  });

  it('sends exactly this policy', () => {
    expect(contentSecurityPolicy('abc')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-abc'; img-src 'self' data:; font-src 'self'; connect-src 'none'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'",
    );
  });

  it('gives each load of the page a nonce of its own, in the header and in the page', async () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const answer = await get('app://gangway/index.html');
      const nonce = /'nonce-([A-Za-z0-9_-]{22})'/.exec(answer.headers.get('content-security-policy')!)![1]!;
      expect(await answer.text()).toBe(`<meta name="csp-nonce" content="${nonce}">`);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(5);
  });

  it('leaves scripts as they are and sends every answer with a policy and without sniffing', async () => {
    const answer = await get('app://gangway/a.js');
    expect(await answer.text()).toContain('__CSP_NONCE__');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    for (const address of ['app://gangway/none.js', 'app://gangway/..%2fmain.js', 'app://other/a.js']) {
      const refused = await get(address);
      expect([403, 404]).toContain(refused.status);
      expect(await refused.text()).toBe('');
      expect(refused.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('answers nothing but GET and HEAD', async () => {
    expect((await get('app://gangway/a.js', 'POST')).status).toBe(403);
  });

  it.runIf(process.platform !== 'win32')('does not follow a link out of its folder', async () => {
    symlinkSync(path.join(folder, 'main.js'), path.join(folder, 'renderer', 'out.js'));
    expect((await get('app://gangway/out.js')).status).toBe(403);
  });
});
