import path from 'node:path';

/**
 * The file or folder that a command line names: what a double click on an .spx, or a second start, passes on. Switches and
 * the app's own folder are not it.
 * @param words after the executable
 * @returns absolute, or null
 */
export function openedPath(words: readonly string[], cwd: string, appPath: string, p: path.PlatformPath = path): string | null {
  for (const word of words) {
    if (word === '' || word.startsWith('-')) continue;
    const full = p.resolve(cwd, word);
    if (full !== p.resolve(appPath)) return full;
  }
  return null;
}
