import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { PartMissing } from './missing.ts';
import { onPath, run } from './run.ts';

/** Where downloads of the lab are kept between runs; outside the repository. */
export const labCache = (): string => process.env.GANGWAY_DEVLAB_CACHE ?? path.join(homedir(), '.cache', 'gangway-devlab');

const HELPER = '/usr/lib/apt/apt-helper';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A Debian package unpacked into a folder of the cache, without touching the system: taken from the mirror that this
 * system's own apt sources name, with apt's own settings, along Debian's chain of trust (the signed InRelease names the hash
 * of Packages.xz, which names the hash of the package).
 * @returns the folder with the package's files
 */
export async function debianPackage(options: { suite: string; architecture: string; name: string }): Promise<string> {
  const { suite, architecture, name } = options;
  const part = `Debian package ${name}:${architecture} of ${suite}`;
  const folder = path.join(labCache(), suite, architecture, name);
  if (existsSync(path.join(folder, '.complete'))) return path.join(folder, 'files');
  for (const program of ['dpkg', 'xz', 'gpgv']) if (!onPath(program)) throw new PartMissing(part, `${program} is not installed`);
  if (!existsSync(HELPER)) throw new PartMissing(part, 'this system has no apt');
  const mirror = await debianMirror();
  if (!mirror) throw new PartMissing(part, "no Debian mirror stands in this system's apt sources");
  const work = `${folder}.${process.pid}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const { file, sha256 } = await findInIndex({ mirror, suite, architecture, name, part });
    const deb = path.join(work, 'package.deb');
    await download(`${mirror}/${file}`, deb, sha256, part);
    await run('dpkg', ['-x', deb, path.join(work, 'files')]);
    rmSync(deb);
    await run('touch', [path.join(work, '.complete')]);
    // Another process may have been quicker; its engine may run from there already.
    if (!existsSync(path.join(folder, '.complete'))) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(work, folder);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path.join(folder, 'files');
}

interface Source {
  mirror: string;
  suite: string;
  architecture: string;
  part: string;
}

async function findInIndex({ name, ...source }: Source & { name: string }): Promise<{ file: string; sha256: string }> {
  const index = await packageIndex(source);
  const start = `\n${index}`.indexOf(`\nPackage: ${name}\n`);
  const end = index.indexOf('\n\n', Math.max(start, 0));
  const stanza = start < 0 ? '' : index.slice(start, end < 0 ? undefined : end);
  const file = /^Filename: (\S+)$/m.exec(stanza)?.[1];
  const sha256 = /^SHA256: ([0-9a-f]{64})$/m.exec(stanza)?.[1];
  if (!file || !sha256) throw new PartMissing(source.part, 'the mirror does not have it');
  return { file, sha256 };
}

const indexes = new Map<string, Promise<string>>();

/** The text of a Packages file, once per process. */
function packageIndex(source: Source): Promise<string> {
  const key = `${source.suite}/${source.architecture}`;
  const known = indexes.get(key);
  if (known) return known;
  const fetched = fetchIndex(source);
  indexes.set(key, fetched);
  fetched.catch(() => indexes.delete(key));
  return fetched;
}

async function fetchIndex({ mirror, suite, architecture, part }: Source): Promise<string> {
  mkdirSync(labCache(), { recursive: true });
  const folder = mkdtempSync(path.join(labCache(), 'index-'));
  try {
    const base = `${mirror}/dists/${suite}`;
    const release = path.join(folder, 'InRelease');
    await download(`${base}/InRelease`, release, undefined, part);
    await run('gpgv', ['--keyring', KEYRING, release]);
    const relative = `main/binary-${architecture}/Packages.xz`;
    const hashes = readFileSync(release, 'utf8').split(/^SHA256:$/m)[1] ?? '';
    const sha256 = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${relative}$`, 'm').exec(hashes)?.[1];
    if (!sha256) throw new PartMissing(part, `${suite} has no ${relative}`);
    const packed = path.join(folder, 'Packages.xz');
    await download(`${base}/${relative}`, packed, sha256, part);
    return await run('xz', ['-dc', packed]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(url: string, file: string, sha256: string | undefined, part: string): Promise<void> {
  try {
    await run(HELPER, ['-o', 'Acquire::Retries=3', 'download-file', url, file, ...(sha256 ? [`SHA256:${sha256}`] : [])]);
  } catch (error) {
    throw new PartMissing(part, `it could not be downloaded (${error instanceof Error ? error.message.split('\n').at(-1) : String(error)})`);
  }
  if (sha256 && createHash('sha256').update(readFileSync(file)).digest('hex') !== sha256)
    throw new Error(`${part}: ${path.basename(file)} has another sha256 than the index says`);
}

/** The first mirror of Debian's main archive in the apt sources (one-line and deb822 style), without a slash at its end. */
async function debianMirror(): Promise<string | null> {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = ['/etc/apt/sources.list', ...names.sort().map((name) => path.join(folder, name))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const uris = [...text.matchAll(/^\s*(?:deb(?:\s+\[[^\]]*\])?|URIs:)\s+(\S+)/gm)].map((match) => match[1] ?? '');
    const main = uris.find((uri) => /^(?:https?|file):\/\/.*\/debian\/?$/.test(uri));
    if (main) return main.replace(/\/$/, '');
  }
  return null;
}
