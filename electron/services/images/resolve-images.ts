import { z } from 'zod';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { type ImageConfig, parseImageConfig } from '../../../shared/docker/image-config.ts';
import type { WalkedArchive, WalkedLayer } from './archive-walk.ts';
import { plainName } from '../tar/entry-names.ts';
import { sha256 } from './layer-files.ts';

/** One image of an archive: its config as it stands there, and its layers, base first. */
export interface ResolvedImage {
  id: string;
  bytes: Buffer;
  config: ImageConfig;
  tags: string[];
  layers: WalkedLayer[];
}

const DOCKER = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()).nullish() }));
const DESCRIPTOR = z.object({
  mediaType: z.string().optional(),
  digest: z.string(),
  annotations: z.record(z.string(), z.string()).nullish(),
  platform: z.object({ os: z.string().optional(), architecture: z.string().optional() }).nullish(),
});
const INDEX = z.object({ manifests: z.array(DESCRIPTOR) });
const MANIFEST = z.object({ config: z.object({ digest: z.string() }), layers: z.array(z.object({ digest: z.string() })) });

/** How deep an OCI index may point to indexes. */
const DEPTH = 4;

/** Whether the images are described by docker-archive's manifest.json (which newer engines write beside an OCI layout). */
export const formatOf = (archive: WalkedArchive): 'docker-archive' | 'oci-layout' => (archive.meta.has('manifest.json') ? 'docker-archive' : 'oci-layout');

/**
 * Finds the images of an archive that was read whole and checks that every layer is what its config says. Images whose blobs are not in the archive
 * (other platforms of a multi-platform image) are left out, as long as one is whole.
 */
export function resolveImages(archive: WalkedArchive): ResolvedImage[] {
  const images = formatOf(archive) === 'docker-archive' ? dockerImages(archive) : ociImages(archive);
  if (images.length === 0) throw new GangwayError('ARCHIVE_INVALID', 'The archive names no image.');
  return merged(images);
}

function dockerImages(archive: WalkedArchive): ResolvedImage[] {
  const entries = read(DOCKER, archive.meta.get('manifest.json')!, 'manifest.json');
  const whole: ResolvedImage[] = [];
  let fault: unknown = null;
  for (const entry of entries) {
    try {
      const name = plainName(entry.Config);
      const bytes = archive.meta.get(follow(archive, name)) ?? missing(archive, name);
      const layers = (entry.Layers ?? []).map((layer) => findLayer(archive, plainName(layer)));
      whole.push(image(bytes, name, entry.RepoTags ?? [], layers));
    } catch (error) {
      fault ??= error;
    }
  }
  if (whole.length === 0 && fault !== null) throw fault;
  return whole;
}

function ociImages(archive: WalkedArchive): ResolvedImage[] {
  const whole: ResolvedImage[] = [];
  let fault: unknown = null;
  const visit = (descriptor: z.infer<typeof DESCRIPTOR>, inherited: string[], depth: number): void => {
    if (depth > DEPTH) throw new GangwayError('ARCHIVE_INVALID', 'The indexes of the archive point to each other without end.');
    // Attestations of buildx stand beside the image as "unknown/unknown".
    if (descriptor.platform?.os === 'unknown' || descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return;
    const own = tagOf(descriptor.annotations ?? {});
    const tags = own ? [own] : inherited;
    try {
      const name = blobName(descriptor.digest);
      const bytes = archive.meta.get(name) ?? missing(archive, name);
      const json: unknown = JSON.parse(bytes.toString('utf8'));
      const index = INDEX.safeParse(json);
      if (index.success) {
        for (const child of index.data.manifests) visit(child, tags, depth + 1);
        return;
      }
      const manifest = read(MANIFEST, bytes, name);
      const configName = blobName(manifest.config.digest);
      const config = archive.meta.get(configName) ?? missing(archive, configName);
      whole.push(
        image(
          config,
          configName,
          tags,
          manifest.layers.map((layer) => findLayer(archive, blobName(layer.digest))),
        ),
      );
    } catch (error) {
      if (error instanceof GangwayError || error instanceof SyntaxError) fault ??= error;
      else throw error;
    }
  };
  for (const descriptor of read(INDEX, archive.meta.get('index.json')!, 'index.json').manifests) visit(descriptor, [], 0);
  if (whole.length === 0 && fault !== null)
    throw fault instanceof GangwayError ? fault : new GangwayError('ARCHIVE_INVALID', 'A manifest of the archive is not valid JSON.', { cause: fault });
  return whole;
}

/** containerd writes the whole name; `org.opencontainers.image.ref.name` is often only a tag, which names nothing alone. */
function tagOf(annotations: Record<string, string>): string | undefined {
  const full = annotations['io.containerd.image.name'];
  if (full) return full.replace(/^docker\.io\/(?:library\/)?/, '');
  const ref = annotations['org.opencontainers.image.ref.name'];
  return ref && /[:/]/.test(ref) && !ref.includes('@') ? ref : undefined;
}

function image(bytes: Buffer, name: string, tags: string[], layers: WalkedLayer[]): ResolvedImage {
  const id = sha256(bytes);
  const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  if (named !== undefined && id !== `sha256:${named}`) throw new GangwayError('ARCHIVE_INVALID', `The config ${name} is not what its digest says.`);
  const config = parseImageConfig(bytes.toString('utf8'));
  if (config.diffIds.length !== layers.length)
    throw new GangwayError('ARCHIVE_INVALID', `The image ${tags[0] ?? id} lists ${layers.length} layers, its config ${config.diffIds.length}.`);
  config.diffIds.forEach((diffId, i) => {
    if (layers[i]!.diffId !== diffId)
      throw new GangwayError('ARCHIVE_INVALID', `Layer ${i + 1} of the image ${tags[0] ?? id} is not what its config says.`, {
        data: { expected: diffId, found: layers[i]!.diffId },
      });
  });
  return { id, bytes, config, tags, layers };
}

function findLayer(archive: WalkedArchive, name: string): WalkedLayer {
  return archive.layers.get(follow(archive, name)) ?? missing(archive, name);
}

function follow(archive: WalkedArchive, name: string): string {
  let at = name;
  for (let i = 0; i < 8 && !archive.layers.has(at) && !archive.meta.has(at); i += 1) at = archive.links.get(at) ?? at;
  return at;
}

function missing(archive: WalkedArchive, name: string): never {
  if (!archive.closed) throw new GangwayError('ARCHIVE_TRUNCATED', `The archive ends before ${name}.`);
  throw new GangwayError('ARCHIVE_INVALID', `The archive lacks ${name}, which its manifest names.`);
}

function blobName(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (!hex) throw new GangwayError('ARCHIVE_INVALID', 'The archive names a blob by something else than a sha256 digest.');
  return `blobs/sha256/${hex}`;
}

function read<T>(schema: z.ZodType<T>, bytes: Buffer, name: string): T {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new GangwayError('ARCHIVE_INVALID', `${name} is not valid JSON.`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new GangwayError('ARCHIVE_INVALID', `${name} is not the manifest of an image archive.`, { detail: parsed.error.message });
  return parsed.data;
}

/** The same image under several entries is one with all its tags. */
function merged(images: ResolvedImage[]): ResolvedImage[] {
  const byId = new Map<string, ResolvedImage>();
  for (const one of images) {
    const known = byId.get(one.id);
    if (known) known.tags = [...new Set([...known.tags, ...one.tags])];
    else byId.set(one.id, { ...one, tags: [...one.tags] });
  }
  return [...byId.values()];
}
