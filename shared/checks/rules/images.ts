import { interpolate } from '../../extension/interpolate.ts';
import { sameImage } from '../../docker/image-reference.ts';
import { serviceNodes } from './compose-nodes.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';

type Entry = NonNullable<CheckInput['images']>[number];

const perImage =
  (say: (entry: Entry, name: string, input: CheckInput) => string | null): ((input: CheckInput) => Found[]) =>
  (input) =>
    (input.images ?? []).flatMap((entry) => {
      const message = say(entry, entry.image.tags[0] ?? entry.image.id.slice(0, 19), input);
      return message === null ? [] : [{ message, at: { file: entry.archive } }];
    });

/** Bytes above which an image is large for a target's disk (reference: ifm has about 8 GB for people, CORE I/O 400 GB). */
const LARGE: Partial<Record<CheckInput['target'], number>> = { 'ifm-ovp80x': 3e9, 'ifm-ovp81x': 6e9, 'raspberry-pi-zero': 2e9 };

function runsWithOwnCommand(tags: readonly string[], input: CheckInput): boolean {
  const users = serviceNodes(input).services.filter((service) => {
    const image = service.model?.image;
    return image !== undefined && tags.some((tag) => sameImage(tag, interpolate(image.text, input.variables ?? new Map()).text));
  });
  return users.length === 0 || users.every((service) => service.at('command') ?? service.at('entrypoint'));
}

export const IMAGE_RULES: readonly Rule[] = [
  {
    id: 'image-command-missing',
    severity: 'warning',
    title: 'Every image says what it runs',
    source: 'measured: "docker import" loses CMD, ENTRYPOINT, ENV, USER and WORKDIR',
    check: perImage(({ image }, name, input) =>
      image.entrypoint.length + image.cmd.length > 0 || runsWithOwnCommand(image.tags, input)
        ? null
        : `${name} says not what to run${image.layers.length === 1 ? ', as images do that were made with "docker import"; use "docker load"' : ''}, and its service gives no command.`,
    ),
  },
  {
    id: 'image-root-user',
    severity: 'hint',
    title: 'Images run as a user of their own',
    source: 'SDK documentation, "Resource Consumption": root bypasses limits; most published images run as root',
    check: perImage(({ image }, name) =>
      /^(root|0)?(:.*)?$/.test(image.user) ? `${name} runs as root; a USER in the Dockerfile keeps a leak or a mistake inside.` : null,
    ),
  },
  {
    id: 'image-format-oci',
    severity: 'warning',
    title: 'Archives can be loaded by old engines',
    source: 'moby/buildkit#4131: engines before 25 refuse an archive without manifest.json',
    check: perImage(({ format }, name) =>
      format === 'oci-layout'
        ? `The archive with ${name} has the OCI layout only, which older engines cannot load: save it with "docker save" or type=docker.`
        : null,
    ),
  },
  {
    id: 'image-large',
    severity: 'hint',
    title: "Images fit on the target's disk",
    source: 'ifm documentation: about 8 GB are free; an upload needs room for package and image',
    check: perImage(({ image }, name, { target }) =>
      image.size > (LARGE[target] ?? 8e9)
        ? `${name} has ${(image.size / 1e9).toFixed(1)} GB unpacked; package, archive and image lie on the disk together while it is installed.`
        : null,
    ),
  },
];
