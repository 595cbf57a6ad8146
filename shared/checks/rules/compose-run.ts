import { nearest } from '../../extension/nearest.ts';
import { entriesOf, itemsOf, locate, nodeAt, textOf, type Range, type SourceTree } from '../../extension/source-tree.ts';
import { parsePlatform } from '../../docker/platform.ts';
import { TARGETS, type TargetId } from '../../extension/targets.ts';
import type { TextFix } from '../finding.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { indentOf, lineAfter, listed, perService, serviceNodes, settled, type ServiceNode } from './compose-nodes.ts';

const CONSUMPTION = 'SDK documentation, "Resource Consumption"';
/** Targets whose documentation asks for a memory limit; on others it is the owner's own affair. */
const LIMIT_ASKED: ReadonlySet<TargetId> = new Set(['spot-core-io', 'orbit', 'ifm-ovp80x', 'ifm-ovp81x']);
/** Targets whose documentation gives its GPU stanza as deploy.resources.reservations.devices, and those whose old Compose knows `runtime` only. */
const OLD_COMPOSE: ReadonlySet<TargetId> = new Set(['ifm-ovp80x', 'ifm-ovp81x']);

/** One finding for all services that lack something, at the first of them: five services without a limit are one omission. */
function missing(
  lacks: (service: ServiceNode, input: CheckInput) => boolean,
  say: (names: string, many: boolean, input: CheckInput) => string,
  fixOf?: (tree: SourceTree, services: readonly ServiceNode[]) => TextFix | undefined,
): (input: CheckInput) => Found[] {
  return (input) => {
    const { tree, services } = serviceNodes(input);
    const lacking = services.filter((service) => lacks(service, input));
    const [first] = lacking;
    if (!first) return [];
    const fix = fixOf?.(tree, lacking);
    return [{ message: say(listed(lacking.map(({ name }) => name)), lacking.length > 1, input), at: locate(tree, first.pair.keyNode), ...(fix && { fix }) }];
  };
}

/** Puts a line below `image:` (or `build:`) of every service that is written in lines. */
function addLine(title: string, line: string): (tree: SourceTree, services: readonly ServiceNode[]) => TextFix | undefined {
  return (tree, services) => {
    const edits = services.flatMap((service) => {
      const key = service.key('image') ?? service.key('build');
      const own = 'pairs' in service.pair.value ? service.pair.value.pairs.some((pair) => pair === key) : false;
      const value = key && nodeAt(key.value);
      const indent = key && own ? indentOf(tree, key.keyNode) : null;
      if (!key || value?.kind !== 'scalar' || value.style === 'block' || indent === null) return [];
      const { offset, prefix, newline } = lineAfter(tree, Math.max(value.end, key.keyNode.end));
      return [{ offset, length: 0, text: prefix === '' ? `${indent}${line}${newline}` : `${prefix}${indent}${line}` }];
    });
    return edits.length === services.length ? { title, file: tree.file, edits } : undefined;
  };
}

const memoryOf = (service: ServiceNode): Range | undefined => service.at('deploy', 'resources', 'limits', 'memory') ?? service.at('mem_limit');

/** A mistyped key is told as that, and not as a missing one too. */
function misspelt(service: ServiceNode, wanted: string): boolean {
  return entriesOf(service.pair.value).some(
    ({ key }) => key !== wanted && !key.startsWith('x-') && Math.abs(key.length - wanted.length) <= 3 && nearest(key, [wanted]) !== undefined,
  );
}

/** A service that others only wait for until it has ended, or that a person starts. */
function runsOnce(service: ServiceNode, input: CheckInput): boolean {
  return service.at('profiles') !== undefined || endingServices(input).has(service.name);
}

const ending = new WeakMap<object, Set<string>>();

function endingServices(input: CheckInput): Set<string> {
  const { services } = serviceNodes(input);
  let names = ending.get(services);
  if (!names) {
    names = new Set(
      services.flatMap((other) =>
        entriesOf(other.at('depends_on'))
          .filter((pair) => textOf(nodeAt(pair.value, 'condition')) === 'service_completed_successfully')
          .map((pair) => pair.key),
      ),
    );
    ending.set(services, names);
  }
  return names;
}

