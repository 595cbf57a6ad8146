import { interpolate } from '../../extension/interpolate.ts';
import { isHostPath } from '../../extension/compose-short.ts';
import type { ComposeService, ComposeVolume } from '../../extension/compose-model.ts';
import { normaliseRelative } from '../../extension/relative-path.ts';
import { deref, itemsOf, locate, textOf, type SourceTree, type TreeNode } from '../../extension/source-tree.ts';
import type { TextFix } from '../finding.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { listed, perService, serviceNodes, type ServiceNode } from './compose-nodes.ts';

const CREDENTIALS = '/opt/payload_credentials';
const DOC = 'SDK documentation, "Payload credentials"';

function servicesOf(input: CheckInput): { tree: SourceTree; services: readonly ComposeService[] } {
  return { tree: input.compose?.tree ?? { file: 'docker-compose.yml', text: '', root: null, findings: [] }, services: input.compose?.model?.services ?? [] };
}

const isCredentials = (path: string): boolean => path === CREDENTIALS || path.startsWith(`${CREDENTIALS}/`);

/** The node that a volume of the model came from. */
function nodeOf(input: CheckInput, service: string, volume: ComposeVolume): TreeNode | undefined {
  const { services } = serviceNodes(input);
  return itemsOf(services.find((one) => one.name === service)?.at('volumes')).find((item) => item.start === volume.range.start);
}

/** Edits inside a short entry `SOURCE:TARGET[:OPTIONS]`, quotes kept; null for the long form and for quotes with escapes. */
function rewrite(tree: SourceTree, node: TreeNode | undefined, change: (raw: string) => string): TextFix['edits'] | null {
  const at = node && deref(node);
  if (at?.kind !== 'scalar' || at.style === 'block') return null;
  const begin = at.style === 'quoted' ? at.start + 1 : at.start;
  if (tree.text.slice(begin, begin + at.text.length) !== at.text) return null;
  return [{ offset: begin, length: at.text.length, text: change(at.text) }];
}

/** Words of command, entrypoint and environment. */
function wordsOf(service: ServiceNode): string[] {
  return ['entrypoint', 'command'].flatMap((key) => {
    const node = service.at(key);
    return (node?.kind === 'seq' ? itemsOf(node).map((item) => textOf(item) ?? '') : (textOf(node) ?? '').split(/\s+/)).filter((word) => word !== '');
  });
}

