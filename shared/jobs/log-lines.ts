/** One line of output as it is shown. `at`: milliseconds since the epoch. */
export interface LogLine {
  text: string;
  stream: 'stdout' | 'stderr';
  at: number;
}

/** The last lines of one step. `dropped` lines before them are no longer held; `open`: the last one has not ended yet. */
export interface LogView {
  lines: LogLine[];
  dropped: number;
  open: boolean;
}

/** Lines kept per step; the whole output of a step is the engine's to keep. */
export const MAX_LOG_LINES = 2000;

/**
 * Appends a piece of output that may begin and end inside a line. A carriage return rewrites its line, as a terminal
 * does (progress bars of apt and pip). Mutates `log`, which belongs to the caller's own copy.
 */
export function appendLog(log: LogView, piece: { text: string; stream: 'stdout' | 'stderr'; at: number }): void {
  if (piece.text === '') return;
  const parts = piece.text.split('\n');
  const last = parts.pop() ?? '';
  for (const part of parts) {
    put(log, part, piece);
    log.open = false;
  }
  if (last !== '') {
    put(log, last, piece);
    log.open = true;
  }
  const excess = log.lines.length - MAX_LOG_LINES;
  if (excess > 0) {
    log.lines.splice(0, excess);
    log.dropped += excess;
  }
}

function put(log: LogView, text: string, { stream, at }: { stream: 'stdout' | 'stderr'; at: number }): void {
  const previous = log.lines.at(-1);
  if (log.open && previous && previous.stream === stream) log.lines[log.lines.length - 1] = { ...previous, text: rewritten(previous.text + text) };
  else log.lines.push({ text: rewritten(text), stream, at });
}

/** What a terminal shows of a line with carriage returns: the last rewriting; one at the end waits for what follows. */
function rewritten(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  const from = text.lastIndexOf('\r', end - 1);
  return end < 1 || from < 0 ? text : text.slice(from + 1);
}
