import { parseImageReference, repositoryName } from '../../../shared/docker/image-reference.ts';
import type { Engine } from '../ports/engine.ts';

/** What tags named before a job built them anew, so that a cancelled job can leave the engine's images as they were. */
export interface BuiltTags {
  /** Puts the tags back. Never throws: it runs while a job is being cancelled already. */
  restore(): Promise<void>;
}

export async function rememberTags(engine: Engine, tags: readonly string[], signal: AbortSignal): Promise<BuiltTags> {
  const before = await Promise.all(tags.map(async (tag) => ({ tag, id: (await engine.inspectImage(tag, { signal }))?.id ?? null })));
  return {
    restore: async () => {
      await Promise.all(
        before.map(async ({ tag, id }) => {
          const now = await engine.inspectImage(tag).catch(() => null);
          if (!now || now.id === id) return;
          const reference = parseImageReference(tag);
          if (id === null || !reference) return engine.untag(tag).catch(() => undefined);
          return engine.tag(id, repositoryName(reference), reference.tag ?? 'latest').catch(() => undefined);
        }),
      );
    },
  };
}
