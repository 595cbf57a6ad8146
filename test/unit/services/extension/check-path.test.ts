import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPath, type CheckReport, type CheckRequest } from '../../../../electron/services/extension/check-path.ts';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';

const MANIFEST = '{\n  "extension_name": "ping",\n  "description": "Pings",\n  "version": "1.0.0",\n  "images": ["ping.tgz"]\n}\n';
const COMPOSE = 'services:\n  app:\n    image: ping:1\n    ports: ["21010:21010"]\n    restart: unless-stopped\n    mem_limit: 64m\n    oom_score_adj: 1000\n';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gangway-check-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (files: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
};
const check = (request: Partial<CheckRequest> = {}): Promise<CheckReport> =>
  checkPath({ readArchive, home: '/nowhere', owner: null }, { path: root, ...request }, { signal: new AbortController().signal, report: () => undefined });
const told = (report: CheckReport): string[] => report.findings.map((finding) => `${finding.severity} ${finding.id} ${finding.file}:${finding.line ?? ''}`);

describe('checkPath', () => {
  it('hints at an archive that is not built yet, and at nothing else in a good folder', async () => {
    await put({ 'manifest.json': MANIFEST, 'docker-compose.yml': COMPOSE });
    const report = await check();
    expect(told(report)).toEqual(['hint archive-not-built manifest.json:5']);
    expect(report).toMatchObject({ kind: 'folder', target: 'spot-core-io', counts: { errors: 0, warnings: 0, hints: 1 } });
  });

  it('takes the target from the manifest, and calls nothing an error only because another is asked about', async () => {
    await put({
      'manifest.json': MANIFEST.replace('"images"', '"installation_target": "orbit",\n  "images"'),
      'docker-compose.yml': COMPOSE.replaceAll('21010', '21443'),
    });
    expect((await check()).target).toBe('orbit');
    const other = await check({ target: 'spot-core-io' });
    expect(other.counts.errors).toBe(0);
    expect(told(other)).toEqual(
      expect.arrayContaining(['warning compose-port-reserved docker-compose.yml:4', 'warning manifest-target-mismatch manifest.json:5']),
    );
  });

  it('warns of an icon and of udev rules that are not there', async () => {
    await put({ 'manifest.json': MANIFEST.replace('"images"', '"icon": "icon.png",\n  "udev_rules": "my.rules",\n  "images"'), 'docker-compose.yml': COMPOSE });
    expect(told(await check())).toEqual(expect.arrayContaining(['warning file-missing manifest.json:5', 'warning file-missing manifest.json:6']));
  });

  it('reads udev rules, environment files and Dockerfiles of the folder', async () => {
    await put({
      'manifest.json': MANIFEST.replace('"images"', '"udev_rules": "my.rules",\n  "images"'),
      'my.rules': '# c\nBUS!="usb", SYMLINK+="x"\n',
      '.env': 'TAG=1\nAPI_TOKEN=abc123def\n',
      'docker-compose.yml': COMPOSE.replace('ping:1', 'ping:${TAG}'),
      Dockerfile: 'FROM amd64/python:3\nCOPY nothing /\n',
    });
    expect(told(await check())).toEqual(
      expect.arrayContaining([
        'warning udev-key-unknown my.rules:2',
        'warning env-file-secret .env:2',
        'warning dockerfile-base-platform Dockerfile:1',
        'error dockerfile-source-missing Dockerfile:2',
      ]),
    );
  });

  it('says once that a folder is not packed and will be lost', async () => {
    await put({ 'manifest.json': MANIFEST, 'docker-compose.yml': `${COMPOSE}    volumes: ["./data:/data"]\n` });
    expect(told(await check()).filter((one) => one.includes('docker-compose.yml'))).toEqual(['warning compose-volume-lost docker-compose.yml:8']);
  });

  it('gives the source lines of the findings', async () => {
    await put({ 'manifest.json': MANIFEST, 'docker-compose.yml': COMPOSE.replace('restart:', 'restrat:') });
    expect((await check()).excerpts).toContainEqual({ file: 'docker-compose.yml', line: 5, text: '    restrat: unless-stopped' });
  });

  it('tells a package from a folder and refuses what is neither', async () => {
    await put({ 'a.txt': 'text' });
    await expect(check({ path: path.join(root, 'a.txt') })).rejects.toMatchObject({ code: 'SOURCE_NOT_UNDERSTOOD' });
    await expect(check({ path: path.join(root, 'nothing') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('checkPath with fix', () => {
  it('writes the bytes of the fixes and no others, keeps the mode, and shows what it did', async () => {
    const compose = `# \u00e9\r\n${COMPOSE.replace('restart:', 'restrat:').replaceAll('\n', '\r\n')}    volumes: ['/opt/payload_credentials:/creds']   # keep me\r\n    labels: &l {a: b}`;
    await put({ 'manifest.json': MANIFEST, 'docker-compose.yml': compose });
    await chmod(path.join(root, 'docker-compose.yml'), 0o640);
    const report = await check({ fix: true });
    expect(await readFile(path.join(root, 'docker-compose.yml'), 'utf8')).toBe(compose.replace('restrat', 'restart').replace('/creds', '/creds:ro'));
    expect((await stat(path.join(root, 'docker-compose.yml'))).mode & 0o777).toBe(0o640);
    expect(await readdir(root)).toHaveLength(2);
    expect(report.fixed[0]).toMatchObject({ file: 'docker-compose.yml', titles: ['Rename it to restart', 'Mount them read-only'] });
    expect(report.fixed[0]?.hunks[0]).toEqual({ line: 6, before: ['    restrat: unless-stopped'], after: ['    restart: unless-stopped'] });
    expect(report.counts.errors + report.counts.warnings).toBe(0);
  });

  it('leaves alone what a person has to agree to, and a file that is no UTF-8', async () => {
    const named = MANIFEST.replace('"ping"', '"Ping"');
    await put({ 'manifest.json': named });
    const latin = Buffer.from(COMPOSE.replace('restart:', 'restrat:').replace('services', '# \u00fc\nservices'), 'latin1');
    await writeFile(path.join(root, 'docker-compose.yml'), latin);
    expect((await check({ fix: true })).fixed).toEqual([]);
    expect(await readFile(path.join(root, 'manifest.json'), 'utf8')).toBe(named);
    expect(await readFile(path.join(root, 'docker-compose.yml'))).toEqual(latin);
  });
});
