import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';

export const digest = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** One entry of a tar: a file, or a link where `to` is given. */
export type Entry =
  | { name: string; body: Buffer | string; mode?: number }
  | { name: string; to: string; hard?: boolean }
  | { name: string; type: 'directory' | 'character-device' | 'fifo' };

/** A tar of these entries, whole. */
export async function tar(entries: Entry[]): Promise<Buffer> {
  const stream = pack();
  for (const entry of entries) {
    const same = { name: entry.name, mtime: new Date(0) };
    if ('body' in entry) stream.entry({ ...same, ...(entry.mode === undefined ? {} : { mode: entry.mode }) }, entry.body);
    else if ('to' in entry) stream.entry({ ...same, type: entry.hard ? 'link' : 'symlink', linkname: entry.to });
    else stream.entry({ ...same, type: entry.type });
  }
  stream.finalize();
  const parts: Buffer[] = [];
  for await (const part of stream as unknown as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/** The first bytes of an executable of this machine, then zeros. */
export function program(machine: 'aarch64' | 'x86_64', size = 2048): Buffer {
  const bytes = Buffer.alloc(size);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(machine === 'aarch64' ? 183 : 62, 18);
  return bytes;
}

/** A config over these layers; `more` goes over its fields. */
export const config = (layers: Buffer[], more: Record<string, unknown> = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      architecture: 'arm64',
      os: 'linux',
      created: '2024-01-01T00:00:00Z',
      config: { Cmd: ['/app'] },
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${digest(layer)}`) },
      history: layers.map((_, i) => ({ created_by: `STEP ${i}` })),
      ...more,
    }),
  );

/** As Docker up to 24 saves: one folder per layer, a layer that occurs twice as a link, manifest.json towards the end. */
export function legacyEntries(image: { tag: string; layers: Buffer[]; config?: Buffer }): Entry[] {
  const bytes = image.config ?? config(image.layers);
  const seen = new Map<string, string>();
  const entries: Entry[] = [];
  const names = image.layers.map((layer, i) => {
    const id = digest(`${i} ${digest(layer)}`);
    const first = seen.get(digest(layer));
    entries.push({ name: `${id}/`, type: 'directory' }, { name: `${id}/VERSION`, body: '1.0' }, { name: `${id}/json`, body: `{"id":"${id}"}` });
    entries.push(first ? { name: `${id}/layer.tar`, to: `../${first}/layer.tar` } : { name: `${id}/layer.tar`, body: layer });
    seen.set(digest(layer), first ?? id);
    return `${id}/layer.tar`;
  });
  return [
    ...entries,
    { name: `${digest(bytes)}.json`, body: bytes },
    { name: 'manifest.json', body: JSON.stringify([{ Config: `${digest(bytes)}.json`, RepoTags: [image.tag], Layers: names }]) },
    { name: 'repositories', body: '{}' },
  ];
}

/** An OCI layout. `blobs` are the layers as they lie there (compressed or not), each with its uncompressed bytes. */
export function ociEntries(images: { tag?: string; platform?: object; config: Buffer; blobs: Buffer[] }[]): Entry[] {
  const entries: Entry[] = [{ name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' }];
  const put = (bytes: Buffer): { digest: string; size: number } => {
    entries.push({ name: `blobs/sha256/${digest(bytes)}`, body: bytes });
    return { digest: `sha256:${digest(bytes)}`, size: bytes.length };
  };
  const manifests = images.map(({ tag, platform, config: bytes, blobs }) => {
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config: put(bytes), layers: blobs.map((blob) => put(blob)) }));
    return {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      ...put(manifest),
      ...(platform ? { platform } : {}),
      ...(tag ? { annotations: { 'io.containerd.image.name': tag } } : {}),
    };
  });
  entries.push({ name: 'index.json', body: JSON.stringify({ schemaVersion: 2, manifests }) });
  return entries;
}

/** A zstd frame of stored blocks: valid, though it saves nothing (RFC 8878, 3.1.1). */
export function zstdStored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])]; // window of 2 MiB, no content size
  for (let at = 0; at === 0 || at < bytes.length; at += 1 << 17) {
    const block = bytes.subarray(at, at + (1 << 17));
    const last = at + (1 << 17) >= bytes.length ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}

/** These bytes in pieces of `size`, as a stream. */
export function inPieces(bytes: Buffer, size = 65_536): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    { objectMode: false },
  );
}
