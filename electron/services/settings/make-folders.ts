import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * `mkdir -p`. Node's own `recursive` never comes back where a folder is there and yet says ENOENT to a new one, as /proc does
 * (measured with Node 20).
 * @returns the topmost folder that was made, undefined where all were there
 * @throws the system's error, ENOTDIR or EEXIST where a file stands in the way
 */
export async function makeFolders(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const there = await stat(folder).catch(() => null);
    if (there?.isDirectory()) return undefined;
    const above = path.dirname(folder);
    if (code !== 'ENOENT' || there || above === folder) throw error;
    const made = await makeFolders(above);
    // Already there: what refused the folder refuses it again.
    if (made === undefined) {
      await mkdir(folder).catch(async (again: NodeJS.ErrnoException) => {
        // Another process may have made it meanwhile.
        if (again.code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw again;
      });
      return folder;
    }
    await makeFolders(folder);
    return made;
  }
}
