import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './launch.ts';

/** A folder to drop, of its own name; `remove` takes the folder and the images that were built from it. */
export interface Source {
  /** Also the name that images get when nothing else names them. */
  name: string;
  folder: string;
  remove(): void;
}

const PROGRAM = join(root, 'resources/samples/hello-spot/bin/hello-arm64');

/** A folder with a Dockerfile that needs no registry: the sample's tiny arm64 program, and these lines after it. */
export function dockerfileSource(lines: string[] | ((name: string) => string[]) = []): Source {
  const source = emptySource();
  if (!existsSync(PROGRAM)) execFileSync(process.execPath, [join(root, 'scripts/make-sample-elf.mjs')]);
  mkdirSync(join(source.folder, 'bin'));
  cpSync(PROGRAM, join(source.folder, 'bin', 'hello'));
  // Unlike any other run's, so that nothing comes out of the engine's cache.
  writeFileSync(join(source.folder, 'run-id'), source.name);
  writeFileSync(
    join(source.folder, 'Dockerfile'),
    [
      'FROM scratch',
      'COPY bin/hello /hello',
      'COPY run-id /run-id',
      ...(typeof lines === 'function' ? lines(source.name) : lines),
      'ENTRYPOINT ["/hello"]',
      '',
    ].join('\n'),
  );
  return source;
}

/** The same with manifest and compose file, as BD's own examples have them. */
export function extensionSource(): Source {
  const source = dockerfileSource();
  const { name, folder } = source;
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ extension_name: name, description: 'says hello', version: '2.3.4', images: [`${name}.tgz`] }, null, 2),
  );
  writeFileSync(join(folder, 'docker-compose.yml'), `services:\n  hello:\n    image: ${name}:2.3.4\n    restart: unless-stopped\n`);
  return source;
}

export function emptySource(): Source {
  const name = `gw-e2e-${randomBytes(4).toString('hex')}`;
  const parent = mkdtempSync(join(tmpdir(), 'gangway-source-'));
  const folder = join(parent, name);
  mkdirSync(folder);
  return {
    name,
    folder,
    remove: () => {
      for (const id of docker('images', '--quiet', '--no-trunc', '--filter', `reference=${name}*`).split('\n').filter(Boolean)) docker('rmi', '--force', id);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

export const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

export function engineAnswers(): boolean {
  try {
    docker('version', '--format', '{{.Server.Version}}');
    return true;
  } catch {
    return false;
  }
}

/** Temp files in the cache folder; none may be left after a cancel. */
export const tempFiles = (cache: string): string[] => readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => /\.part|\.tmp/.test(name));

/** Whether a process of this name runs on this computer, as a build step of a local engine does. */
export const stepRuns = (name: string): boolean =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .some((line) => line.includes(`/${name}`) && !line.includes('electron'));

/** The one .spx in or below a folder. */
export function spxIn(folder: string): string {
  const [name, ...more] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.spx'));
  if (!name || more.length > 0) throw new Error(`expected one .spx in ${folder}, found ${[name, ...more].join(', ')}`);
  return join(folder, name);
}

/** Names in a tar or .spx, as the system's own tar lists them. */
export const tarList = (file: string): string[] => execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');

/** Loads the archive that an .spx holds with the real engine and runs its image once; the machine that it says it is. */
export function runFromPackage(spx: string): { loaded: string; machine: string } {
  const work = mkdtempSync(join(tmpdir(), 'gangway-unpacked-'));
  try {
    execFileSync('tar', ['-xzf', spx, '-C', work]);
    const manifest = JSON.parse(readFileSync(join(work, 'manifest.json'), 'utf8')) as { images: string[] };
    const loaded = /Loaded image: (\S+)/.exec(docker('load', '--input', join(work, manifest.images[0]!)))?.[1] ?? '';
    return { loaded, machine: docker('run', '--rm', '--platform', 'linux/arm64', loaded, 'once') };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
