import { entriesOf, itemsOf, nodeAt, textOf, type Range, type TreeNode } from '../../extension/source-tree.ts';
import { interpolate } from '../../extension/interpolate.ts';
import { portRange } from '../../extension/ports.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { perService, settled, type ServiceNode } from './compose-nodes.ts';

type Local = Omit<Found, 'at'> & { range: Range };
const MEASURED = 'measured with Compose 2.26';

/** Where a service says a size or a duration. */
const SIZES = [
  ['mem_limit'],
  ['mem_reservation'],
  ['memswap_limit'],
  ['shm_size'],
  ['deploy', 'resources', 'limits', 'memory'],
  ['deploy', 'resources', 'reservations', 'memory'],
  ['build', 'shm_size'],
];
const DURATIONS = [
  ['healthcheck', 'interval'],
  ['healthcheck', 'timeout'],
  ['healthcheck', 'start_period'],
  ['healthcheck', 'start_interval'],
  ['stop_grace_period'],
  ['deploy', 'restart_policy', 'delay'],
  ['deploy', 'restart_policy', 'window'],
  ['deploy', 'update_config', 'delay'],
  ['deploy', 'update_config', 'monitor'],
];

/** Bytes of a size as Compose reads it (docker/go-units, RAMInBytes): "512m", "1.5 GiB", "64kb"; null where it refuses it. */
export function sizeInBytes(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  if (!found) return null;
  return Number(found[1]) * 1024 ** 'kmgtp'.indexOf((found[2] ?? '').toLowerCase() || 'k') * (found[2] ? 1024 : 1);
}

function scalarsAt(
  service: ServiceNode,
  paths: readonly string[][],
  input: CheckInput,
  wrong: (text: string, path: string, node: TreeNode) => Omit<Local, 'range'> | null,
): Local[] {
  return paths.flatMap((path) => {
    const node = service.at(...path);
    const text = settled(node, input);
    const found = node && text !== undefined ? wrong(text, path.join('.'), node) : null;
    return found && node ? [{ ...found, range: node }] : [];
  });
}

/** Each entry of `ports` with its parts settled; those with unknown variables are left out. */
function portFaults(service: ServiceNode, input: CheckInput): Local[] {
  const own = service.model;
  return (own?.ports ?? []).flatMap((port): Local[] => {
    const [host, container, raw] = [port.host, port.container, port.raw].map((text) => interpolate(text, input.variables ?? new Map()));
    if (!host || !container || !raw || host.missing.length + container.missing.length + raw.missing.length > 0) return [];
    const say = (message: string): Local[] => [{ range: port.range, message: `${message} (service "${service.name}")` }];
    const protocol = port.syntax === 'short' ? /\/([^/]*)$/.exec(raw.text)?.[1] : undefined;
    if (protocol !== undefined && !/^(tcp|udp|sctp)$/i.test(protocol)) return say(`"${raw.text}" has the protocol "${protocol}"; there are tcp, udp and sctp.`);
    if (port.syntax === 'short' && !raw.text.startsWith('[') && raw.text.split(':').length > 3)
      return say(`"${raw.text}" has too many colons: a port is HOST:CONTAINER or ADDRESS:HOST:CONTAINER, an IPv6 address in brackets.`);
    const inside = portRange(container.text);
    if (port.syntax === 'short' && /\s/.test(raw.text.trim())) return say(`"${raw.text}" has a space in it.`);
    const outside = portRange(host.text);
    // A wrong host port is told by its own rule.
    if (!inside && host.text !== '' && !outside) return [];
    if (!inside) return say(`"${container.text}" is not a port from 1 to 65535.`);
    if (outside && outside.to - outside.from !== inside.to - inside.from && inside.to !== inside.from)
      return say(`"${raw.text}" maps ${outside.to - outside.from + 1} ports to ${inside.to - inside.from + 1}.`);
    return [];
  });
}

