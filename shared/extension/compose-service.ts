import type { Finding } from '../checks/finding.ts';
import type { ComposeBuild, ComposeDevice, ComposeEnv, ComposeEnvFile, ComposeService } from './compose-model.ts';
import { readPort, readVolume } from './compose-short.ts';
import { splitOutsideVariables } from './interpolate.ts';
import {
  deref,
  entriesOf,
  findingAt,
  isNull,
  itemsOf,
  nameOfKind,
  nodeAt,
  pairOf,
  placed,
  placedText,
  textOf,
  type Pair,
  type PlacedText,
  type SourceTree,
  type TreeNode,
} from './source-tree.ts';

/** Keys of a service and what Compose takes there. A key with nothing after it is refused too, except where "nothing" stands. */
const TYPES: Record<string, ('list' | 'map' | 'text' | 'nothing')[]> = {
  image: ['text'],
  ports: ['list'],
  volumes: ['list'],
  devices: ['list'],
  expose: ['list'],
  cap_add: ['list'],
  cap_drop: ['list'],
  environment: ['list', 'map'],
  labels: ['list', 'map'],
  extra_hosts: ['list', 'map'],
  env_file: ['text', 'list'],
  build: ['text', 'map'],
  configs: ['list'],
  secrets: ['list'],
  network_mode: ['text'],
  restart: ['text'],
  platform: ['text'],
  depends_on: ['list', 'map'],
  command: ['text', 'list', 'nothing'],
  entrypoint: ['text', 'list', 'nothing'],
  deploy: ['map', 'nothing'],
  privileged: ['text'],
  group_add: ['list'],
  healthcheck: ['map'],
};

/** One service of the compose file, merge keys applied. Entries of a wrong type are findings and are left out. */
export function readService(tree: SourceTree, pair: Pair, findings: Finding[]): ComposeService {
  const node = deref(pair.value);
  const service: ComposeService = {
    name: pair.key,
    ...placed(tree, pair.keyNode),
    ports: [],
    volumes: [],
    environment: [],
    envFiles: [],
    devices: [],
    configs: [],
    secrets: [],
    gpu: false,
    privileged: false,
    profiles: [],
    hasHealthcheck: false,
  };
  if (node.kind !== 'map') {
    findings.push(
      findingAt(
        tree,
        node.kind === 'scalar' && !node.present ? pair.keyNode : node,
        'compose-type',
        'error',
        `The service "${pair.key}" must be a map; here stands ${nameOfKind(node)}.`,
      ),
    );
    return service;
  }
  for (const entry of entriesOf(node)) checkType(tree, pair.key, entry, findings);
  const at = (...path: string[]): TreeNode | undefined => nodeAt(node, ...path);
  const text = (...path: string[]): PlacedText | undefined => placedText(tree, at(...path));

  service.ports = itemsOf(at('ports')).flatMap((item) => readPort(tree, item) ?? []);
  service.volumes = itemsOf(at('volumes')).flatMap((item) => readVolume(tree, item) ?? []);
  service.environment = readEnvironment(tree, at('environment'));
  service.envFiles = readEnvFiles(tree, at('env_file'));
  service.devices = itemsOf(at('devices')).flatMap((item) => readDevice(tree, item) ?? []);
  service.configs = readReferences(tree, at('configs'));
  service.secrets = readReferences(tree, at('secrets'));
  service.privileged = textOf(at('privileged')) === 'true';
  service.gpu = asksForGpu(node);
  service.profiles = itemsOf(at('profiles')).flatMap((item) => textOf(item) ?? []);
  service.hasHealthcheck = pairOf(node, 'healthcheck') !== undefined;
  const found = {
    image: text('image'),
    build: readBuild(tree, at('build')),
    networkMode: text('network_mode'),
    restart: text('restart'),
    platform: text('platform'),
    user: text('user'),
    memoryLimit: text('deploy', 'resources', 'limits', 'memory') ?? text('mem_limit'),
    extends: readExtends(tree, at('extends')),
  };
  return Object.assign(service, Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)));
}

