import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { GO_MODE, PacketBatch, PACKET, readPacket } from '../../../../../electron/services/engine/build/fs-packets.ts';
import { frame, FrameDecoder } from '../../../../../electron/services/engine/build/grpc-frames.ts';
import { JsonSplitter } from '../../../../../electron/services/engine/build/json-splitter.ts';
import { decodeMetadata } from '../../../../../electron/services/engine/build/session-metadata.ts';
import { firstString, secretMethods } from '../../../../../electron/services/engine/build/secrets.ts';
import { sharedKeyOf } from '../../../../../electron/services/engine/build/session.ts';

/** Cuts bytes at the given places. */
const cut = (bytes: Buffer, borders: readonly number[]): Buffer[] => {
  const at = [...new Set([0, ...borders.map((border) => border % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i]!, end));
};

describe('gRPC frames', () => {
  it('come out whole whatever the borders of chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), fc.array(fc.nat(300)), (messages, borders) => {
        const decoder = new FrameDecoder();
        const out = cut(Buffer.concat(messages.map(frame)), borders).flatMap((chunk) => decoder.push(chunk));
        expect(out.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
      }),
    );
  });
  it('that are compressed or impossibly long are refused', () => {
    expect(() => new FrameDecoder().push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(/compressed/);
    expect(() => new FrameDecoder().push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))).toThrow(/bytes/);
  });
});

/** Reads a packet with a general reader, every field. */
function fields(bytes: Uint8Array): Record<number, unknown> {
  const reader = protobuf.Reader.create(bytes);
  const out: Record<number, unknown> = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) out[tag >>> 3] = Buffer.from(reader.bytes());
    else out[tag >>> 3] = BigInt(String(reader.uint64()));
  }
  return out;
}

describe('packets of the file transfer', () => {
  it('say what a file is in the fields that the engine reads', () => {
    fc.assert(
      fc.property(
        fc.record({
          path: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
          mode: fc.nat(0xffffffff),
          size: fc.maxSafeNat(),
          time: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
          linkname: fc.string({ maxLength: 20 }),
        }),
        ({ path, mode, size, time, linkname }) => {
          const batch = new PacketBatch();
          batch.stat({ path, mode, size, linkname, timeHigh: Number(BigInt.asIntN(32, time >> 32n)), timeLow: Number(BigInt.asUintN(32, time)) });
          const packet = fields(new FrameDecoder().push(batch.take())[0]!);
          expect(Object.keys(packet)).toEqual(['2']);
          const stat = fields(packet[2] as Buffer);
          expect((stat[1] as Buffer).toString()).toBe(path);
          expect(stat[2]).toBe(BigInt(mode));
          expect(stat[5] ?? 0n).toBe(BigInt(size));
          expect(BigInt.asIntN(64, (stat[6] as bigint | undefined) ?? 0n)).toBe(time);
          expect((stat[7] as Buffer | undefined)?.toString() ?? '').toBe(linkname);
        },
      ),
    );
  });
  it('carry bytes of files by id, an empty one at the end', () => {
    const batch = new PacketBatch();
    batch.data(0, Buffer.from('first'));
    batch.data(70_000, Buffer.alloc(300_000, 7));
    batch.data(70_000, new Uint8Array(0));
    batch.lastStat();
    batch.fin();
    batch.error('no');
    const packets = new FrameDecoder().push(batch.take()).map((message) => readPacket(message));
    expect(packets.map(({ type, id, data }) => [type, id, data.length])).toEqual([
      [PACKET.DATA, 0, 5],
      [PACKET.DATA, 70_000, 300_000],
      [PACKET.DATA, 70_000, 0],
      [PACKET.STAT, 0, 0],
      [PACKET.FIN, 0, 0],
      [PACKET.ERR, 0, 2],
    ]);
  });
  it('start anew after they were taken', () => {
    const batch = new PacketBatch();
    batch.fin();
    const first = batch.take();
    batch.data(1, Buffer.from('x'));
    expect(batch.length).toBeGreaterThan(0);
    expect(readPacket(new FrameDecoder().push(first)[0]!).type).toBe(PACKET.FIN);
  });
  it('have the modes of Go, not those of stat(2)', () => {
    expect(GO_MODE.DIR).toBe(2 ** 31);
    expect(GO_MODE.SYMLINK).toBe(2 ** 27);
  });
});

