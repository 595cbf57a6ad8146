import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest, type Manifest } from '../../../shared/extension/manifest.ts';

/** What build_extension.py puts into the packed manifest where it is absent. */
export interface ManifestDefaults {
  installationTarget: 'spot' | 'orbit';
  date: string;
}

/** The manifest as packed: the person's own text with the absent fields added behind the last one, everything else untouched. */
export function completeManifest(text: string, defaults: ManifestDefaults): { text: string; added: string[] } {
  const plain = text.replace(/^\ufeff/, '');
  const { manifest, tree } = parseManifest(plain, 'manifest.json');
  const root = tree.root;
  if (!manifest || root?.kind !== 'map') return { text, added: [] };
  const absent: [string, string][] = [];
  if (manifest.installation_target === undefined) absent.push(['installation_target', defaults.installationTarget]);
  if (manifest.date === undefined) absent.push(['date', defaults.date]);
  const last = root.pairs.reduce((end, pair) => Math.max(end, pair.value.end), 0);
  // As the file is laid out: one field a line with its indentation, or all in one line.
  const separator = /\n[ \t]*(?=")/.exec(plain)?.[0] ?? (root.pairs.length > 0 ? ' ' : '');
  const fields = absent.map(([key, value], index) => `${index === 0 && last === 0 ? '' : ','}${separator}${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const at = last === 0 ? root.start + 1 : last;
  return { text: plain.slice(0, at) + fields.join('') + plain.slice(at), added: absent.map(([key]) => key) };
}

/**
 * ISO 8601 in UTC without a zone and without fractions: the shape of Python's `datetime.now().isoformat()`, which the SDK
 * writes and which its own check can read back with every Python (a "Z" only since 3.11).
 */
export function isoDate(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace(/\.000Z$/, '');
}

/** SOURCE_DATE_EPOCH (seconds, reproducible-builds.org) or else the newest input's time, in milliseconds. */
export function sourceDate(env: Readonly<Record<string, string | undefined>>, newestInput: number): number {
  const epoch = env.SOURCE_DATE_EPOCH;
  return epoch !== undefined && /^\d{1,11}$/.test(epoch) ? Number(epoch) * 1000 : newestInput;
}

/** @throws GangwayError MANIFEST_INVALID at the place of the first error */
export function manifestOrThrow(text: string, file: string): { manifest: Manifest; findings: Finding[] } {
  const { manifest, findings } = parseManifest(text, file);
  const first = findings.find((finding) => finding.severity === 'error');
  if (first || !manifest) {
    throw new GangwayError('MANIFEST_INVALID', first?.message ?? 'This is no manifest.', { location: locationOf(first, file), data: { findings } });
  }
  return { manifest, findings };
}

/** @throws GangwayError COMPOSE_INVALID at the place of the first error */
export function composeOrThrow(text: string, file: string): void {
  const { findings } = parseCompose(text, file);
  const first = findings.find((finding) => finding.severity === 'error');
  if (first) throw new GangwayError('COMPOSE_INVALID', first.message, { location: locationOf(first, file), data: { findings } });
}

export function locationOf(finding: Finding | undefined, file: string): { file: string; line?: number; column?: number; endLine?: number; endColumn?: number } {
  if (!finding) return { file };
  const { line, column, endLine, endColumn } = finding;
  return {
    file: finding.file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(endLine !== undefined && { endLine }),
    ...(endColumn !== undefined && { endColumn }),
  };
}
