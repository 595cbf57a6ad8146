import { createWriteStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import type { Platform } from '../../../shared/docker/platform.ts';

/** What the process is told as its first argument, in JSON. It answers with one line of JSON. */
export interface ChildTask { root: string; maxBytes: number; references: string[]; platform: Platform; output?: string; collect?: boolean }
export interface ChildAnswer { way?: string; digest?: string; size?: number; expected?: number; takeMs: number; packMs: number; peakRss: number; freed?: number }

const task = JSON.parse(process.argv[2]!) as ChildTask;
const engine = createEngine({ env: process.env });
const store = createLayerStore({ root: task.root, maxBytes: task.maxBytes });
const answer: ChildAnswer = { takeMs: 0, packMs: 0, peakRss: 0 };
const begin = performance.now();
if (task.references.length > 0) {
  const { images, way } = await store.takeFromEngine(engine, task.references, task.platform, { signal: new AbortController().signal, report: () => undefined });
  answer.way = way;
  answer.takeMs = performance.now() - begin;
  const archive = await store.assemble(images);
  answer.expected = archive.size;
  const hash = createHash('sha256');
  let size = 0;
  const count = new Transform({ transform(chunk: Buffer, _encoding, done) { hash.update(chunk); size += chunk.length; done(null, chunk); } });
  if (task.output) await pipeline(archive.stream(), count, createWriteStream(task.output));
  else await pipeline(archive.stream(), count, async (source) => { for await (const _ of source) { /* only counted */ } });
  answer.size = size;
  answer.digest = hash.digest('hex');
  answer.packMs = performance.now() - begin - answer.takeMs;
}
if (task.collect) answer.freed = await store.collect();
await engine.close();
answer.peakRss = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify(answer));
