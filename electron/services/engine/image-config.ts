import { randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { ImagePlatform } from '../../../shared/docker/platform.ts';
import { buildkitCall, messageFields, upgradeToBuildkit } from './buildkit-workers.ts';
import type { EngineLink } from './connection.ts';

/** BuildKit's header that says for which running build a frontend's question is (client/buildid in its sources). */
const BUILD_ID = 'buildkit-controlapi-buildid';

/** SolveRequest.Internal (11) = true: newer engines then leave it out of their list of builds. */
const INTERNAL = Buffer.from([(11 << 3) | 0, 1]);

/**
 * The config of a local image, byte for byte, or null where the engine's BuildKit cannot be asked. The Engine API has no call for it
 * (inspect is another shape, save sends every layer first). BuildKit has: a build without a frontend makes the client the frontend, and a frontend
 * may resolve an image's config (moby.buildkit.v1.frontend.LLBBridge/ResolveImageConfig), which looks into the engine's own images first.
 * The build solves nothing and ends with the connection.
 *
 * @param reference a tagged reference that the engine surely has, else BuildKit would ask its registry
 */
export async function readImageConfig(link: EngineLink, reference: string, platform: ImagePlatform, signal: AbortSignal): Promise<Uint8Array | null> {
  let socket: Duplex | undefined;
  try {
    socket = await upgradeToBuildkit(link, signal);
    const open = socket;
    const session = connect('http://buildkit', { createConnection: () => open });
    session.on('error', () => undefined);
    try {
      const id = randomBytes(12).toString('hex');
      // Answers only when the build ends, which it does with the connection.
      buildkitCall(session, '/moby.buildkit.v1.Control/Solve', signal, { message: Buffer.concat([field(1, id), INTERNAL]) }).catch(() => undefined);
      const { os, architecture, variant } = platform;
      const wanted = Buffer.concat([field(1, architecture), field(2, os), ...(variant ? [field(3, variant)] : [])]);
      const answer = await buildkitCall(session, '/moby.buildkit.v1.frontend.LLBBridge/ResolveImageConfig', signal, {
        message: Buffer.concat([field(1, reference), field(2, wanted)]),
        headers: { [BUILD_ID]: id },
      });
      return messageFields(answer, 2)[0] ?? null;
    } finally {
      session.destroy();
    }
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    socket?.destroy();
  }
}

/** A length-delimited protobuf field. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const head = [(number << 3) | 2];
  for (let left = bytes.length; ; left >>>= 7) {
    head.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Buffer.from(head), bytes]);
}
