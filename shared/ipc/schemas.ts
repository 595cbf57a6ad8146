/** One schema per call, so that whatever a page sends is parsed before anything acts on it. */
import { z } from 'zod';
import { PLATFORMS } from '../docker/platform.ts';
import type { ExtensionDraft } from '../extension/draft.ts';
import { TARGET_IDS } from '../extension/targets.ts';
import type { CallName, Calls, JobStart } from './contract.ts';
import { LINKS, type LinkId } from './links.ts';

// No compiled validators: `script-src 'self'` forbids new Function wherever this may run.
z.config({ jitless: true });

// Bounds are far above real use; they keep a damaged page from filling the memory of the services.
const text = z.string().max(20_000);
const id = z.string().min(1).max(200);
const list = <T extends z.ZodType>(of: T): z.ZodArray<T> => z.array(of).max(2000);
const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) => z.enum(values);

const secret = z.union([z.strictObject({ id: text, env: text }), z.strictObject({ id: text, src: text })]);

const image = z.strictObject({
  tag: text,
  dockerfile: text.exactOptional(),
  context: text.exactOptional(),
  args: z.record(text, text).exactOptional(),
  secrets: list(secret).exactOptional(),
  stage: text.exactOptional(),
});

const service = z.strictObject({
  name: text,
  image: text,
  ports: list(z.strictObject({ host: text, container: text, protocol: oneOf('tcp', 'udp') })),
  volumes: list(z.strictObject({ source: text, target: text, readOnly: z.boolean() })),
  environment: list(z.strictObject({ name: text, value: text })),
  devices: list(z.strictObject({ host: text, container: text })),
  networkMode: oneOf('', 'bridge', 'host', 'none'),
  restart: oneOf('', 'no', 'always', 'on-failure', 'unless-stopped'),
  memoryLimit: text,
  gpu: z.boolean(),
});

const draftSchema: z.ZodType<ExtensionDraft> = z.strictObject({
  target: z.enum(TARGET_IDS),
  platform: z.enum(PLATFORMS),
  extension: z.strictObject({ name: text, version: text, description: text, icon: text }),
  services: list(service),
  images: list(image),
  extraImages: list(text),
  archives: list(text),
  imageArchive: text,
  packageDir: text,
  files: list(text),
  output: text,
});

const nothing = z.null();
const linkIds = Object.keys(LINKS) as [LinkId, ...LinkId[]];

export const CALL_SCHEMAS: { readonly [N in CallName]: z.ZodType<Calls[N]['request']> } = {
  'app.info': nothing,
  'engine.status': z.strictObject({ fresh: z.boolean() }),
  'doctor.run': nothing,
  'dialog.pick': z.strictObject({ what: oneOf('dockerfile-or-archive', 'folder', 'icon', 'output-folder') }),
  'source.inspect': z.strictObject({ source: id }),
  'source.recent': nothing,
  'source.reopen': z.strictObject({ id }),
  'draft.plan': z.strictObject({ source: id, draft: draftSchema }),
  'draft.icon': z.strictObject({ source: id, icon: id, packageDir: z.string().max(4096).exactOptional() }),
  'jobs.list': nothing,
  'job.cancel': z.strictObject({ jobId: id }),
  'job.join': z.strictObject({ jobId: id }),
  'job.again': z.strictObject({ jobId: id }),
  'job.reveal': z.strictObject({ jobId: id }),
  'settings.get': nothing,
  'settings.set': z.strictObject({
    theme: oneOf('system', 'light', 'dark').exactOptional(),
    defaultTarget: z.enum(TARGET_IDS).exactOptional(),
    layerStoreBytes: z
      .number()
      .int()
      .min(1024 ** 3)
      .max(2 ** 50)
      .exactOptional(),
  }),
  'links.open': z.strictObject({ id: z.enum(linkIds) }),
};

const sourceAndDraft = z.strictObject({ source: id, draft: draftSchema });

export const jobStartSchema: z.ZodType<JobStart> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('extension.package'), request: sourceAndDraft }),
  z.strictObject({ kind: z.literal('image.build'), request: sourceAndDraft }),
]);

export const isCallName = (name: unknown): name is CallName => typeof name === 'string' && Object.hasOwn(CALL_SCHEMAS, name);
