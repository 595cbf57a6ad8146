/** Every way a job can fail, as a closed union. The words for each stand in `words.ts`. */
export const ERROR_CODES = [
  // the call itself
  'BAD_REQUEST',
  'FORBIDDEN',
  'UNKNOWN_JOB',
  'INTERNAL',
  // sources and files
  'FILE_NOT_FOUND',
  'FILE_NOT_LOCAL',
  'FILE_UNREADABLE',
  'FOLDER_EMPTY',
  'CONTEXT_TOO_WIDE',
  'OUTPUT_NOT_WRITABLE',
  'DISK_FULL',
  'SOURCE_NOT_UNDERSTOOD',
  // the engine
  'ENGINE_UNREACHABLE',
  'ENGINE_PERMISSION_DENIED',
  'ENGINE_API_TOO_OLD',
  'ENGINE_CONTEXT_INVALID',
  'ENGINE_LOST',
  'ENGINE_FAILED',
  'EMULATION_MISSING',
  'BUILDX_MISSING',
  // building
  'DOCKERFILE_INVALID',
  'BUILD_SOURCE_MISSING',
  'BUILD_STEP_FAILED',
  'BUILD_SECRET_MISSING',
  'PULL_FAILED',
  'IMAGE_NOT_FOUND',
  'IMAGE_AMBIGUOUS',
  'WRONG_ARCHITECTURE',
  // archives and packages
  'ARCHIVE_INVALID',
  'ARCHIVE_TRUNCATED',
  'ARCHIVE_IS_ROOTFS',
  'ARCHIVE_ENTRY_UNSAFE',
  'STORE_CORRUPT',
  'VERIFY_FAILED',
  // extensions
  'MANIFEST_INVALID',
  'COMPOSE_INVALID',
  'RECIPE_INVALID',
  'NAME_INVALID',
  'CHECK_FAILED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Where in a user's file a problem is. Lines and columns count from 1. */
export interface SourceLocation {
  file: string;
  line?: number;
  column?: number;
  endLine?: number;
  endColumn?: number;
}

/** What a button may do about an error, as plain data: the view draws it, nothing else decides it. */
export type Remedy =
  | { kind: 'retry' }
  | { kind: 'open-doctor' }
  | { kind: 'open-link'; id: string }
  | { kind: 'run-command'; command: string }
  | { kind: 'choose'; field: string; options: string[] };

/** An error as it crosses a process border and stands in `--json` output. Never holds a secret. */
export interface WireError {
  code: ErrorCode;
  /** One sentence: what went wrong, with the names involved. */
  message: string;
  /** Raw text of the engine or the tail of a step's output; shown folded away. */
  detail?: string;
  /** What to do about it. */
  hint?: string;
  location?: SourceLocation;
  /** Structured facts by code, e.g. {step, command} of a failed build, {path, layer} of a wrong architecture. */
  data?: Record<string, unknown>;
  remedy?: Remedy;
}

/** The one error class below the border. Anything else that is thrown is a bug and becomes INTERNAL. */
export class GangwayError extends Error {
  override readonly name = 'GangwayError';
  readonly wire: WireError;

  constructor(code: ErrorCode, message: string, more: Omit<WireError, 'code' | 'message'> & { cause?: unknown } = {}) {
    const { cause, ...rest } = more;
    super(message, cause === undefined ? undefined : { cause });
    this.wire = { code, message, ...rest };
  }

  get code(): ErrorCode {
    return this.wire.code;
  }
}
