import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Serves the gallery. `--outDir` of a build is given on the command line, so that nothing lands in the tree. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [react()],
  build: { target: 'chrome130' },
  server: { fs: { allow: [fileURLToPath(new URL('../../../..', import.meta.url))] } },
});
