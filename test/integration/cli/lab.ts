import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeSamplePrograms } from '../../../scripts/make-sample-elf.mjs';

export const run = promisify(execFile);
export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const GANGWAY = path.join(root, 'dist', 'cli', 'gangway.js');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Of `--json`, one per line. Throws where a line is no JSON. */
  lines(): Record<string, unknown>[];
  milliseconds: number;
}

/** A folder for one test file, with a cache of its own, and a prefix for the images that it makes. */
export class Lab {
  readonly prefix = `gangway-cli-test-${process.pid}`;
  readonly #images = new Set<string>();

  private constructor(readonly folder: string) {}

  static async open(): Promise<Lab> {
    return new Lab(await mkdtemp(path.join(tmpdir(), 'gangway-cli-')));
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Starts the real command line, in the lab's folder unless `cwd` says otherwise. `started` hands out the child. */
  async gangway(
    words: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; started?: (child: ChildProcess) => void } = {},
  ): Promise<Ended> {
    const begin = performance.now();
    const child = spawn(process.execPath, [GANGWAY, ...words], {
      cwd: options.cwd ?? this.folder,
      env: this.env(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    options.started?.(child);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('close', (...end) => resolve(end)));
    return {
      code,
      signal,
      stdout,
      stderr,
      milliseconds: performance.now() - begin,
      lines: () =>
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
    };
  }

  env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    const { FORCE_COLOR: _, NO_COLOR: __, ...rest } = process.env;
    return { ...rest, GANGWAY_CACHE_DIR: this.path('.cache'), GANGWAY_CONFIG_DIR: this.path('.config'), ...more };
  }

  /** A copy of the sample whose image has a tag of this lab. */
  async sample(name: string): Promise<{ folder: string; tag: string }> {
    const folder = this.path(name);
    const tag = `${this.prefix}-${name}:1.0.0`;
    this.#images.add(tag);
    await cp(path.join(root, 'resources/samples/hello-spot'), folder, { recursive: true });
    writeSamplePrograms(path.join(folder, 'bin'));
    await this.change(folder, 'docker-compose.yml', 'hello-spot:1.0.0', tag);
    return { folder, tag };
  }

  async change(folder: string, file: string, from: string, to: string): Promise<void> {
    const text = await readFile(path.join(folder, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not say "${from}"`);
    await writeFile(path.join(folder, file), text.replaceAll(from, to));
  }

  async write(file: string, text: string): Promise<string> {
    const full = this.path(file);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, text);
    return full;
  }

  /** To be removed at the end. */
  image(tag: string): string {
    this.#images.add(tag);
    return tag;
  }

  async close(): Promise<void> {
    await run('docker', ['rmi', '--force', ...this.#images]).catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What an engine holds that a cancelled job might leave. Only what is of this lab, since others use the engine too. */
export async function traces(lab: Lab): Promise<{ images: string[]; containers: string[] }> {
  const list = async (...words: string[]): Promise<string[]> => (await run('docker', words)).stdout.split('\n').filter(Boolean).sort();
  const images = await list('images', '--format', '{{.Repository}}:{{.Tag}}');
  return {
    images: images.filter((tag) => tag.includes(lab.prefix)),
    containers: await list('ps', '--all', '--filter', `name=${lab.prefix}`, '--format', '{{.Names}}'),
  };
}
