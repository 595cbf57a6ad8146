import { isHostPath } from '../../extension/compose-short.ts';
import { nearest } from '../../extension/nearest.ts';
import { deref, entriesOf, itemsOf, locate, nodeAt, textOf, type Range, type SourceTree, type TreeNode } from '../../extension/source-tree.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { perService, serviceNodes, settled, type ServiceNode } from './compose-nodes.ts';

const SPEC = 'Compose Specification; measured with Compose 2.26';

interface Use {
  name: string;
  range: Range;
  how: string;
}

/** Names in a list of texts or {source: name} maps, or the keys of a map. */
function namesIn(node: TreeNode | undefined, how: string): Use[] {
  if (!node) return [];
  const at = deref(node);
  if (at.kind === 'map') return entriesOf(at).map(({ key, keyNode }) => ({ name: key, range: keyNode, how }));
  return itemsOf(at).flatMap((item) => {
    const source = nodeAt(item, 'source');
    const text = textOf(item) ?? textOf(source);
    return text === undefined || text.includes('$') ? [] : [{ name: text, range: textOf(item) === undefined && source ? source : item, how }];
  });
}

/** Services that a service names: depends_on, links, volumes_from, and "service:NAME" of the namespaces. */
function servicesNamedBy(service: ServiceNode): Use[] {
  const uses = namesIn(service.at('depends_on'), 'depends_on');
  for (const use of namesIn(service.at('links'), 'links')) uses.push({ ...use, name: use.name.split(':')[0] ?? '' });
  for (const use of namesIn(service.at('volumes_from'), 'volumes_from'))
    if (!use.name.startsWith('container:')) uses.push({ ...use, name: use.name.split(':')[0] ?? '' });
  for (const key of ['network_mode', 'pid', 'ipc']) {
    const node = service.at(key);
    const name = /^service:([^$]+)$/.exec(textOf(node) ?? '')?.[1];
    if (node && name !== undefined) uses.push({ name, range: node, how: key });
  }
  return uses;
}

/** What included files define is not known here, so nothing is undefined then. */
const closed = (input: CheckInput): boolean => (input.compose?.model?.includes.length ?? 0) === 0;

function undefinedIn(section: 'networks' | 'secrets' | 'configs', one: string): (input: CheckInput) => Found[] {
  return perService((service, input, tree) => {
    if (!closed(input)) return [];
    const known = entriesOf(nodeAt(tree.root, section)).map((pair) => pair.key);
    return namesIn(service.at(section), section)
      .filter(({ name }) => !known.includes(name) && !(section === 'networks' && name === 'default'))
      .map(({ name, range }) => undefinedOf(tree, one, section, service.name, name, range, known));
  });
}

function undefinedOf(
  tree: SourceTree,
  one: string,
  section: string,
  service: string,
  name: string,
  range: Range,
  known: readonly string[],
): Omit<Found, 'at'> & { range: Range } {
  const meant = nearest(name, known);
  const literal = tree.text.slice(range.start, range.end);
  const at = literal.indexOf(name);
  const fix =
    meant === undefined || at < 0
      ? undefined
      : { title: `Write ${meant}`, file: tree.file, edits: [{ offset: range.start + at, length: name.length, text: meant }] };
  return {
    range,
    message: `The service "${service}" uses the ${one} "${name}", which "${section}" at the top of the file does not define.${meant ? ` Did you mean "${meant}"?` : ''}`,
    ...(fix && { fix }),
  };
}

