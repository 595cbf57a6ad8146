import { applyEdits, modify } from 'jsonc-parser';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest, type Manifest } from '../../../shared/extension/manifest.ts';

/** What build_extension.py puts into the packed manifest where it is absent. */
export interface ManifestDefaults { installationTarget: 'spot' | 'orbit'; date: string }

/** The manifest as packed: the person's own text with the absent fields added, everything else untouched. */
export function completeManifest(text: string, defaults: ManifestDefaults): { text: string; added: string[] } {
  const { manifest } = parseManifest(text, 'manifest.json');
  const formattingOptions = { insertSpaces: true, tabSize: indentOf(text), eol: '\n' };
  const added: string[] = [];
  let result = text.replace(/^\ufeff/, '');
  const add = (key: string, value: string): void => {
    result = applyEdits(result, modify(result, [key], value, { formattingOptions }));
    added.push(key);
  };
  if (manifest?.installation_target === undefined) add('installation_target', defaults.installationTarget);
  if (manifest?.date === undefined) add('date', defaults.date);
  return { text: result, added };
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
  return { file: finding.file, ...(line !== undefined && { line }), ...(column !== undefined && { column }), ...(endLine !== undefined && { endLine }), ...(endColumn !== undefined && { endColumn }) };
}

function indentOf(text: string): number {
  return /\n( +)"/.exec(text)?.[1]?.length ?? 2;
}
