import { interpolate } from '../../extension/interpolate.ts';
import { nearest } from '../../extension/nearest.ts';
import { locate, type Range } from '../../extension/source-tree.ts';
import { TARGETS } from '../../extension/targets.ts';
import { symlinksOf, type ParsedUdev, type UdevFault } from '../../extension/udev.ts';
import { isSystemDevice, UDEV_KEYS } from '../../extension/udev-words.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';

const GRAMMAR = 'udev(7); systemd, src/udev/udev-rules.c';

function faults(...kinds: UdevFault['kind'][]): (input: CheckInput) => Found[] {
  return ({ udev }) =>
    (udev?.faults ?? [])
      .filter((fault) => kinds.includes(fault.kind))
      .map((fault): Found => {
        const meant =
          fault.kind === 'key' && !fault.fix && udev ? nearest(udev.text.slice(fault.at.start, fault.at.end).toUpperCase(), Object.keys(UDEV_KEYS)) : undefined;
        return {
          message: meant ? `${fault.message} Did you mean ${meant}?` : fault.message,
          at: locate(udev as ParsedUdev, fault.at),
          ...(fault.fix &&
            udev && {
              fix: { title: fault.fix.title, file: udev.file, edits: [{ offset: fault.fix.offset, length: fault.fix.length, text: fault.fix.text }] },
            }),
        };
      });
}

const isDynamic = (name: string): boolean => /[%$]/.test(name);

/** Host paths below /dev that services name, as devices or binds, with their place in the compose file. */
function devicePaths(input: CheckInput): { path: string; range: Range; service: string }[] {
  return (input.compose?.model?.services ?? []).flatMap((service) =>
    [...service.devices.map(({ host, range }) => ({ host, range })), ...service.volumes.map(({ source, range }) => ({ host: source, range }))].flatMap(
      ({ host, range }) => {
        const { text, missing } = interpolate(host, input.variables ?? new Map());
        return missing.length > 0 || !text.startsWith('/dev/') ? [] : [{ path: text.replace(/\/+$/, ''), range, service: service.name }];
      },
    ),
  );
}

/** True where a rule makes the link: by its name, or by a name with substitutions that could become it. */
function makes(udev: ParsedUdev, path: string): boolean {
  const name = path.slice('/dev/'.length);
  return symlinksOf(udev).some((link) => link.name === name || (isDynamic(link.name) && couldBe(link.name, name)));
}