describe('JSON objects one after the other', () => {
  const read = (text: string, borders: readonly number[] = []): { objects: unknown[]; text: string[] } => {
    const objects: unknown[] = [];
    const rest: string[] = [];
    const splitter = new JsonSplitter(
      (value) => objects.push(value),
      (said) => rest.push(said),
    );
    for (const chunk of cut(Buffer.from(text), borders)) splitter.push(chunk);
    splitter.end();
    return { objects, text: rest };
  };
  it('may be on lines, pretty-printed, or without anything between', () => {
    expect(read('{"a":1}\r\n{"b":"}{"}\n{\n  "c": {\n "d": [ {} ] }\n}{"e":"\\"}"}')).toEqual({
      objects: [{ a: 1 }, { b: '}{' }, { c: { d: [{}] } }, { e: '"}' }],
      text: [],
    });
  });
  it('come out the same whatever the borders of chunks, in the middle of characters too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
        fc.array(fc.nat(1000)),
        fc.constantFrom('', '\n', ' '),
        (values, borders, between) => {
          // Through JSON once, which turns -0 into 0.
          const plain = JSON.parse(JSON.stringify(values)) as unknown[];
          expect(read(plain.map((value) => JSON.stringify(value, null, between === '\n' ? 2 : 0)).join(between), borders).objects).toEqual(plain);
        },
      ),
    );
  });
  it('leave text between them to whoever wants it', () => {
    expect(read('ERROR: before\n{"a":1}\nafter')).toEqual({ objects: [{ a: 1 }], text: ['ERROR: before', 'after'] });
  });
  it('that are broken are text', () => {
    expect(read('{nonsense}\n{"a":1}\n{"cut')).toEqual({ objects: [{ a: 1 }], text: ['{nonsense}', '{"cut'] });
  });
});

describe('metadata of a call', () => {
  it('keeps repeated values apart, commas and all', () => {
    expect(decodeMetadata(['Exclude-Patterns', 'a, b', 'exclude-patterns', '!c', 'dir-name', 'context']).get('exclude-patterns')).toEqual(['a, b', '!c']);
  });
  it('takes the escapes away where the engine says that it has put them', () => {
    expect(decodeMetadata(['followpaths', '%C3%BC+x%2By', 'followpaths-encoded', '1']).get('followpaths')).toEqual(['ü x+y']);
    expect(decodeMetadata(['followpaths', 'a+b%20']).get('followpaths')).toEqual(['a+b%20']);
  });
  it('reads UTF-8 that arrives as Latin-1', () => {
    expect(decodeMetadata(['followpaths', Buffer.from('日本').toString('latin1')]).get('followpaths')).toEqual(['日本']);
  });
});

describe('secrets of a session', () => {
  const methods = secretMethods(new Map([['word', Buffer.from('open sesame')]]));
  const method = methods['/moby.buildkit.secrets.v1.Secrets/GetSecret']!;
  const ask = (id: string): Promise<Uint8Array> =>
    method.kind === 'unary' ? method.answer(Buffer.from(protobuf.Writer.create().uint32(10).string(id).finish())) : Promise.reject(new Error());
  it('are given by their id', async () => {
    expect(fields(await ask('word'))[1]).toEqual(Buffer.from('open sesame'));
  });
  it('that are not known are not found, which the engine decides about', async () => {
    await expect(ask('other')).rejects.toMatchObject({ code: 5, message: 'secret other: not found' });
  });
  it('are asked for by field 1 alone', () => {
    expect(firstString(protobuf.Writer.create().uint32(18).string('x').uint32(10).string('id').finish())).toBe('id');
    expect(firstString(new Uint8Array(0))).toBe('');
  });
});

describe('the key by which the engine knows a folder', () => {
  it('depends on folder and person, and says nothing of either', () => {
    const key = sharedKeyOf(['host', 'me'], '/a');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([key, sharedKeyOf(['host', 'me'], '/b'), sharedKeyOf(['host', 'you'], '/a')]).size).toBe(3);
    expect(sharedKeyOf(['host', 'me'], '/a')).toBe(key);
  });
});
