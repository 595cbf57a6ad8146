import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs/minimal.js';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { SecretSource } from '../../../../shared/docker/build.ts';
import { GRPC } from './grpc-frames.ts';
import { GrpcError, type SessionMethod } from './session.ts';

/** Values of a build's secrets by id. They live in memory only, for as long as the build runs. */
export type SecretValues = ReadonlyMap<string, Uint8Array>;

/** The engine refuses more (moby/buildkit, session/secrets: MaxSecretSize). */
const MAX_SECRET = 500 * 1024;

/**
 * Reads every secret before anything is built.
 * @throws GangwayError BUILD_SECRET_MISSING that names the variable or file, never a value
 */
export async function resolveSecrets(sources: readonly SecretSource[], env: Readonly<Record<string, string | undefined>>): Promise<SecretValues> {
  const values = new Map<string, Uint8Array>();
  for (const source of sources) {
    if (values.has(source.id)) throw new GangwayError('BAD_REQUEST', `The secret "${source.id}" is given twice.`);
    values.set(source.id, 'env' in source ? fromVariable(source.id, source.env, env) : await fromFile(source.id, source.src));
  }
  return values;
}

function fromVariable(id: string, name: string, env: Readonly<Record<string, string | undefined>>): Uint8Array {
  const value = env[name];
  if (value === undefined || value === '')
    throw new GangwayError('BUILD_SECRET_MISSING', `The secret "${id}" comes from the variable ${name}, which ${value === '' ? 'is empty' : 'is not set'}.`, {
      data: { id, env: name },
      hint: `Set ${name} before the build.`,
    });
  return Buffer.from(value);
}

async function fromFile(id: string, file: string): Promise<Uint8Array> {
  let value: Buffer;
  try {
    value = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new GangwayError(
      'BUILD_SECRET_MISSING',
      `The secret "${id}" comes from ${file}, which ${code === 'ENOENT' ? 'is not there' : code === 'EACCES' ? 'may not be read' : 'cannot be read'}.`,
      { data: { id, src: file }, location: { file }, cause: error },
    );
  }
  if (value.length > MAX_SECRET)
    throw new GangwayError('BUILD_SECRET_MISSING', `The secret "${id}" (${file}) has ${value.length} bytes; the engine takes at most ${MAX_SECRET}.`, {
      data: { id, src: file },
    });
  return value;
}

/** moby.buildkit.secrets.v1: GetSecretRequest {ID = 1} -> GetSecretResponse {data = 1}. */
export function secretMethods(values: SecretValues): Record<string, SessionMethod> {
  return {
    '/moby.buildkit.secrets.v1.Secrets/GetSecret': {
      kind: 'unary',
      answer: (message) => {
        const id = firstString(message);
        const value = values.get(id);
        if (!value) return Promise.reject(new GrpcError(GRPC.NOT_FOUND, `secret ${id}: not found`));
        return Promise.resolve(protobuf.Writer.create().uint32(10).bytes(value).finish());
      },
    },
  };
}

/** Field 1 of a message, as text: all that our requests hold. */
export function firstString(message: Uint8Array): string {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) return reader.string();
    reader.skipType(tag & 7);
  }
  return '';
}
