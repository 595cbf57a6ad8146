import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { pack } from 'tar-stream';

async function tar(entries: Record<string, string | Buffer>): Promise<Buffer> {
  const out = pack();
  const bytes = buffer(out);
  for (const [name, content] of Object.entries(entries)) out.entry({ name, mtime: new Date(0) }, content);
  out.finalize();
  return bytes;
}

/** A small docker-archive, gzipped, with one layer. */
export async function imageArchive(options: { tag: string; architecture: string; files?: Record<string, string> }): Promise<Buffer> {
  const layer = await tar(options.files ?? { 'etc/hello': options.tag });
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const config = JSON.stringify({
    os: 'linux',
    architecture: options.architecture,
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'COPY hello /' }],
  });
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  return zlib.gzipSync(
    await tar({ [name]: config, 'layer.tar': layer, 'manifest.json': JSON.stringify([{ Config: name, RepoTags: [options.tag], Layers: ['layer.tar'] }]) }),
  );
}
