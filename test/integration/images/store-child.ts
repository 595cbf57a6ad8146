import { createWriteStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import type { Platform } from '../../../shared/docker/platform.ts';

/** What the process is told as its first argument, in JSON. It answers with one line of JSON. */
export interface ChildTask {
  root: string;
  maxBytes: number;
  references: string[];
  platform: Platform;
  output?: string;
  collect?: boolean /** Never the tap. */;
  saveOnly?: boolean;
}
export interface ChildAnswer {
  way?: string;
  digest?: string;
  size?: number;
  expected?: number;
  takeMs: number;
  packMs: number;
  peakRss: number;
  freed?: number;
}

const task = JSON.parse(process.argv[2]!) as ChildTask;
const { imageConfig, ...plain } = createEngine({ env: process.env });
const engine = { ...plain, ...(task.saveOnly || !imageConfig ? {} : { imageConfig }) };
const store = createLayerStore({ root: task.root, maxBytes: task.maxBytes });
const answer: ChildAnswer = { takeMs: 0, packMs: 0, peakRss: 0 };
const begin = performance.now();
if (task.references.length > 0) {
  const { images, way } = await store.takeFromEngine(engine, task.references, task.platform, { signal: new AbortController().signal, report: () => undefined });
  answer.way = way;
  answer.takeMs = performance.now() - begin;
  const archive = await store.assemble(images);
  answer.expected = archive.size;
  if (task.output) {
    await pipeline(archive.stream(), createWriteStream(task.output));
    answer.size = (await stat(task.output)).size;
  } else {
    const hash = createHash('sha256');
    answer.size = 0;
    for await (const chunk of archive.stream() as AsyncIterable<Buffer>) {
      hash.update(chunk);
      answer.size += chunk.length;
    }
    answer.digest = hash.digest('hex');
  }
  answer.packMs = performance.now() - begin - answer.takeMs;
}
if (task.collect) answer.freed = await store.collect();
await engine.close();
answer.peakRss = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify(answer));
