import protobuf from 'protobufjs/minimal.js';

/** One node of a build, as BuildKit tells of it. Later tellings of the same digest replace earlier ones. Times: ms since the epoch. */
export interface TraceVertex {
  digest: string;
  inputs: string[];
  name: string;
  cached: boolean;
  started?: number;
  completed?: number;
  error: string;
}
export interface TraceStatus {
  id: string;
  vertex: string;
  name: string;
  current: number;
  total: number;
  started?: number;
  completed?: number;
}
/** `stream` is 1 for stdout, 2 for stderr. Bytes may end within a character. */
export interface TraceLog {
  vertex: string;
  stream: number;
  message: Uint8Array;
  time?: number;
}
export interface TraceWarning {
  vertex: string;
  level: number;
  short: string;
  detail: string[];
  url: string;
  file?: string | undefined;
  line?: number | undefined;
}

export interface Trace {
  vertices: TraceVertex[];
  statuses: TraceStatus[];
  logs: TraceLog[];
  warnings: TraceWarning[];
}

/**
 * Decodes one StatusResponse (moby.buildkit.v1, api/services/control/control.proto), which the engine sends as
 * `{"id":"moby.buildkit.trace","aux":"<base64>"}`. Unknown fields are skipped.
 * @throws RangeError or Error where the bytes are no such message
 */
export function decodeTrace(bytes: Uint8Array): Trace {
  const trace: Trace = { vertices: [], statuses: [], logs: [], warnings: [] };
  fields(bytes, (field, reader) => {
    if (field === 1) trace.vertices.push(vertex(reader.bytes()));
    else if (field === 2) trace.statuses.push(status(reader.bytes()));
    else if (field === 3) trace.logs.push(log(reader.bytes()));
    else if (field === 4) trace.warnings.push(warning(reader.bytes()));
    else return false;
    return true;
  });
  return trace;
}

/** Calls `take` for each field; it reads the value and says true, or leaves it and says false. */
function fields(bytes: Uint8Array, take: (field: number, reader: protobuf.Reader) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader)) reader.skipType(tag & 7);
  }
}

function vertex(bytes: Uint8Array): TraceVertex {
  const out: TraceVertex = { digest: '', inputs: [], name: '', cached: false, error: '' };
  fields(bytes, (field, reader) => {
    if (field === 1) out.digest = reader.string();
    else if (field === 2) out.inputs.push(reader.string());
    else if (field === 3) out.name = reader.string();
    else if (field === 4) out.cached = reader.bool();
    else if (field === 5) out.started = time(reader.bytes());
    else if (field === 6) out.completed = time(reader.bytes());
    else if (field === 7) out.error = reader.string();
    else return false;
    return true;
  });
  return out;
}

function status(bytes: Uint8Array): TraceStatus {
  const out: TraceStatus = { id: '', vertex: '', name: '', current: 0, total: 0 };
  fields(bytes, (field, reader) => {
    if (field === 1) out.id = reader.string();
    else if (field === 2) out.vertex = reader.string();
    else if (field === 3) out.name = reader.string();
    else if (field === 4) out.current = Number(reader.int64());
    else if (field === 5) out.total = Number(reader.int64());
    else if (field === 7) out.started = time(reader.bytes());
    else if (field === 8) out.completed = time(reader.bytes());
    else return false;
    return true;
  });
  return out;
}

function log(bytes: Uint8Array): TraceLog {
  const out: TraceLog = { vertex: '', stream: 1, message: new Uint8Array(0) };
  fields(bytes, (field, reader) => {
    if (field === 1) out.vertex = reader.string();
    else if (field === 2) out.time = time(reader.bytes());
    else if (field === 3) out.stream = Number(reader.int64());
    else if (field === 4) out.message = reader.bytes();
    else return false;
    return true;
  });
  return out;
}

function warning(bytes: Uint8Array): TraceWarning {
  const out: TraceWarning = { vertex: '', level: 0, short: '', detail: [], url: '' };
  fields(bytes, (field, reader) => {
    if (field === 1) out.vertex = reader.string();
    else if (field === 2) out.level = Number(reader.int64());
    else if (field === 3) out.short = reader.string();
    else if (field === 4) out.detail.push(reader.string());
    else if (field === 5) out.url = reader.string();
    else if (field === 6) out.file = sourceName(reader.bytes()) ?? out.file;
    else if (field === 7) out.line ??= rangeStart(reader.bytes());
    else return false;
    return true;
  });
  return out;
}

/** pb.SourceInfo {filename = 1}. */
function sourceName(bytes: Uint8Array): string | undefined {
  let name: string | undefined;
  fields(bytes, (field, reader) => {
    if (field !== 1) return false;
    name = reader.string();
    return true;
  });
  return name;
}

/** pb.Range {start = 1 {line = 1}}. */
function rangeStart(bytes: Uint8Array): number | undefined {
  let line: number | undefined;
  fields(bytes, (field, reader) => {
    if (field !== 1) return false;
    fields(reader.bytes(), (inner, position) => {
      if (inner !== 1) return false;
      line = position.int32();
      return true;
    });
    return true;
  });
  return line;
}

/** google.protobuf.Timestamp in milliseconds. */
function time(bytes: Uint8Array): number {
  let seconds = 0;
  let nanos = 0;
  fields(bytes, (field, reader) => {
    if (field === 1) seconds = Number(reader.int64());
    else if (field === 2) nanos = reader.int32();
    else return false;
    return true;
  });
  return seconds * 1000 + nanos / 1e6;
}
