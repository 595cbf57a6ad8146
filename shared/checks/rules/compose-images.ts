import { imagesOf } from '../../extension/compose-files.ts';
import { parseImageReference, sameImage } from '../../docker/image-reference.ts';
import { ownershipOf } from '../../extension/public-images.ts';
import { locate } from '../../extension/source-tree.ts';
import type { CheckInput, Rule } from '../rule.ts';
import { composeTree, placeholderIn } from './compose.ts';

function images(input: CheckInput): ReturnType<typeof imagesOf> {
  return input.compose?.model ? imagesOf(input.compose.model, input.variables) : [];
}

function place(input: CheckInput, service: string): ReturnType<typeof locate> | { file: string } {
  const tree = composeTree(input);
  const found = input.compose?.model?.services.find((one) => one.name === service);
  return tree && found ? locate(tree, found.image?.range ?? found.range) : { file: 'docker-compose.yml' };
}

export const COMPOSE_IMAGE_RULES: readonly Rule[] = [
  {
    id: 'compose-image-reference',
    severity: 'error',
    title: 'Every image has a name that Docker accepts',
    source: 'distribution reference grammar',
    check: (input) =>
      images(input).flatMap(({ service, image }) => {
        // A place to fill in is told as that.
        if (image === null || parseImageReference(image) || placeholderIn(image)) return [];
        const why =
          image === ''
            ? 'it is empty'
            : /[A-Z]/.test(image.replace(/:[^:/]*$/, ''))
              ? `${image} has capitals, which image names cannot have`
              : `${image} is not a name that an image can have`;
        return [{ message: `The image of the service "${service}" is not right: ${why}.`, at: place(input, service) }];
      }),
  },
  {
    id: 'compose-image-none',
    severity: 'error',
    title: 'Every service has an image',
    source: 'Compose refuses a service with neither image nor build',
    check: (input) =>
      (input.compose?.model?.services ?? []).flatMap((service) => {
        if (service.image || service.extends) return [];
        if (service.build)
          return [
            {
              severity: 'warning' as const,
              message: `The service "${service.name}" has a build section and no image: the robot has nothing to build from. Name the image that is packed.`,
              at: place(input, service.name),
            },
          ];
        // A service of a wrong type is told by its own rule.
        if (input.compose?.findings.some((finding) => finding.id === 'compose-type' && finding.message.startsWith(`The service "${service.name}" `))) return [];
        return [{ message: `The service "${service.name}" has no image.`, at: place(input, service.name) }];
      }),
  },
  {
    id: 'compose-image-not-packed',
    severity: 'error',
    title: 'The image of every service is in an archive of the package',
    source: 'Compose pulls an image that is not loaded, which fails without the internet',
    check: (input) => {
      const { archives } = input;
      if (!archives || archives.some((archive) => archive.tags === undefined)) return [];
      const tags = archives.flatMap((archive) => archive.tags ?? []);
      return images(input).flatMap(({ service, image }) => {
        if (image === null || !parseImageReference(image) || tags.some((tag) => sameImage(tag, image))) return [];
        const own = ownershipOf(image) === 'own' && archives.length > 0;
        const close = tags.find((tag) => tag.split(':')[0] === image.split(':')[0]);
        const inside = archives.length === 0 ? 'the package has no archive' : `the archive holds ${tags.join(', ') || 'no tagged image'}`;
        const message = `The service "${service}" runs ${image}; ${inside}.${close ? ` Is ${close} meant?` : ''}${own ? '' : ' The robot will try to pull it, and needs the internet for that.'}`;
        return [{ message, at: place(input, service), severity: own ? ('error' as const) : ('warning' as const) }];
      });
    },
  },
  {
    id: 'archive-image-unused',
    severity: 'hint',
    title: 'Every packed image is used by a service',
    source: 'the package is larger than it needs to be',
    check: (input) => {
      const used = images(input);
      if (!input.compose?.model || used.some((one) => one.image === null) || input.compose.model.services.some((service) => service.extends)) return [];
      return (input.archives ?? []).flatMap((archive) =>
        (archive.tags ?? [])
          .filter((tag) => !used.some((one) => one.image !== null && sameImage(one.image, tag)))
          .map((tag) => ({ message: `${archive.name} holds ${tag}, which no service runs.`, at: { file: archive.name } })),
      );
    },
  },
];
