import type { Finding } from '../checks/finding.ts';
import type { ExtensionDraft } from './draft.ts';
import { setJsonKey } from './json-edit.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { TARGETS } from './targets.ts';

/** A new manifest.json: two spaces, the keys in the order of the SDK's template. */
export function manifestText(draft: ExtensionDraft): string {
  const { name, description, version, icon } = draft.extension;
  const installationTarget = TARGETS[draft.target].installationTarget;
  const manifest: Manifest = {
    extension_name: name,
    description,
    version,
    ...(icon !== '' && { icon }),
    ...(packs(draft) && { images: [draft.imageArchive] }),
    ...(installationTarget !== undefined && { installation_target: installationTarget }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether the package will hold an archive. */
function packs(draft: ExtensionDraft): boolean {
  return draft.images.length > 0 || draft.archives.length > 0 || draft.extraImages.length > 0;
}

/**
 * An existing manifest.json with the keys that the draft changes, in the file's own indentation. A key that is not there
 * comes in only where the draft has something to say.
 */
export function editManifest(text: string, file: string, draft: ExtensionDraft): { text: string; findings: Finding[] } {
  const { manifest, tree } = parseManifest(text, file);
  if (!manifest)
    return {
      text,
      findings: [
        {
          id: 'manifest-not-editable',
          severity: 'error',
          file,
          line: 1,
          column: 1,
          message: `${file} cannot be read, so the form cannot change it. Mend it first.`,
        },
      ],
    };
  const after = changesTo(manifest, draft).reduce((now, [key, value]) => setJsonKey(now, key, value), tree.text);
  return { text: after, findings: [] };
}

function changesTo(manifest: Manifest, draft: ExtensionDraft): [string, unknown][] {
  const { name, version, description, icon } = draft.extension;
  const changes: [string, unknown][] = [];
  for (const [key, value] of [
    ['extension_name', name],
    ['version', version],
    ['description', description],
    ['icon', icon],
  ] as const) {
    if ((manifest[key] ?? '') !== value) changes.push([key, value === '' && key === 'icon' ? undefined : value]);
  }
  // Several archives are legal: one that is listed stays as it is listed.
  if (packs(draft) && draft.imageArchive !== '' && !manifest.images?.includes(draft.imageArchive))
    changes.push(['images', [draft.imageArchive, ...(manifest.images ?? []).slice(1)]]);
  const wanted = TARGETS[draft.target].installationTarget;
  if (wanted !== undefined && (manifest.installation_target ?? 'spot') !== wanted) changes.push(['installation_target', wanted]);
  return changes;
}
