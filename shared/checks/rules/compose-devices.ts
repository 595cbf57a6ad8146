import { interpolate } from '../../extension/interpolate.ts';
import { portRange } from '../../extension/ports.ts';
import { deref, itemsOf, locate, textOf, type SourceTree } from '../../extension/source-tree.ts';
import { TARGETS } from '../../extension/targets.ts';
import { symlinksOf } from '../../extension/udev.ts';
import type { TextFix } from '../finding.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { indentOf, lineAfter, perService, serviceNodes, type ServiceNode } from './compose-nodes.ts';

const HOT_PLUG = 'measured: a device that is absent at the start keeps the container down, and its number changes with every plug';

/** Major numbers of the kernel's serial drivers: USB adapters and modems (Documentation/admin-guide/devices.txt). */
const majorOf = (path: string): number => (/ttyACM/.test(path) ? 166 : 188);

const MOST_PORTS = 500;

const UNSTABLE = /^\/dev\/(tty(USB|ACM)\d+|bus\/usb\/\d+\/\d+)$/;

/**
 * The block that survives unplugging: all of /dev read-only, permission by major number, the port by its id. Only for services written in
 * lines whose one device this is, and which have none of the block's keys yet. The path in the container changes, so a person has to agree.
 */
function hotPlugFix(tree: SourceTree, service: ServiceNode, path: string): TextFix | undefined {
  const devices = service.key('devices');
  const list = devices && deref(devices.value);
  const indent = devices ? indentOf(tree, devices.keyNode) : null;
  const own = 'pairs' in service.pair.value && service.pair.value.pairs.some((pair) => pair === devices);
  if (!devices || list?.kind !== 'seq' || list.flow || list.anchor || list.items.length !== 1 || indent === null || !own || /bus\/usb/.test(path))
    return undefined;
  if (['device_cgroup_rules', 'group_add'].some((key) => service.key(key)) || ['volumes', 'environment'].some((key) => service.key(key))) return undefined;
  const from = tree.text.lastIndexOf('\n', devices.keyNode.start - 1) + 1;
  const { offset, newline } = lineAfter(tree, list.items[0]?.end ?? list.end);
  const lines = [
    `device_cgroup_rules: ["c ${majorOf(path)}:* rmw"]`,
    'group_add: ["20"]',
    'volumes:',
    '  - {type: bind, source: /dev, target: /host/dev, read_only: true}',
    'environment:',
    '  - SERIAL_PORT=/host/dev/serial/by-id/NAME-OF-THE-ADAPTER',
  ];
  return {
    title: 'Use the block that survives unplugging',
    file: tree.file,
    needsReview: true,
    edits: [{ offset: from, length: offset - from, text: lines.map((line) => `${indent}${line}${newline}`).join('') }],
  };
}

