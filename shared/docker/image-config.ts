import { GangwayError } from '../errors/codes.ts';

/** What Gangway reads of an image's config (OCI image spec, "Image Configuration"). */
export interface ImageConfig {
  os: string;
  architecture: string;
  variant?: string;
  created?: string;
  /** Uncompressed layer digests ("sha256:..."), base first. */
  diffIds: string[];
  /** The instruction that made each layer, in the order of `diffIds`; undefined where the history does not say. */
  createdBy: (string | undefined)[];
  env: string[];
  entrypoint: string[];
  cmd: string[];
  user: string;
}

const DIFF_ID = /^sha256:[0-9a-f]{64}$/;

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);

/** Parses a config. ARCHIVE_INVALID where it is no image config or names a layer by anything but a sha256 digest. */
export function parseImageConfig(json: string): ImageConfig {
  let root: Fields;
  try {
    root = fields(JSON.parse(json));
  } catch (cause) {
    throw new GangwayError('ARCHIVE_INVALID', 'The config of an image is not valid JSON.', { cause });
  }
  const rootfs = fields(root.rootfs);
  if (!Array.isArray(rootfs.diff_ids) || !text(root.os) || !text(root.architecture)) {
    throw new GangwayError('ARCHIVE_INVALID', 'The config of an image lacks its platform or its list of layers.');
  }
  const diffIds = rootfs.diff_ids.map((id) => {
    if (typeof id !== 'string' || !DIFF_ID.test(id))
      throw new GangwayError('ARCHIVE_INVALID', 'The config of an image names a layer by something else than a sha256 digest.');
    return id;
  });
  const config = fields(root.config);
  return {
    os: text(root.os),
    architecture: text(root.architecture),
    ...(text(root.variant) ? { variant: text(root.variant) } : {}),
    ...(text(root.created) ? { created: text(root.created) } : {}),
    diffIds,
    createdBy: layerHistory(root.history, diffIds.length),
    env: texts(config.Env),
    entrypoint: texts(config.Entrypoint),
    cmd: texts(config.Cmd),
    user: text(config.User),
  };
}

/** History entries that made a layer, in order. Only trusted where their number is that of the layers. */
function layerHistory(history: unknown, layers: number): (string | undefined)[] {
  const made = Array.isArray(history) ? history.map(fields).filter((entry) => entry.empty_layer !== true) : [];
  if (made.length !== layers) return new Array<undefined>(layers).fill(undefined);
  return made.map((entry) => text(entry.created_by) || text(entry.comment) || undefined);
}
