import http, { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import https from 'node:https';
import { stringify } from 'node:querystring';
import type { Duplex } from 'node:stream';
import type { EngineAddress } from './engine-host.ts';

/**
 * The part of docker-modem's options that is spoken here. dockerode itself may be used in its place, which is what `dial` and
 * its callback are for: loading it costs 160 ms of processor time (ssh2 and gRPC come along), these few lines cost 5.
 */
export interface DialOptions {
  /** With a "?" at its end where there is a query. */
  path: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  options?: { _query?: Readonly<Record<string, string | number | readonly string[] | undefined>>; _body?: object };
  /** A body, sent as it is. */
  file?: Buffer | NodeJS.ReadableStream;
  authconfig?: { base64?: string };
  /** Resolves with the connection itself, once the engine has switched protocols. */
  hijack?: boolean;
  isStream?: boolean;
  statusCodes?: Record<number, string | boolean>;
  abortSignal?: AbortSignal;
}

/** Whatever can speak to an engine: this transport, or dockerode. */
export interface EngineHandle {
  modem: {
    dial(options: DialOptions, callback: (error: Error | null, result: IncomingMessage | Duplex | object | null) => void): void;
    headers?: OutgoingHttpHeaders;
  };
  getImage(name: string): { inspect(): Promise<{ Id: string; Os: string; Architecture: string }> };
}

/** An agent that keeps connections, whose idle ones do not keep the process alive. */
export function agentFor(address: EngineAddress): http.Agent {
  const tls = address.kind === 'tcp' ? address.tls : undefined;
  return tls ? new https.Agent({ keepAlive: true, rejectUnauthorized: tls.verify }) : new http.Agent({ keepAlive: true });
}

/**
 * `dial` over this agent. Every answer is handed on as a stream, whatever its status and whatever `isStream` says: reading an
 * answer to its end before it is handed on would wait for ever for an engine that dies meanwhile.
 */
export function dialOver(address: EngineAddress, agent: http.Agent): EngineHandle['modem']['dial'] {
  const tls = address.kind === 'tcp' ? address.tls : undefined;
  const where: RequestOptions = address.kind === 'socket' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const secret = tls ? { ca: tls.ca, cert: tls.cert, key: tls.key } : {};
  return (options, callback) => {
    const { file, abortSignal: signal } = options;
    const query = stringify(options.options?._query as Record<string, string>);
    // Over TCP Node writes it, and takes from it the name that a certificate must have.
    const headers: OutgoingHttpHeaders = { ...(address.kind === 'socket' ? { Host: 'docker' } : {}), ...options.headers };
    if (options.authconfig?.base64 !== undefined) headers['X-Registry-Auth'] = options.authconfig.base64;
    if (file !== undefined) headers['Content-Type'] ??= 'application/tar';
    // Not by its class: the streams of tar-stream are not Node's.
    const streamed = file !== undefined && !Buffer.isBuffer(file) ? file : null;
    // A POST without a body must say so: Node would announce a chunked one to come.
    if (!streamed && options.method === 'POST') headers['Content-Length'] = Buffer.isBuffer(file) ? file.length : 0;
    if (options.hijack) Object.assign(headers, { Connection: 'Upgrade', Upgrade: headers.Upgrade ?? 'tcp' });
    const path = query === '' ? options.path.replace(/\?$/, '') : options.path + query;
    let settled = false;
    const settle = (error: Error | null, result: IncomingMessage | Duplex | null): void => {
      if (settled) return;
      settled = true;
      callback(error, result);
    };
    const request = (tls ? https : http).request({ ...where, ...secret, agent, method: options.method ?? 'GET', path, headers, ...(signal ? { signal } : {}) });
    request.on('error', (error) => settle(error, null));
    request.on('response', (answer) =>
      settle(options.hijack ? new Error(`the engine answered ${answer.statusCode} and did not switch protocols`) : null, answer),
    );
    request.on('upgrade', (_answer, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      settle(null, socket);
    });
    if (streamed) {
      streamed.on('error', (error: Error) => request.destroy(error));
      streamed.pipe(request);
    } else request.end(Buffer.isBuffer(file) ? file : undefined);
  };
}
