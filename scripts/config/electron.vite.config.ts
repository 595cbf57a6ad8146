import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** main: the Electron main process. host: the utility process that holds the services. One sandboxed preload (CommonJS). */
export default defineConfig({
  main: {
    build: {
      outDir: at('dist/main'),
      rollupOptions: {
        input: { index: at('electron/main/index.ts'), host: at('electron/host/index.ts') },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: { outDir: at('dist/preload'), rollupOptions: { input: at('electron/preload/index.ts'), output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  },
  renderer: {
    root: at('renderer'),
    plugins: [react()],
    build: { outDir: at('dist/renderer'), minify: true, rollupOptions: { input: at('renderer/index.html') } },
  },
});