export const COMPOSE_MOUNT_RULES: readonly Rule[] = [
  {
    id: 'compose-credentials-missing',
    severity: 'warning',
    title: 'The credentials that a service is told to read are mounted',
    source: DOC,
    check: perService((service) => {
      const own = service.model;
      const words = wordsOf(service);
      const at = words.indexOf('--payload-credentials-file');
      const path = at >= 0 ? words[at + 1] : words.find((word) => word.startsWith('--payload-credentials-file='))?.split('=')[1];
      if (!own || path === undefined || !path.startsWith('/') || path.includes('$')) return [];
      const mounted = own.volumes.some(
        (volume) => volume.target !== '' && (path === volume.target || path.startsWith(`${volume.target.replace(/\/+$/, '')}/`)),
      );
      const secret = own.secrets.some((one) => path === `/run/secrets/${one.text}`) || own.configs.length > 0;
      const reversed = own.volumes.some((volume) => isCredentials(volume.target) && !isCredentials(volume.source));
      if (mounted || secret || reversed) return [];
      const node = service.at('command') ?? service.at('entrypoint') ?? service.pair.keyNode;
      return [
        {
          range: node,
          message: `The service "${service.name}" is told to read ${path}, and nothing is mounted there. Mount ${CREDENTIALS}/payload_guid_and_secret:${path}:ro.`,
        },
      ];
    }),
  },
  {
    id: 'compose-credentials-reversed',
    severity: 'warning',
    title: 'The credentials are mounted the right way round',
    source: `${DOC}; a published tutorial has it reversed`,
    check: (input) => {
      const { tree, services } = servicesOf(input);
      return services.flatMap((service) =>
        service.volumes
          .filter((volume) => isCredentials(volume.target) && volume.source !== '' && isHostPath(volume.source) && !isCredentials(volume.source))
          .map((volume): Found => {
            const edits = rewrite(tree, nodeOf(input, service.name, volume), (raw) => {
              const [source = '', target = '', ...rest] = raw.split(':');
              return [target, source, ...rest].join(':');
            });
            return {
              at: locate(tree, volume.range),
              message: `${volume.raw} mounts ${volume.source} of the robot over ${CREDENTIALS} in the container; the robot's credentials come first: ${volume.target}:${volume.source}.`,
              ...(edits && { fix: { title: 'Turn it round', file: tree.file, edits } }),
            };
          }),
      );
    },
  },
  {
    id: 'compose-credentials-writable',
    severity: 'warning',
    title: 'The credentials are mounted read-only',
    source: `${DOC}: a container that overwrites them locks the computer out of the robot`,
    check: (input) => {
      const { tree, services } = servicesOf(input);
      const open = services.flatMap((service) =>
        service.volumes.filter((volume) => isCredentials(volume.source) && !volume.readOnly).map((volume) => ({ service, volume })),
      );
      const [first] = open;
      if (!first) return [];
      const edits = open.map(({ service, volume }) =>
        rewrite(tree, nodeOf(input, service.name, volume), (raw) => (raw.split(':').length === 2 ? `${raw}:ro` : raw)),
      );
      const whole = edits.every((each) => each !== null) && open.every(({ volume }) => volume.raw.split(':').length === 2);
      const fix = whole ? { title: 'Mount them read-only', file: tree.file, edits: edits.flatMap((each) => each ?? []) } : undefined;
      return [
        {
          at: locate(tree, first.volume.range),
          message: `${listed([...new Set(open.map(({ service }) => service.name))])} can write the robot's credentials; reading is enough: add ":ro".`,
          ...(fix && { fix }),
        },
      ];
    },
  },
  {
    id: 'compose-credentials-absent',
    severity: 'warning',
    title: 'The credentials exist on the target',
    source: 'SDK documentation: the file exists on CORE I/O only',
    check: (input) => {
      const { tree, services } = servicesOf(input);
      if (input.target === 'spot-core-io' || input.target === 'generic-ssh') return [];
      return services.flatMap((service) =>
        service.volumes
          .filter((volume) => isCredentials(volume.source))
          .slice(0, 1)
          .map((volume) => ({
            at: locate(tree, volume.range),
            message: `${CREDENTIALS} exists on Spot CORE I/O only; elsewhere Docker makes an empty folder in its place.`,
          })),
      );
    },
  },
  {
    id: 'compose-volume-lost',
    severity: 'warning',
    title: 'What a service writes survives an upgrade',
    source: 'SDK documentation: an installation first uninstalls the extension of that name, with its folder, but for files_to_save and directories_to_save',
    check: (input) => {
      const { tree, services } = servicesOf(input);
      const manifest = input.manifest?.manifest;
      if (!manifest || !input.files || (input.target !== 'spot-core-io' && input.target !== 'orbit')) return [];
      const saved = [...(manifest.files_to_save ?? []), ...(manifest.directories_to_save ?? [])].map(
        (path) => normaliseRelative(path.replace(/^\/+/, '')) ?? '',
      );
      return services.flatMap((service) =>
        service.volumes.flatMap((volume): Found[] => {
          const { text, missing } = interpolate(volume.source, input.variables ?? new Map());
          const own = manifest.extension_name === undefined ? undefined : `/data/.extensions/${manifest.extension_name}`;
          const inside =
            own !== undefined && (text === own || text.startsWith(`${own}/`)) ? text.slice(own.length + 1) : /^\.{1,2}(\/|$)/.test(text) ? text : undefined;
          const path = inside === undefined ? null : normaliseRelative(inside === '' ? '.' : inside);
          if (
            missing.length > 0 ||
            volume.readOnly ||
            path === null ||
            path.startsWith('..') ||
            saved.some((kept) => kept !== '' && (path === kept || path.startsWith(`${kept}/`)))
          )
            return [];
          // What the package brings itself is there again after an upgrade.
          if (input.files?.some((file) => file === path || file.startsWith(path === '' ? '' : `${path}/`))) return [];
          return [
            {
              at: locate(tree, volume.range),
              message: `${text} of the service "${service.name}" lies in the extension's own folder, which an upgrade empties. Name it in "directories_to_save" of the manifest, pack it, or use a named volume.`,
            },
          ];
        }),
      );
    },
  },
];
