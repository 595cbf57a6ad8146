import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { decodeTrace } from '../../../../shared/docker/buildkit-trace.ts';
import { traceOfRawJson } from '../../../../shared/docker/buildkit-trace-rawjson.ts';
import { decodeUtf8, Utf8Pieces } from '../../../../shared/docker/buildkit-trace-utf8.ts';

const timestamp = (seconds: number, nanos: number): Uint8Array => protobuf.Writer.create().uint32(8).int64(seconds).uint32(16).int32(nanos).finish();

/** A StatusResponse written by hand, with fields that no decoder of ours knows. */
function response(): Uint8Array {
  const vertex = protobuf.Writer.create()
    .uint32(10)
    .string('sha256:a')
    .uint32(18)
    .string('sha256:b')
    .uint32(18)
    .string('sha256:c')
    .uint32(26)
    .string('[1/2] RUN grüße')
    .uint32(32)
    .bool(true)
    .uint32(42)
    .bytes(timestamp(1_700_000_000, 500_000_000))
    .uint32(50)
    .bytes(timestamp(1_700_000_001, 0))
    .uint32(58)
    .string('it broke')
    .uint32(66)
    .bytes(Uint8Array.from([1, 2]))
    .finish();
  const status = protobuf.Writer.create()
    .uint32(10)
    .string('extracting')
    .uint32(18)
    .string('sha256:a')
    .uint32(34 - 8)
    .string('layer')
    .uint32(32)
    .int64(5_000_000_000)
    .uint32(40)
    .int64(6_000_000_000)
    .uint32(66)
    .bytes(timestamp(3, 0))
    .finish();
  const log = protobuf.Writer.create().uint32(10).string('sha256:a').uint32(24).int64(2).uint32(34).bytes(Buffer.from('héllo\n')).finish();
  const range = protobuf.Writer.create().uint32(10).bytes(protobuf.Writer.create().uint32(8).int32(7).finish()).finish();
  const warning = protobuf.Writer.create()
    .uint32(10)
    .string('sha256:a')
    .uint32(16)
    .int64(1)
    .uint32(26)
    .bytes(Buffer.from('short'))
    .uint32(34)
    .bytes(Buffer.from('detail'))
    .uint32(42)
    .string('https://x')
    .uint32(58)
    .bytes(range)
    .finish();
  return protobuf.Writer.create()
    .uint32(10)
    .bytes(vertex)
    .uint32(18)
    .bytes(status)
    .uint32(26)
    .bytes(log)
    .uint32(34)
    .bytes(warning)
    .uint32(90)
    .string('unknown')
    .finish();
}

describe('a trace of BuildKit', () => {
  it('is decoded whole, unknown fields skipped', () => {
    expect(decodeTrace(response())).toEqual({
      vertices: [
        {
          digest: 'sha256:a',
          inputs: ['sha256:b', 'sha256:c'],
          name: '[1/2] RUN grüße',
          cached: true,
          started: 1_700_000_000_500,
          completed: 1_700_000_001_000,
          error: 'it broke',
        },
      ],
      statuses: [{ id: 'extracting', vertex: 'sha256:a', name: 'layer', current: 5_000_000_000, total: 6_000_000_000, completed: 3000 }],
      logs: [{ vertex: 'sha256:a', stream: 2, message: expect.anything() as Uint8Array }],
      warnings: [{ vertex: 'sha256:a', level: 1, short: 'short', detail: ['detail'], url: 'https://x', line: 7 }],
    });
    expect(Buffer.from(decodeTrace(response()).logs[0]!.message).toString()).toBe('héllo\n');
  });
  it('may be empty', () => {
    expect(decodeTrace(new Uint8Array(0))).toEqual({ vertices: [], statuses: [], logs: [], warnings: [] });
  });
  it('that is cut short is an error, not a hang', () => {
    const whole = response();
    for (let cut = 1; cut < whole.length; cut += 7) {
      try {
        decodeTrace(whole.subarray(0, cut));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });
  it('comes in JSON from buildx, with its output in base64', () => {
    const trace = traceOfRawJson(
      {
        vertexes: [{ digest: 'd', inputs: ['i'], name: 'n', started: '2024-01-01T00:00:00.5Z', cached: true, error: 'e' }],
        statuses: [{ id: 's', vertex: 'd', current: 1, total: 2 }],
        logs: [{ vertex: 'd', stream: 1, data: 'aMOpbGxv' }],
        warnings: [{ vertex: 'd', level: 1, short: 'aMOp', detail: ['eA=='], url: 'u', range: [{ start: { line: 4 } }] }],
      },
      (text) => Buffer.from(text, 'base64'),
    );
    expect(trace).toMatchObject({
      vertices: [{ digest: 'd', started: 1_704_067_200_500, cached: true, error: 'e' }],
      statuses: [{ current: 1, total: 2 }],
      warnings: [{ short: 'hé', detail: ['x'], line: 4 }],
    });
    expect(Buffer.from(trace!.logs[0]!.message).toString()).toBe('héllo');
    expect(traceOfRawJson({ other: 1 }, () => new Uint8Array(0))).toBeNull();
  });
});

describe('UTF-8 in pieces', () => {
  it('survives any border', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(40)), (text, borders) => {
        const bytes = Buffer.from(text);
        const cuts = [...new Set([0, ...borders.filter((at) => at < bytes.length), bytes.length])].sort((a, b) => a - b);
        const pieces = new Utf8Pieces();
        const out =
          cuts
            .slice(1)
            .map((end, i) => pieces.push(bytes.subarray(cuts[i]!, end)))
            .join('') + pieces.end();
        expect(out).toBe(bytes.toString('utf8'));
      }),
    );
  });
  it('of bytes that are none becomes replacement characters and goes on', () => {
    expect(decodeUtf8(Uint8Array.from([0x61, 0xff, 0x62, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x63]))).toMatch(/^a\ufffdb\ufffd\(\ufffd+c$/);
    const pieces = new Utf8Pieces();
    expect(pieces.push(Uint8Array.from([0xf0, 0x9f])) + pieces.end()).toBe('\ufffd\ufffd');
  });
  it('takes long texts', () => {
    const text = 'ä🤖'.repeat(20_000);
    expect(decodeUtf8(Buffer.from(text))).toBe(text);
  });
});
