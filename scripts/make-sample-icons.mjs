// Draws the icons of the sample and the starters: a plank leading up to a robot's port, in a colour of each one's own.
// Run by hand after a change of the drawing; the PNG files are kept in git.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

const SIZE = 256;
const SAMPLES = 4; // per pixel and axis, against jagged edges

const ICONS = {
  'samples/hello-spot': [0x1f, 0x6f, 0xeb],
  'starters/python-service': [0x2e, 0x7d, 0x5b],
  'starters/ros2-node': [0x22, 0x31, 0x4e],
  'starters/grpc-image-service': [0x8a, 0x3f, 0xa0],
  'starters/gpu': [0xc2, 0x5a, 0x12],
};

const WHITE = [255, 255, 255];

/** The colour at a point of the unit square, or null outside the rounded tile. */
function paint(x, y, tile) {
  const [dx, dy] = [Math.max(Math.abs(x - 0.5) - 0.3, 0), Math.max(Math.abs(y - 0.5) - 0.3, 0)];
  if (Math.hypot(dx, dy) > 0.18) return null;
  const inside = (left, top, right, bottom) => x > left && x < right && y > top && y < bottom;
  // The hull on the right with its port, the quay on the left, the plank between them, three posts of its rail.
  if (inside(0.62, 0.24, 0.82, 0.76)) return inside(0.68, 0.32, 0.76, 0.48) ? tile : WHITE;
  if (inside(0.16, 0.66, 0.34, 0.76)) return WHITE;
  const slope = 0.66 - (x - 0.3) * 0.5;
  if (x > 0.26 && x < 0.64 && Math.abs(y - slope) < 0.028) return WHITE;
  for (const post of [0.36, 0.45, 0.54]) if (Math.abs(x - post) < 0.012 && y < 0.66 - (post - 0.3) * 0.5 && y > 0.52 - (post - 0.3) * 0.5) return WHITE;
  return x > 0.35 && x < 0.56 && Math.abs(y - (slope - 0.13)) < 0.012 ? WHITE : tile;
}

function draw(tile) {
  const rows = Buffer.alloc(SIZE * (SIZE * 4 + 1)); // each row: filter 0, then RGBA
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const sum = [0, 0, 0];
      let covered = 0;
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const colour = paint((column + ((i % SAMPLES) + 0.5) / SAMPLES) / SIZE, (row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / SIZE, tile);
        if (!colour) continue;
        covered++;
        for (const channel of [0, 1, 2]) sum[channel] += colour[channel];
      }
      if (covered === 0) continue;
      rows.set([...sum.map((value) => Math.round(value / covered)), Math.round((covered / SAMPLES ** 2) * 255)], row * (SIZE * 4 + 1) + 1 + column * 4);
    }
  }
  return rows;
}

function png(rows) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header.set([8, 6], 8); // 8 bits, RGBA
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

for (const [folder, tile] of Object.entries(ICONS)) writeFileSync(fileURLToPath(new URL(`../resources/${folder}/icon.png`, import.meta.url)), png(draw(tile)));