export const COMPOSE_RUN_RULES: readonly Rule[] = [
  {
    id: 'compose-memory-limit',
    severity: 'warning',
    title: 'Every service has a memory limit',
    source: CONSUMPTION,
    check: missing(
      (service, input) => LIMIT_ASKED.has(input.target) && !memoryOf(service) && !misspelt(service, 'mem_limit') && !service.at('extends'),
      (names, many, input) =>
        `${names} ${many ? 'have' : 'has'} no memory limit: a leak there takes down the other services of ${TARGETS[input.target].title}. Set deploy.resources.limits.memory, and oom_score_adj: 1000.`,
    ),
  },
  {
    id: 'compose-oom-score',
    severity: 'hint',
    title: 'A limited service is the first that is killed',
    source: CONSUMPTION,
    check: missing(
      (service, input) =>
        (input.target === 'spot-core-io' || input.target === 'orbit') &&
        memoryOf(service) !== undefined &&
        !service.at('oom_score_adj') &&
        !service.at('extends'),
      (names, many) =>
        `${names} ${many ? 'have' : 'has'} a memory limit and no oom_score_adj: with 1000 the kernel ends ${many ? 'them' : 'it'} before the robot's own services.`,
      addLine('Add oom_score_adj: 1000', 'oom_score_adj: 1000'),
    ),
  },
  {
    id: 'compose-restart-missing',
    severity: 'warning',
    title: 'Every service has a restart policy',
    source: "every published extension of the SDK has one but the template's unfinished parts",
    check: missing(
      (service, input) =>
        !service.at('restart') &&
        !misspelt(service, 'restart') &&
        !service.at('deploy', 'restart_policy') &&
        !service.at('extends') &&
        !runsOnce(service, input),
      (names, many) => `${names} ${many ? 'have' : 'has'} no restart policy, so ${many ? 'they stay' : 'it stays'} down after a crash or a power cycle.`,
      addLine('Add restart: unless-stopped', 'restart: unless-stopped'),
    ),
  },
  {
    id: 'compose-privileged',
    severity: 'warning',
    title: 'No service is privileged',
    source: 'Docker documentation: the container gets every device and capability of the host',
    check: perService((service, input) => {
      const node = service.at('privileged');
      const text = settled(node, input);
      if (!node || text === undefined || !/^(true|yes|on|y|t|1)$/i.test(text)) return [];
      return [
        {
          range: node,
          message: `The service "${service.name}" is privileged: whoever gets into the container has the whole computer. Name the devices and capabilities that it needs.`,
        },
      ];
    }),
  },
  {
    id: 'compose-platform-incomplete',
    severity: 'hint',
    title: 'A platform names its architecture',
    source: 'measured with Compose 2.26: "linux" is accepted and says nothing; published extensions have it',
    check: perService((service) => {
      const node = service.at('platform');
      return node && textOf(node) === 'linux'
        ? [{ range: node, message: `"platform: linux" of the service "${service.name}" names no architecture, so it says nothing.` }]
        : [];
    }),
  },
  {
    id: 'compose-platform-mismatch',
    severity: 'warning',
    title: "The platform of a service is the target's",
    source: 'Docker runs another one only under emulation, which robots do not have',
    check: perService((service, input) => {
      const node = service.at('platform');
      const text = settled(node, input);
      const wanted = TARGETS[input.target].platform;
      if (!node || text === undefined || text === '' || text === 'linux' || wanted === null) return [];
      const said = parsePlatform(text);
      if (said === wanted) return [];
      return [
        {
          range: node,
          message:
            said === null
              ? `"${text}" is no platform that Docker has images for; ${TARGETS[input.target].title} is ${wanted}.`
              : `The service "${service.name}" asks for ${text}; ${TARGETS[input.target].title} is ${wanted}.`,
        },
      ];
    }),
  },
  {
    id: 'compose-log-size',
    severity: 'warning',
    title: 'Logs have a largest size',
    source: 'Docker documentation: json-file keeps everything by default',
    check: perService((service, input) => {
      const node = service.at('logging', 'driver');
      if (!node || settled(node, input) !== 'json-file' || service.at('logging', 'options', 'max-size')) return [];
      return [
        { range: node, message: `The logs of the service "${service.name}" grow until the disk is full: give json-file the options max-size and max-file.` },
      ];
    }),
  },
  {
    id: 'compose-gpu',
    severity: 'warning',
    title: 'The GPU is asked for as the target understands it',
    source: 'SDK template; ifm documentation ("runtime: nvidia"); Compose release notes ("gpus" since 2.30)',
    check: perService((service, input) => {
      const runtime = service.key('runtime');
      const gpus = service.key('gpus');
      const devices = itemsOf(service.at('deploy', 'resources', 'reservations', 'devices')).find(
        (device) => textOf(nodeAt(device, 'driver')) === 'nvidia' || itemsOf(nodeAt(device, 'capabilities')).some((one) => textOf(one) === 'gpu'),
      );
      const nvidia = runtime && textOf(runtime.value) === 'nvidia' ? runtime.keyNode : undefined;
      const asked = gpus?.keyNode ?? nvidia ?? devices;
      const { gpu, title } = TARGETS[input.target];
      if (!asked) return [];
      if (!gpu)
        return [{ range: asked, message: `The service "${service.name}" asks for an NVIDIA GPU; ${title} has none, so the container would not start.` }];
      if (OLD_COMPOSE.has(input.target) && !nvidia)
        return [{ range: asked, message: `${title} has an old Compose, which gives a GPU to "runtime: nvidia" only (file format 2.3 or 2.4).` }];
      if (gpus && input.target === 'spot-core-io')
        return [
          {
            range: gpus.keyNode,
            message: `"gpus" needs Compose 2.30; on ${title} ask with deploy.resources.reservations.devices: [{driver: nvidia, capabilities: [gpu]}].`,
          },
        ];
      return [];
    }),
  },
  {
    id: 'compose-build-on-robot',
    severity: 'warning',
    title: 'Nothing is built on the robot',
    source: 'the package has no build context, and the robot no internet',
    check: perService((service) => {
      const node = service.at('pull_policy');
      return node && service.at('build') && textOf(node) === 'build'
        ? [{ range: node, message: `"pull_policy: build" builds "${service.name}" on the target at every start, which has nothing to build from.` }]
        : [];
    }),
  },
  {
    id: 'compose-image-latest',
    severity: 'hint',
    title: 'Images have a tag of their own',
    source: 'published extensions with "latest" work; two releases cannot be told apart',
    check: perService((service, input) => {
      const node = service.at('image');
      const text = settled(node, input);
      if (!node || !text || text.includes('@') || /[{}\s]/.test(text)) return [];
      const tag = /:([^:/]+)$/.exec(text)?.[1];
      return tag === undefined || tag === 'latest'
        ? [
            {
              range: node,
              message: `The image of the service "${service.name}" has ${tag ? 'the tag "latest"' : 'no tag, which means "latest"'}: nobody can tell which release runs.`,
            },
          ]
        : [];
    }),
  },
];
