import { z } from 'zod';

/** An executable format met in a layer: how often, and the first few paths. */
export interface MachineFound {
  machine: string;
  count: number;
  paths: string[];
}

/**
 * What stands beside the members of a stored layer. `pieces` makes the run of members a table: any MiB of the layer can be
 * read alone, and another layer that begins with the same bytes is recognised piece by piece.
 */
export interface LayerIndex {
  diffId: string;
  /** Bytes uncompressed, and as kept. */
  size: number;
  storedSize: number;
  /** "sha256:..." of the kept bytes. */
  storedDigest: string;
  /** Bytes of each member, and the first half of the sha256 of everything up to its end. */
  pieces: { size: number; prefix: string }[];
  machines: MachineFound[];
}

/** Bytes of one packed row: the member's size (UInt32LE), then 16 bytes of prefix digest. */
const ROW = 20;
const VERSION = 1;

const FILE = z.object({
  version: z.literal(VERSION),
  diffId: z.string(),
  size: z.number(),
  storedSize: z.number(),
  storedDigest: z.string(),
  pieces: z.string(),
  machines: z.array(z.object({ machine: z.string(), count: z.number(), paths: z.array(z.string()) })),
});

export function formatLayerIndex(index: LayerIndex): string {
  const table = Buffer.alloc(index.pieces.length * ROW);
  index.pieces.forEach((piece, i) => {
    table.writeUInt32LE(piece.size, i * ROW);
    table.write(piece.prefix, i * ROW + 4, 'hex');
  });
  return `${JSON.stringify({ version: VERSION, ...index, pieces: table.toString('base64') })}\n`;
}

/** Null where the text is no index of this version, or does not add up: the layer then counts as absent. */
export function parseLayerIndex(text: string): LayerIndex | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = FILE.safeParse(json);
  if (!parsed.success) return null;
  const { version: _, pieces: packed, ...rest } = parsed.data;
  const table = Buffer.from(packed, 'base64');
  const pieces: LayerIndex['pieces'] = [];
  let total = 0;
  for (let at = 0; at + ROW <= table.length; at += ROW) {
    const size = table.readUInt32LE(at);
    total += size;
    pieces.push({ size, prefix: table.toString('hex', at + 4, at + ROW) });
  }
  return total === rest.storedSize && table.length % ROW === 0 ? { ...rest, pieces } : null;
}