export const COMPOSE_DEVICE_RULES: readonly Rule[] = [
  {
    id: 'compose-device-unstable',
    severity: 'warning',
    title: 'Devices are named by what they are, not by the order of plugging',
    source: HOT_PLUG,
    check: (input) => {
      const { tree, services } = serviceNodes(input);
      const made = input.udev ? symlinksOf(input.udev).map((link) => `/dev/${link.name}`) : [];
      return services.flatMap((service) =>
        (service.model?.devices ?? []).flatMap((device): Found[] => {
          const { text, missing } = interpolate(device.host, input.variables ?? new Map());
          if (missing.length > 0 || !UNSTABLE.test(text) || made.includes(text)) return [];
          const fix = hotPlugFix(tree, service, text);
          return [
            {
              at: locate(tree, device.range),
              ...(fix && { fix }),
              message: `${text} is another device after the next plug or start, and while it is absent the service "${service.name}" does not start. Mount /dev read-only with device_cgroup_rules and open /dev/serial/by-id/..., or make a link with a udev rule.`,
            },
          ];
        }),
      );
    },
  },
  {
    id: 'compose-device-missing-path',
    severity: 'error',
    title: 'Devices are absolute paths',
    source: 'Docker Engine API: the container does not start',
    check: perService((service, input) =>
      (service.model?.devices ?? []).flatMap((device) => {
        const { text, missing } = interpolate(device.host, input.variables ?? new Map());
        // "vendor.com/class=device" is a device of the Container Device Interface.
        if (missing.length > 0 || text.startsWith('/') || /^[\w.-]+\/[\w.-]+=/.test(text)) return [];
        return [{ range: device.range, message: `"${text}" of the service "${service.name}" is no path of a device, such as /dev/ttyAMA0.` }];
      }),
    ),
  },
  {
    id: 'compose-cgroup-rules-version',
    severity: 'warning',
    title: 'device_cgroup_rules reach the container',
    source: 'docker/compose#9251: Compose v2 before 2.3.3 ignores them; v1 refuses them in file format 3.x',
    check: perService((service, input, tree) => {
      const key = service.key('device_cgroup_rules');
      const version = input.compose?.model?.version;
      if (!key || !version || !/^3(\.\d+)?$/.test(version.text)) {
        return key && !version && input.target.startsWith('ifm-')
          ? [
              {
                range: key.keyNode,
                message: `${TARGETS[input.target].title} has Compose v1, which needs version: "2.4" at the top of the file for device_cgroup_rules.`,
              },
            ]
          : [];
      }
      const at = tree.text.slice(version.range.start, version.range.end);
      const fix = at.includes(version.text)
        ? {
            title: 'Write version 2.4',
            file: tree.file,
            edits: [{ offset: version.range.start + at.indexOf(version.text), length: version.text.length, text: '2.4' }],
            needsReview: true as const,
          }
        : undefined;
      return [
        {
          range: key.keyNode,
          message: `Compose v1 refuses device_cgroup_rules in file format ${version.text}; newer versions ignore "version". Write "2.4" or leave "version" out.`,
          ...(fix && { fix }),
        },
      ];
    }),
  },
  {
    id: 'compose-cgroup-rules-syntax',
    severity: 'error',
    title: 'device_cgroup_rules are written as the engine reads them',
    source: 'Docker Engine: "invalid device cgroup rule format"',
    check: perService((service) =>
      itemsOf(service.at('device_cgroup_rules')).flatMap((item) => {
        const text = textOf(item);
        return text === undefined || text.includes('$') || /^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text)
          ? []
          : [{ range: item, message: `"${text}" is no rule for devices: write "c 188:* rmw" (kind, major:minor, permissions).` }];
      }),
    ),
  },
  {
    id: 'compose-port-twice',
    severity: 'warning',
    title: 'No port is published twice',
    source: 'Docker: "port is already allocated"',
    check: (input: CheckInput) => {
      const { tree, services } = serviceNodes(input);
      const taken: { from: number; to: number; protocol: string; ip: string; service: string }[] = [];
      return services.flatMap((service) => {
        const own = service.model;
        if (!own || own.networkMode?.text === 'host' || own.profiles.length > 0) return [];
        return own.ports.flatMap((port): Found[] => {
          const { text, missing } = interpolate(port.host, input.variables ?? new Map());
          const range = missing.length === 0 ? portRange(text) : null;
          const inside = portRange(port.container);
          // One of a range is chosen for a single port, so it clashes with nothing for sure.
          if (!range || (range.from !== range.to && inside?.from === inside?.to)) return [];
          const ip = /^(0\.0\.0\.0|\[?::\]?)?$/.test(port.hostIp) ? '' : port.hostIp;
          // A file with more than a few hundred ports is nobody's extension.
          if (taken.length >= MOST_PORTS) return [];
          const before = taken.find(
            (one) => one.protocol === port.protocol && one.from <= range.to && range.from <= one.to && (one.ip === ip || one.ip === '' || ip === ''),
          );
          taken.push({ ...range, protocol: port.protocol, ip, service: service.name });
          return before
            ? [
                {
                  at: locate(tree, port.range),
                  message: `Port ${text}/${port.protocol} is published by ${before.service === service.name ? `the service "${service.name}" already` : `the service "${before.service}" too`}; only one can have it.`,
                },
              ]
            : [];
        });
      });
    },
  },
  {
    id: 'compose-port-chosen',
    severity: 'warning',
    title: 'Published ports have a number',
    source: "Docker chooses one above 32767, which Spot's firewall does not let in",
    check: perService((service, input) => {
      const own = service.model;
      if (!own || !TARGETS[input.target].ports || own.networkMode?.text === 'host') return [];
      return own.ports
        .filter((port) => (port.host === '' || port.host === '0') && !/^(127\.|\[?::1)/.test(port.hostIp) && portRange(port.container))
        .map((port) => ({
          range: port.range,
          message: `Docker chooses the outer port of ${port.raw}, by chance and out of reach; write ${port.container}:${port.container}. (service "${service.name}")`,
        }));
    }),
  },
];
