import type { PackageReport } from '../../../shared/extension/package.ts';
import { parseManifest } from '../../../shared/extension/manifest.ts';
import { checkFinished } from './check-package.ts';
import type { PackageDeps } from './package-deps.ts';
import { kindOf, readSpx } from './spx-reader.ts';

/** What an .spx holds, and what the checks say of it. One pass over the file; nothing is unpacked. */
export async function readPackage(
  deps: Pick<PackageDeps, 'readArchive'>,
  file: string,
  signal: AbortSignal,
  progress?: (done: number, total: number) => void,
): Promise<PackageReport> {
  const read = await readSpx(file, deps.readArchive, signal, progress);
  const manifestText = read.texts.get('manifest.json');
  const manifest = manifestText === undefined ? null : parseManifest(manifestText, 'manifest.json').manifest;
  const names = {
    archives: new Set(read.archives.map(({ name }) => name)),
    ...(manifest?.icon !== undefined && { icon: manifest.icon }),
    ...(manifest?.udev_rules !== undefined && { udev: manifest.udev_rules }),
  };
  return {
    size: read.size,
    entries: read.entries.map((entry) => ({ name: entry.name, size: entry.size, kind: kindOf(entry, names) })),
    manifest,
    archives: read.archives,
    findings: checkFinished(read),
  };
}