export const COMPOSE_REFERENCE_RULES: readonly Rule[] = [
  {
    id: 'compose-volume-undefined',
    severity: 'error',
    title: 'Named volumes are defined',
    source: 'Compose Specification, "volumes"',
    check: perService((service, input, tree) => {
      const model = input.compose?.model;
      const own = service.model;
      if (!model || !own || !closed(input)) return [];
      return own.volumes
        .filter(
          (volume) =>
            volume.type === 'volume' &&
            volume.source !== '' &&
            !volume.source.includes('$') &&
            !isHostPath(volume.source) &&
            !model.volumes.includes(volume.source),
        )
        .map((volume) => undefinedOf(tree, 'volume', 'volumes', service.name, volume.source, volume.range, model.volumes));
    }),
  },
  { id: 'compose-network-undefined', severity: 'error', title: 'Networks of services are defined', source: SPEC, check: undefinedIn('networks', 'network') },
  { id: 'compose-secret-undefined', severity: 'error', title: 'Secrets of services are defined', source: SPEC, check: undefinedIn('secrets', 'secret') },
  { id: 'compose-config-undefined', severity: 'error', title: 'Configs of services are defined', source: SPEC, check: undefinedIn('configs', 'config') },
  {
    id: 'compose-service-undefined',
    severity: 'error',
    title: 'Services that others name are there',
    source: SPEC,
    check: (input) => {
      const { tree, services } = serviceNodes(input);
      if (!closed(input)) return [];
      const known = new Set(entriesOf(nodeAt(tree.root, 'services')).map((pair) => pair.key));
      const withProfiles = new Set(services.filter((service) => service.at('profiles')).map((service) => service.name));
      return services.flatMap((service) => {
        const uses = servicesNamedBy(service);
        const extended = service.at('extends');
        const base = extended && !nodeAt(extended, 'file') ? (textOf(extended) ?? textOf(nodeAt(extended, 'service'))) : undefined;
        if (extended && base !== undefined && !base.includes('$'))
          uses.push({ name: base, range: textOf(extended) === undefined ? (nodeAt(extended, 'service') ?? extended) : extended, how: 'extends' });
        const asleep = (name: string): boolean =>
          !service.at('profiles') && withProfiles.has(name) && textOf(service.at('depends_on', name, 'required')) !== 'false';
        return uses
          .filter(({ name }) => !known.has(name) || asleep(name))
          .map(({ name, range, how }): Found => {
            if (known.has(name))
              return {
                at: locate(tree, range),
                severity: 'warning',
                message: `"${how}" of the service "${service.name}" names "${name}", which has profiles: unless one of them is switched on, Compose says there is no such service.`,
              };
            const meant = nearest(
              name,
              [...known].filter((other) => other !== service.name),
            );
            return {
              at: locate(tree, range),
              message: `"${how}" of the service "${service.name}" names "${name}", and there is no such service.${meant ? ` Did you mean "${meant}"?` : ''}`,
            };
          });
      });
    },
  },
  {
    id: 'compose-dependency-cycle',
    severity: 'error',
    title: 'Services do not wait for each other in a circle',
    source: SPEC,
    check: (input) => {
      const { tree, services } = serviceNodes(input);
      const edges = new Map(services.map((service) => [service.name, servicesNamedBy(service)]));
      const done = new Set<string>();
      const found: Found[] = [];
      const visit = (name: string, trail: readonly string[]): void => {
        for (const use of edges.get(name) ?? []) {
          const from = trail.indexOf(use.name);
          if (from >= 0)
            found.push({ at: locate(tree, use.range), message: `Services wait for each other in a circle: ${[...trail.slice(from), use.name].join(' -> ')}.` });
          else if (!done.has(use.name) && trail.length < 200) visit(use.name, [...trail, use.name]);
        }
        done.add(name);
      };
      for (const service of services) if (!done.has(service.name)) visit(service.name, [service.name]);
      return found.slice(0, 1);
    },
  },
  {
    id: 'compose-source-none',
    severity: 'error',
    title: 'Secrets and configs come from somewhere',
    source: SPEC,
    check: (input) => {
      const tree = input.compose?.model ? input.compose.tree : undefined;
      return (['secrets', 'configs'] as const).flatMap((section) =>
        entriesOf(tree && nodeAt(tree.root, section)).flatMap(({ key, keyNode, value }): Found[] => {
          const given = entriesOf(value).map((pair) => pair.key);
          if (!tree || given.some((name) => ['file', 'environment', 'content', 'external', 'driver', 'template_driver'].includes(name))) return [];
          return [
            {
              at: locate(tree, keyNode),
              message: `The ${section === 'secrets' ? 'secret' : 'config'} "${key}" says not where it comes from: it needs "file" or "environment".`,
            },
          ];
        }),
      );
    },
  },
  {
    id: 'compose-network-mode-networks',
    severity: 'error',
    title: 'A service has a network mode or networks, not both',
    source: SPEC,
    check: perService((service, input) => {
      const mode = service.key('network_mode');
      const networks = service.at('networks');
      if (!mode || !networks || settled(mode.value, input) === '' || (entriesOf(networks).length === 0 && itemsOf(networks).length === 0)) return [];
      return [{ range: mode.keyNode, message: `The service "${service.name}" has "network_mode" and "networks"; Compose takes one of them.` }];
    }),
  },
];
