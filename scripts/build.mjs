// Builds the command line, then the window. Needs no display, no engine and no root.
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build as buildWindow } from 'electron-vite';
import { build } from 'vite';
import { writeSamplePrograms } from './make-sample-elf.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

process.chdir(at('..'));
writeSamplePrograms();
await build({ configFile: at('config/vite.cli.config.ts'), logLevel: 'warn' });
await chmod(at('../dist/cli/gangway.js'), 0o755);
if (!process.argv.includes('--cli')) await buildWindow({ configFile: at('config/electron.vite.config.ts'), logLevel: 'warn' });