function couldBe(pattern: string, name: string): boolean {
  const fixed = pattern.split(/%[a-zA-Z]|%\{[^}]*\}|\$[a-zA-Z]+(?:\{[^}]*\})?/);
  let at = 0;
  return fixed.every((part, i) => {
    const found = i === 0 ? (name.startsWith(part) ? 0 : -1) : name.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

export const UDEV_RULES: readonly Rule[] = [
  { id: 'udev-syntax', severity: 'warning', title: 'udev rules are written as udev reads them', source: GRAMMAR, check: faults('syntax', 'continuation') },
  {
    id: 'udev-key-unknown',
    severity: 'warning',
    title: 'udev rules have keys that udev knows',
    source: `${GRAMMAR}; published rules have the removed key BUS`,
    check: faults('key'),
  },
  {
    id: 'udev-operator',
    severity: 'warning',
    title: 'udev rules have operators that fit their keys',
    source: `${GRAMMAR}; published rules have "!=="`,
    check: faults('operator'),
  },
  { id: 'udev-comma-missing', severity: 'warning', title: 'The parts of a udev rule have commas between them', source: GRAMMAR, check: faults('comma') },
  { id: 'udev-label-missing', severity: 'warning', title: 'Every GOTO has its LABEL further down', source: GRAMMAR, check: faults('label') },
  {
    id: 'udev-empty',
    severity: 'hint',
    title: 'The udev rules file has rules',
    source: 'published extensions with an empty one, or with comments only, work: it does nothing',
    check: ({ udev }) =>
      udev && udev.rules.length === 0 && udev.faults.length === 0
        ? [
            {
              message: `${udev.file} has ${udev.text.trim() === '' ? 'nothing in it' : 'comments only'}, so it does nothing.`,
              at: { file: udev.file, line: 1, column: 1 },
            },
          ]
        : [],
  },
  {
    id: 'udev-mode-world',
    severity: 'warning',
    title: 'Devices are not writable for everybody',
    source: 'udev(7): GROUP and MODE="0660" give a container with group_add the same',
    check: ({ udev }) => {
      const open = (udev?.rules ?? []).flatMap((rule) => rule.tokens.filter((token) => token.key === 'MODE' && /^"?0?[0-7]{2}[2367]$/.test(token.value)));
      const [first] = open;
      if (!udev || !first) return [];
      return [
        {
          message: `MODE="${first.value}" lets every program on the computer write to the device${open.length > 1 ? ` (${open.length} rules)` : ''}. MODE="0660" with a GROUP is enough.`,
          at: locate(udev, first.valueRange),
        },
      ];
    },
  },
  {
    id: 'udev-symlink-twice',
    severity: 'warning',
    title: 'Two rules make two links',
    source: 'udev(7): of several devices that claim one link, the one with the highest priority gets it, which changes',
    check: ({ udev }) => {
      if (!udev) return [];
      const links = symlinksOf(udev);
      return links
        .filter((link, i) => !isDynamic(link.name) && links.some((other, j) => j < i && other.name === link.name && other.rule !== link.rule))
        .map((link) => ({ message: `Another rule above makes the link "${link.name}" too: which device gets it is chance.`, at: locate(udev, link.at) }));
    },
  },
  {
    id: 'udev-symlink-missing',
    severity: 'warning',
    title: 'Links that services use are made by a rule',
    source: 'SDK documentation, "udev rules"; the container does not start while the device is absent',
    check: (input) => {
      const tree = input.compose?.tree;
      if (!tree || input.udev === undefined || !TARGETS[input.target].udev || input.target === 'generic-ssh') return [];
      const { udev } = input;
      return devicePaths(input)
        .filter(({ path }) => !isSystemDevice(path) && !(udev && makes(udev, path)))
        .map(({ path, range, service }) => {
          const meant = udev
            ? nearest(
                path.slice(5),
                symlinksOf(udev).map((link) => link.name),
              )
            : undefined;
          return {
            message: `The service "${service}" uses ${path}, which ${udev ? `no rule of ${udev.file} makes` : 'is no device of the system, and the manifest names no udev rules that make it'}.${meant ? ` Did you mean /dev/${meant}?` : ''}`,
            at: locate(tree, range),
          };
        });
    },
  },
  {
    id: 'udev-symlink-unused',
    severity: 'hint',
    title: 'Links that rules make are used',
    source: 'a link that nothing uses does no harm',
    check: (input) => {
      const { udev } = input;
      if (!udev || !input.compose?.model) return [];
      const used = devicePaths(input).map(({ path }) => path);
      // The whole of /dev, or a variable in a device, may be any of them.
      const unknown =
        used.includes('/dev') ||
        input.compose.model.services.some(
          (service) =>
            service.privileged ||
            service.devices.some((device) => device.host.includes('$')) ||
            service.volumes.some((volume) => volume.source === '/dev' || volume.source === '/dev/'),
        );
      if (unknown) return [];
      return symlinksOf(udev)
        .filter((link) => !isDynamic(link.name) && !used.includes(`/dev/${link.name}`))
        .map((link) => ({ message: `No service uses /dev/${link.name}.`, at: locate(udev, link.at) }));
    },
  },
  {
    id: 'udev-not-installed',
    severity: 'hint',
    title: 'udev rules are for targets that install them',
    source: 'SDK documentation: ignored on Orbit',
    check: (input) => {
      if (!input.udev || TARGETS[input.target].udev) return [];
      return [
        { message: `${TARGETS[input.target].title} does not install the udev rules of an extension.`, at: { file: input.udev.file, line: 1, column: 1 } },
      ];
    },
  },
];