export const COMPOSE_VALUE_RULES: readonly Rule[] = [
  {
    id: 'compose-size',
    severity: 'error',
    title: 'Sizes are written as Compose reads them',
    source: MEASURED,
    check: perService((service, input) =>
      scalarsAt(service, SIZES, input, (text, path) =>
        sizeInBytes(text) !== null || (path === 'memswap_limit' && text === '-1')
          ? null
          : { message: `"${path}" of the service "${service.name}" is "${text}", which is no size: write 512m or 1g.` },
      ),
    ),
  },
  {
    id: 'compose-duration',
    severity: 'error',
    title: 'Durations are written as Compose reads them',
    source: MEASURED,
    check: perService((service, input) =>
      scalarsAt(service, DURATIONS, input, (text, path, node) => {
        // A bare number is told as a wrong type.
        if (node.kind === 'scalar' && typeof node.value === 'number') return null;
        if (/^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return null;
        const days = /^(\d+[wdhms])+$/.test(text);
        return {
          message: `"${path}" of the service "${service.name}" is "${text}", which is no duration: write 30s or 1m30s.${days ? ' Days and weeks are known to newer versions of Compose only.' : ''}`,
          ...(days && { severity: 'warning' as const }),
        };
      }),
    ),
  },
  {
    id: 'compose-number',
    severity: 'error',
    title: 'Numbers are numbers',
    source: MEASURED,
    check: perService((service, input) =>
      scalarsAt(service, [['cpus'], ['deploy', 'resources', 'limits', 'cpus'], ['deploy', 'resources', 'reservations', 'cpus']], input, (text, path) =>
        /^\d*\.?\d+$/.test(text) ? null : { message: `"${path}" of the service "${service.name}" is "${text}", which is no number.` },
      ),
    ),
  },
  {
    id: 'compose-extra-host',
    severity: 'error',
    title: 'Extra hosts have an address',
    source: MEASURED,
    check: perService((service, input) =>
      itemsOf(service.at('extra_hosts')).flatMap((item): Local[] => {
        const text = settled(item, input);
        return text === undefined || /[:=]./.test(text)
          ? []
          : [{ range: item, message: `"${text}" in "extra_hosts" of the service "${service.name}" has no address: write "name:address".` }];
      }),
    ),
  },
  { id: 'compose-port-syntax', severity: 'error', title: 'Ports are written as Compose reads them', source: MEASURED, check: perService(portFaults) },
  {
    id: 'compose-volume-syntax',
    severity: 'error',
    title: 'Volumes have a path in the container',
    source: `${MEASURED}; Docker Engine API`,
    check: perService((service, input) => {
      const own = service.model;
      return (own?.volumes ?? []).flatMap((volume): Local[] => {
        const { text, missing } = interpolate(volume.target, input.variables ?? new Map());
        if (missing.length > 0 || /^([/\\]|[A-Za-z]:)/.test(text)) return [];
        return [
          {
            range: volume.range,
            message:
              text === ''
                ? `A volume of the service "${service.name}" has no path in the container.`
                : `"${text}" in the volumes of the service "${service.name}" is not an absolute path, which Docker refuses.`,
          },
        ];
      });
    }),
  },
  {
    id: 'compose-mount-twice',
    severity: 'warning',
    title: 'Each path in a container is mounted once',
    source: `${MEASURED}: the last one counts`,
    check: perService((service) => {
      const volumes = service.model?.volumes ?? [];
      const plain = (path: string): string => path.replace(/\/+$/, '');
      return volumes
        .filter((volume, i) => volume.target !== '' && volumes.findIndex((other) => plain(other.target) === plain(volume.target)) < i)
        .map((volume) => ({
          range: volume.range,
          message: `${volume.target} of the service "${service.name}" is mounted a second time; only the last mount counts.`,
        }));
    }),
  },
  {
    id: 'compose-healthcheck-test',
    severity: 'error',
    title: 'The list of a health check begins with CMD, CMD-SHELL or NONE',
    source: MEASURED,
    check: perService((service, input, tree) => {
      const test = service.at('healthcheck', 'test');
      const [first] = itemsOf(test);
      const word = settled(first, input);
      if (!first || word === undefined || ['CMD', 'CMD-SHELL', 'NONE'].includes(word)) return [];
      const fix = {
        title: 'Begin with "CMD"',
        file: tree.file,
        edits: [
          {
            offset: first.start,
            length: 0,
            text:
              test && 'flow' in test && test.flow
                ? '"CMD", '
                : `"CMD"\n${' '.repeat(Math.max(0, first.start - 2 - tree.text.lastIndexOf('\n', first.start - 1) - 1))}- `,
          },
        ],
      };
      return [
        { range: first, message: `The health check of the service "${service.name}" begins with "${word}"; a list begins with CMD, CMD-SHELL or NONE.`, fix },
      ];
    }),
  },
  {
    id: 'compose-restart-value',
    severity: 'error',
    title: 'The restart policy is one that Docker knows',
    source: 'Docker Engine API: any other is refused when the container is made',
    check: perService((service, input) => {
      const node = service.at('restart');
      const text = settled(node, input);
      if (!node || text === undefined || /^(no|always|unless-stopped|on-failure(:\d+)?|false|)$/.test(text)) return [];
      return [
        {
          range: node,
          message: `The restart policy "${text}" of the service "${service.name}" is not known: there are no, always, on-failure and unless-stopped.`,
        },
      ];
    }),
  },
  {
    id: 'compose-memory-limits-differ',
    severity: 'error',
    title: 'mem_limit and deploy.resources.limits.memory agree',
    source: MEASURED,
    check: perService((service, input) => {
      const short = service.at('mem_limit');
      const [one, other] = [settled(short, input), settled(service.at('deploy', 'resources', 'limits', 'memory'), input)];
      if (!short || one === undefined || other === undefined || sizeInBytes(one) === sizeInBytes(other)) return [];
      return [{ range: short, message: `The service "${service.name}" has the memory limits ${one} and ${other}; Compose takes one.` }];
    }),
  },
  {
    id: 'compose-container-name-twice',
    severity: 'error',
    title: 'Two containers have two names',
    source: 'Docker Engine API',
    check: perService((service, input, tree) => {
      const node = service.at('container_name');
      const name = settled(node, input);
      if (!node || name === undefined) return [];
      const services = entriesOf(nodeAt(tree.root, 'services'));
      const before = services.slice(
        0,
        services.findIndex((pair) => pair.key === service.name),
      );
      const other = before.find((pair) => textOf(nodeAt(pair.value, 'container_name')) === name && !nodeAt(pair.value, 'profiles'));
      return other && !service.at('profiles')
        ? [{ range: node, message: `The services "${other.key}" and "${service.name}" both call their container "${name}".` }]
        : [];
    }),
  },
];