function checkType(tree: SourceTree, service: string, { key, keyNode, value }: Pair, findings: Finding[]): void {
  const allowed = Object.hasOwn(TYPES, key) ? TYPES[key] : undefined;
  const node = deref(value);
  // !reset empties a key; what it is then does not matter.
  if (!allowed || node.tag === '!reset') return;
  const kind = node.kind === 'map' ? 'map' : node.kind === 'seq' ? 'list' : node.value === null ? 'nothing' : 'text';
  if (allowed.includes(kind)) return;
  const words = allowed
    .filter((one) => one !== 'nothing')
    .map((one) => (one === 'text' ? 'text' : `a ${one}`))
    .join(' or ');
  const empty = node.kind === 'scalar' && !node.present;
  const hint = empty
    ? `"${key}" of the service "${service}" is empty, which Compose refuses: write ${allowed.includes('list') ? '[]' : words} or remove the key.`
    : `"${key}" of the service "${service}" must be ${words}; here stands ${nameOfKind(node)}.`;
  const fix =
    empty && allowed.includes('list')
      ? { title: 'Write an empty list', file: tree.file, edits: [{ offset: afterColon(tree.text, keyNode.end), length: 0, text: ' []' }] }
      : undefined;
  findings.push(findingAt(tree, empty ? keyNode : node, 'compose-type', 'error', hint, fix));
}

function afterColon(text: string, from: number): number {
  const colon = text.indexOf(':', from);
  return colon < 0 ? from : colon + 1;
}

function readEnvironment(tree: SourceTree, node: TreeNode | undefined): ComposeEnv[] {
  const map = entriesOf(node).map((pair) => ({ name: pair.key, value: isNull(pair.value) ? null : (textOf(pair.value) ?? ''), ...placed(tree, pair.value) }));
  const list = itemsOf(node).flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) return [];
    const equals = text.indexOf('=');
    return [{ name: equals < 0 ? text : text.slice(0, equals), value: equals < 0 ? null : text.slice(equals + 1), ...placed(tree, item) }];
  });
  return [...map, ...list];
}

function readEnvFiles(tree: SourceTree, node: TreeNode | undefined): ComposeEnvFile[] {
  if (!node) return [];
  const items = deref(node).kind === 'seq' ? itemsOf(node) : [node];
  return items.flatMap((item) => {
    const path = textOf(item) ?? textOf(nodeAt(item, 'path'));
    return path === undefined ? [] : [{ path, required: textOf(nodeAt(item, 'required')) !== 'false', ...placed(tree, item) }];
  });
}

function readDevice(tree: SourceTree, item: TreeNode): ComposeDevice | undefined {
  const raw = textOf(item);
  if (raw !== undefined) {
    // A variable may hold colons of its own: "${DEV:-/dev/x}:/dev/y".
    const [host = '', container = host, permissions = ''] = splitOutsideVariables(raw);
    return { raw, host, container, permissions, ...placed(tree, item) };
  }
  const source = textOf(nodeAt(item, 'source'));
  if (source === undefined) return undefined;
  const target = textOf(nodeAt(item, 'target')) ?? source;
  const permissions = textOf(nodeAt(item, 'permissions')) ?? '';
  return { raw: `${source}:${target}`, host: source, container: target, permissions, ...placed(tree, item) };
}

function readReferences(tree: SourceTree, node: TreeNode | undefined): PlacedText[] {
  return itemsOf(node).flatMap((item) => {
    const text = textOf(item) ?? textOf(nodeAt(item, 'source'));
    return text === undefined ? [] : [{ text, ...placed(tree, item) }];
  });
}

function readBuild(tree: SourceTree, node: TreeNode | undefined): ComposeBuild | undefined {
  if (!node || isNull(node)) return undefined;
  const short = textOf(node);
  if (short !== undefined) return { context: short, args: {}, secrets: [], ...placed(tree, node) };
  const dockerfile = textOf(nodeAt(node, 'dockerfile'));
  const target = textOf(nodeAt(node, 'target'));
  const args = readEnvironment(tree, nodeAt(node, 'args')).flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  return {
    context: textOf(nodeAt(node, 'context')) ?? '.',
    ...(dockerfile !== undefined && { dockerfile }),
    ...(target !== undefined && { target }),
    args: Object.fromEntries(args),
    secrets: readReferences(tree, nodeAt(node, 'secrets')).map((one) => one.text),
    ...placed(tree, node),
  };
}

function readExtends(tree: SourceTree, node: TreeNode | undefined): ComposeService['extends'] {
  if (!node) return undefined;
  const service = textOf(node) ?? textOf(nodeAt(node, 'service'));
  const file = textOf(nodeAt(node, 'file'));
  return service === undefined ? undefined : { service, ...(file !== undefined && { file }), ...placed(tree, node) };
}

function asksForGpu(node: TreeNode): boolean {
  if (textOf(nodeAt(node, 'runtime')) === 'nvidia' || nodeAt(node, 'gpus')) return true;
  return itemsOf(nodeAt(node, 'deploy', 'resources', 'reservations', 'devices')).some(
    (device) => textOf(nodeAt(device, 'driver')) === 'nvidia' || itemsOf(nodeAt(device, 'capabilities')).some((one) => textOf(one) === 'gpu'),
  );
}
