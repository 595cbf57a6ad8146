import type { Services } from '../../../electron/services/create-services.ts';
import type { Sink } from '../../../electron/cli/output/sink.ts';
import { runCommandLine } from '../../../electron/cli/run.ts';

/** A stream that keeps what is written, one entry per write. */
export function fakeSink(options: { isTTY?: boolean; columns?: number; rows?: number } = {}): Sink & { writes: string[]; text(): string } {
  const writes: string[] = [];
  return {
    writes,
    text: () => writes.join(''),
    write: (text) => {
      writes.push(text);
    },
    isTTY: options.isTTY ?? false,
    size: () => ({ columns: options.columns ?? 80, rows: options.rows ?? 24 }),
    flush: async () => {},
  };
}

/** Services of which a test gives only the verbs that it drives; any other is a mistake of the test. */
export function someServices(verbs: Partial<Services>): Services {
  const missing = (name: string) => () => {
    throw new Error(`the test did not expect ${name}`);
  };
  return new Proxy({ close: async () => {}, ...verbs } as Services, {
    get: (target, name: string) => (name === 'then' ? undefined : (Reflect.get(target, name) ?? missing(name))),
  });
}

/** Runs a command line against these services; answers its exit code and both streams. */
export async function runLine(
  words: readonly string[],
  verbs: Partial<Services> = {},
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string; lines: Record<string, unknown>[] }> {
  const [stdout, stderr] = [fakeSink(), fakeSink()];
  const code = await runCommandLine({ words, env, cwd: '/somewhere', stdout, stderr, createServices: async () => someServices(verbs) });
  const lines = stdout.text().startsWith('{')
    ? stdout
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
  return { code, stdout: stdout.text(), stderr: stderr.text(), lines };
}
