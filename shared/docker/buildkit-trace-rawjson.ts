import type { Trace } from './buildkit-trace.ts';
import { decodeUtf8 } from './buildkit-trace-utf8.ts';

/** Decodes base64 to bytes. Injected, since shared code has neither Buffer nor atob among its types. */
export type FromBase64 = (text: string) => Uint8Array;

/**
 * One object of `docker buildx build --progress=rawjson` (buildkit, client.SolveStatus as JSON; output and warnings in base64) as the trace
 * that the engine's own answer gives. Null where it is something else.
 */
export function traceOfRawJson(value: Readonly<Record<string, unknown>>, fromBase64: FromBase64): Trace | null {
  const lists = ['vertexes', 'statuses', 'logs', 'warnings'].map((key) => value[key]);
  if (!lists.some(Array.isArray)) return null;
  const [vertices, statuses, logs, warnings] = lists.map((list) => (Array.isArray(list) ? list.filter(isRecord) : []));
  const text = (base64: unknown): string => (typeof base64 === 'string' ? decodeUtf8(fromBase64(base64)) : '');
  return {
    vertices: vertices!.map((v) => ({
      digest: string(v.digest),
      inputs: Array.isArray(v.inputs) ? v.inputs.map(string) : [],
      name: string(v.name),
      cached: v.cached === true,
      error: string(v.error),
      ...when('started', v.started),
      ...when('completed', v.completed),
    })),
    statuses: statuses!.map((s) => ({
      id: string(s.id),
      vertex: string(s.vertex),
      name: string(s.name),
      current: number(s.current),
      total: number(s.total),
      ...when('started', s.started),
      ...when('completed', s.completed),
    })),
    logs: logs!.map((l) => ({
      vertex: string(l.vertex),
      stream: number(l.stream) || 1,
      message: typeof l.data === 'string' ? fromBase64(l.data) : new Uint8Array(0),
      ...when('time', l.timestamp),
    })),
    warnings: warnings!.map((w) => ({
      vertex: string(w.vertex),
      level: number(w.level),
      short: text(w.short),
      detail: Array.isArray(w.detail) ? w.detail.map(text) : [],
      url: string(w.url),
      ...lineOf(w.range),
    })),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const string = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

function when<K extends string>(key: K, value: unknown): { [P in K]?: number } {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return (Number.isNaN(time) ? {} : { [key]: time }) as { [P in K]?: number };
}

function lineOf(ranges: unknown): { line?: number } {
  const start = Array.isArray(ranges) && isRecord(ranges[0]) ? ranges[0].start : undefined;
  return isRecord(start) && typeof start.line === 'number' ? { line: start.line } : {};
}
