import { runCommandLine } from './run.ts';
import { sinkOf } from './output/sink.ts';

/** The process around the command line: its streams, signals and exit code. Everything else is in `run.ts`. */
const stdout = sinkOf(process.stdout);
const stderr = sinkOf(process.stderr);

const code = await runCommandLine({ words: process.argv.slice(2), env: process.env, cwd: process.cwd(), stdout, stderr });
await Promise.all([stdout.flush(), stderr.flush()]);
// Not process.exitCode: a connection that somebody keeps open must not keep the terminal waiting.
process.exit(code);
