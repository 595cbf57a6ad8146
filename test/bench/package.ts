import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildAnswer, ChildTask } from '../integration/images/store-child.ts';
import { bundleChild } from '../integration/images/bundle-child.ts';
import type { BenchRow } from './bench-row.ts';

/** Rounds per figure; each round measures both sides one after the other, and the median of the ratios counts. */
const ROUNDS = 3;
const BASE = 'gangway-bench/base:1';
const APP = 'gangway-bench/app:1';
const MB = 1e6;

/**
 * Packing a 600 MB image into a .tgz against what people use: `docker save | pigz` the first time, `docker save` alone afterwards. The image is a Debian
 * from debootstrap, filled up with files of this system; GANGWAY_BENCH_BASE names a ready one instead.
 */
export async function packageBench(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-bench-'));
  const child = await bundleChild('test/integration/images/store-child.ts');
  const given = process.env.GANGWAY_BENCH_BASE;
  try {
    if (given) docker('tag', given, BASE);
    else await importBase(folder);
    await buildApp(folder);
    const platform = docker('image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', APP).trim() as ChildTask['platform'];
    const root = join(folder, 'store');
    const output = join(folder, 'ours.tgz');
    const ours = (more: Partial<ChildTask> = {}): Promise<ChildAnswer> =>
      runChild(child.script, { root, maxBytes: 1e12, references: [APP], platform, output, ...more });
    const saved = (): Promise<number> => timed(['docker', 'save', APP], null);

    await saved(); // both sides begin with a warm cache
    const rows: BenchRow[] = [];
    const theirs = join(folder, 'theirs.tgz');
    const first = await rounds(async () => {
      await rm(root, { recursive: true, force: true });
      return { ours: seconds(await ours()), theirs: await timed(['docker', 'save', APP], theirs, 'pigz') };
    });
    const peaks: number[] = [];
    rows.push(row('first packing against docker save | pigz', first, 0.85));
    const [size, pigz] = [(await stat(output)).size, (await stat(theirs)).size];
    rows.push({
      name: 'size against pigz',
      ours: `${(size / MB).toFixed(1)} MB`,
      theirs: `${(pigz / MB).toFixed(1)} MB`,
      ratio: (size / pigz).toFixed(3),
      limit: '<= 1.030 x',
      ok: size <= pigz * 1.03,
    });

    const same = await ours();
    rows.push({
      name: 'packing again, nothing changed',
      ours: `${seconds(same).toFixed(2)} s`,
      limit: '< 1.00 s',
      ok: seconds(same) < 1 && same.way === 'stored',
    });

    const ways = new Set<string>();
    const tap = await rounds(async () => {
      await buildApp(folder);
      const answer = await ours();
      ways.add(answer.way ?? '');
      return { ours: seconds(answer), theirs: await saved() };
    });
    rows.push(
      row(
        '1 MB changed in the last layer, by the tap, against docker save alone',
        tap,
        0.3,
        [...ways].join() === 'tap' ? undefined : `went by ${[...ways].join()}`,
      ),
    );

    const save = await rounds(async () => {
      await buildApp(folder);
      return { ours: seconds(await ours({ saveOnly: true })), theirs: await saved() };
    });
    rows.push(row('1 MB changed, where only save serves, against docker save alone', save, 1.2));

    await rm(root, { recursive: true, force: true });
    peaks.push((await ours()).peakRss);
    rows.push({
      name: 'peak memory of the process, first packing',
      ours: `${(Math.max(...peaks) / MB).toFixed(0)} MB`,
      limit: '< 300 MB',
      ok: Math.max(...peaks) < 300 * MB,
    });
    return rows;
  } finally {
    await child.remove();
    for (const tag of [APP, BASE]) {
      try {
        docker('rmi', tag);
      } catch {
        /* it was not made */
      }
    }
    await rm(folder, { recursive: true, force: true });
  }
}

interface Pair {
  ours: number;
  theirs: number;
}

async function rounds(measure: () => Promise<Pair>): Promise<Pair> {
  const pairs: Pair[] = [];
  for (let i = 0; i < ROUNDS; i += 1) pairs.push(await measure());
  return pairs.sort((a, b) => a.ours / a.theirs - b.ours / b.theirs)[ROUNDS >> 1]!;
}

function row(name: string, pair: Pair, limit: number, note?: string): BenchRow {
  const ratio = pair.ours / pair.theirs;
  return {
    name,
    ours: `${pair.ours.toFixed(2)} s`,
    theirs: `${pair.theirs.toFixed(2)} s`,
    ratio: ratio.toFixed(2),
    limit: `<= ${limit.toFixed(2)} x`,
    ok: ratio <= limit && note === undefined,
    note: [`median of ${ROUNDS} pairs`, ...(note === undefined ? [] : [note])].join(', '),
  };
}

const seconds = (answer: ChildAnswer): number => (answer.takeMs + answer.packMs) / 1000;
const docker = (...args: string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DOCKER_BUILDKIT: '0' } });

function runChild(script: string, task: ChildTask): Promise<ChildAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(out) as ChildAnswer);
      else reject(new Error(`the packing process ended with ${status}`));
    });
  });
}

/** Seconds of `command`, its output through `filter` into a file, or nowhere. */
async function timed(command: string[], output: string | null, filter?: string): Promise<number> {
  const begin = performance.now();
  // No words of ours are in it: fixed names and a folder that mkdtemp made.
  const line = `${command.join(' ')} ${filter ? `| ${filter}` : ''} > '${output ?? '/dev/null'}'`;
  await new Promise<void>((resolve, reject) => {
    spawn('sh', ['-c', line], { stdio: ['ignore', 'ignore', 'inherit'] })
      .on('error', reject)
      .on('close', (status) => {
        if (status === 0) resolve();
        else reject(new Error(`${line} ended with ${status}`));
      });
  });
  return (performance.now() - begin) / 1000;
}

/** The image to pack: the base and a last layer of 1 MB that is new each time. */
async function buildApp(folder: string): Promise<void> {
  const context = join(folder, 'context');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'payload'), randomBytes(MB));
  await writeFile(join(context, 'Dockerfile'), `FROM ${BASE}\nCOPY payload /payload\nCMD ["/bin/sh"]\n`);
  const before = docker('images', '-q', APP).trim();
  docker('build', '-q', '-t', APP, context);
  if (before) {
    try {
      docker('rmi', before);
    } catch {
      /* still a parent of something */
    }
  }
}

async function importBase(folder: string): Promise<void> {
  const root = join(folder, 'root');
  if (existsSync('/usr/sbin/debootstrap') && process.getuid?.() === 0) execFileSync('debootstrap', ['--variant=buildd', 'bookworm', root], { stdio: 'ignore' });
  else await mkdir(root, { recursive: true });
  // Files of this system up to 600 MB in all: real programs and libraries, as images hold them.
  execFileSync(
    'sh',
    [
      '-c',
      `
    have=$(du -sk "$1" | cut -f1); mkdir -p "$1/opt/fill"
    find /usr/lib /usr/share /usr/bin -xdev -type f -size -20000k 2>/dev/null | sort | while read -r file; do
      [ "$have" -ge 590000 ] && break
      cp --parents "$file" "$1/opt/fill/" 2>/dev/null || continue
      have=$((have + $(stat -c %s "$file") / 1024))
    done
    rm -rf "$1"/var/cache/apt/archives/*.deb
    tar -C "$1" -c . | docker import - ${BASE} > /dev/null`,
      'sh',
      root,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await rm(root, { recursive: true, force: true });
}
