import type { Platform } from '../../../shared/docker/platform.ts';
import type { ExtensionDraft, ServiceDraft, SourceReport } from '../../../shared/extension/draft.ts';
import type { RecipeImage } from '../../../shared/extension/recipe.ts';
import { TARGETS, type TargetId } from '../../../shared/extension/targets.ts';

/** Pure edits of a draft: every one answers a new draft and leaves the old one alone. */

export const patchService = (draft: ExtensionDraft, index: number, part: Partial<ServiceDraft>): ExtensionDraft => ({
  ...draft,
  services: draft.services.map((s, i) => (i === index ? { ...s, ...part } : s)),
});

/** Changes the image of a service. Where that image is built here and only this service uses it, the built tag follows. */
export function setServiceImage(draft: ExtensionDraft, index: number, image: string): ExtensionDraft {
  const before = draft.services[index]?.image ?? '';
  const next = patchService(draft, index, { image });
  const shared = draft.services.some((s, i) => i !== index && s.image === before);
  if (shared) return next;
  return { ...next, images: draft.images.map((m) => (m.tag === before ? { ...m, tag: image } : m)) };
}

export function addService(draft: ExtensionDraft): ExtensionDraft {
  const names = new Set(draft.services.map((s) => s.name));
  let n = draft.services.length + 1;
  while (names.has(`service-${n}`)) n += 1;
  const fresh: ServiceDraft = {
    name: `service-${n}`,
    image: '',
    ports: [],
    volumes: [],
    environment: [],
    devices: [],
    networkMode: '',
    restart: 'unless-stopped',
    memoryLimit: '',
    gpu: false,
  };
  return { ...draft, services: [...draft.services, fresh] };
}

export const removeService = (draft: ExtensionDraft, index: number): ExtensionDraft => ({ ...draft, services: draft.services.filter((_, i) => i !== index) });

export const patchImage = (draft: ExtensionDraft, index: number, part: Partial<RecipeImage>): ExtensionDraft => ({
  ...draft,
  images: draft.images.map((m, i) => (i === index ? { ...m, ...part } : m)),
});

/** Sets or, with an empty value, forgets a build argument; forgotten means that the Dockerfile's own default applies. */
export function setArg(draft: ExtensionDraft, index: number, name: string, value: string): ExtensionDraft {
  const args = { ...draft.images[index]?.args };
  if (value === '') delete args[name];
  else args[name] = value;
  return patchImage(draft, index, { args });
}

/** Hands a value over as a build secret read from an environment variable, and no longer as an argument. */
export function asSecret(draft: ExtensionDraft, index: number, name: string): ExtensionDraft {
  const others = (draft.images[index]?.secrets ?? []).filter((s) => s.id !== secretId(name));
  return patchImage(setArg(draft, index, name, ''), index, { secrets: [...others, { id: secretId(name), env: name }] });
}

export const dropSecret = (draft: ExtensionDraft, index: number, name: string): ExtensionDraft =>
  patchImage(draft, index, { secrets: (draft.images[index]?.secrets ?? []).filter((s) => s.id !== secretId(name)) });

export const secretId = (name: string): string => name.toLowerCase();

/** Gives the first service a variable of this name, where it has none yet. */
export function asVariable(draft: ExtensionDraft, name: string): ExtensionDraft {
  const first = draft.services[0];
  if (!first || first.environment.some((e) => e.name === name)) return draft;
  return patchService(draft, 0, { environment: [...first.environment, { name, value: '' }] });
}

/** A card of the target step: the ids of the table, and an x86-64 computer, which is "other" with a platform. */
export type TargetCard = TargetId | 'x86-64';

export const cardOf = (draft: ExtensionDraft): TargetCard => (draft.target === 'generic-ssh' && draft.platform === 'linux/amd64' ? 'x86-64' : draft.target);

export function chooseTarget(draft: ExtensionDraft, card: TargetCard): ExtensionDraft {
  if (card === 'x86-64') return { ...draft, target: 'generic-ssh', platform: 'linux/amd64' };
  return { ...draft, target: card, platform: TARGETS[card].platform ?? 'linux/arm64' };
}

export const choosePlatform = (draft: ExtensionDraft, platform: Platform): ExtensionDraft => ({ ...draft, platform });

/** Whether anything is built: a saved archive is only packed. */
export const needsBuild = (draft: ExtensionDraft): boolean => draft.images.length > 0;

/** Images that services run and that nothing here supplies: packing takes them from the engine, or pulls them. */
export function unsupplied(draft: ExtensionDraft): string[] {
  if (draft.archives.length > 0) return [];
  const supplied = new Set([...draft.images.map((m) => m.tag), ...draft.extraImages]);
  return [...new Set(draft.services.map((s) => s.image))].filter((image) => image !== '' && !supplied.has(image));
}

/** Which image of the draft a Dockerfile of the report builds; -1 where none. */
export function imageOf(draft: ExtensionDraft, dockerfile: string, report: SourceReport): number {
  const found = draft.images.findIndex((m) => (m.dockerfile ?? 'Dockerfile') === dockerfile);
  return found < 0 && report.dockerfiles.length === 1 && draft.images.length === 1 ? 0 : found;
}
