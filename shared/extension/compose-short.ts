import type { ComposePort, ComposeVolume } from './compose-model.ts';
import { splitOutsideVariables } from './interpolate.ts';
import { entriesOf, nodeAt, placed, textOf, type SourceTree, type TreeNode } from './source-tree.ts';

type Port = Omit<ComposePort, 'line' | 'range'>;
type Volume = Omit<ComposeVolume, 'line' | 'range'>;

/** One entry of `ports`, short ("127.0.0.1:8080:80/udp", 8080) or long ({target, published, protocol}). */
export function readPort(tree: SourceTree, item: TreeNode): ComposePort | undefined {
  const raw = textOf(item);
  if (raw !== undefined) return { ...parsePort(raw), ...placed(tree, item) };
  const container = textOf(nodeAt(item, 'target'));
  if (container === undefined) return undefined;
  const host = textOf(nodeAt(item, 'published')) ?? '';
  const hostIp = textOf(nodeAt(item, 'host_ip')) ?? '';
  const protocol = protocolOf(textOf(nodeAt(item, 'protocol')));
  return { raw: formatPort({ hostIp, host, container, protocol }), hostIp, host, container, protocol, syntax: 'long', ...placed(tree, item) };
}

/** Reads the short syntax: [[HOST_IP:]HOST:]CONTAINER[/PROTOCOL]; an IPv6 address stands in brackets. */
export function parsePort(raw: string): Port {
  const slash = raw.lastIndexOf('/');
  const protocol = protocolOf(slash < 0 ? undefined : raw.slice(slash + 1));
  const body = slash < 0 ? raw : raw.slice(0, slash);
  const bracket = /^(\[[^\]]*\]):(.*)$/.exec(body);
  const parts = splitOutsideVariables(bracket ? (bracket[2] ?? '') : body);
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  return { raw, hostIp: bracket?.[1] ?? parts.join(':'), host, container, protocol, syntax: 'short' };
}

/** The short syntax of a port. */
export function formatPort(port: { hostIp: string; host: string; container: string; protocol: string }): string {
  const ends = port.host === '' && port.hostIp === '' ? port.container : `${port.host}:${port.container}`;
  return `${port.hostIp === '' ? '' : `${port.hostIp}:`}${ends}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`;
}

function protocolOf(text: string | undefined): ComposePort['protocol'] {
  const word = text?.toLowerCase();
  return word === 'udp' || word === 'sctp' ? word : 'tcp';
}

/** One entry of `volumes`, short ("./data:/data:ro") or long ({type, source, target, read_only}). */
export function readVolume(tree: SourceTree, item: TreeNode): ComposeVolume | undefined {
  const raw = textOf(item);
  if (raw !== undefined) return { ...parseVolume(raw), ...placed(tree, item) };
  const target = textOf(nodeAt(item, 'target'));
  const type = textOf(nodeAt(item, 'type'));
  if (target === undefined && type === undefined) return undefined;
  const source = textOf(nodeAt(item, 'source')) ?? '';
  const readOnly = textOf(nodeAt(item, 'read_only')) === 'true';
  const plain = entriesOf(item).every((pair) => ['type', 'source', 'target', 'read_only'].includes(pair.key)) && (type === 'bind' || type === 'volume');
  return { raw: `${source}:${target ?? ''}`, type: isVolumeType(type) ? type : 'volume', source, target: target ?? '', readOnly, plain, ...placed(tree, item) };
}

const VOLUME_TYPES = ['bind', 'volume', 'tmpfs', 'npipe', 'cluster', 'image'] as const;
function isVolumeType(text: string | undefined): text is ComposeVolume['type'] {
  return VOLUME_TYPES.some((type) => type === text);
}

/** Reads the short syntax: [SOURCE:]TARGET[:OPTIONS]. A drive letter's colon ("C:\data:/data") does not split. */
export function parseVolume(raw: string): Volume {
  const parts = splitOutsideVariables(raw);
  if (/^[A-Za-z]$/.test(parts[0] ?? '') && /^[\\/]/.test(parts[1] ?? '')) parts.splice(0, 2, `${parts[0]}:${parts[1]}`);
  if (parts.length === 1) return { raw, type: 'volume', source: '', target: raw, readOnly: false, plain: false };
  const [source = '', target = '', options = ''] = parts;
  const flags = options.split(',').filter((flag) => flag !== '');
  return {
    raw,
    type: isHostPath(source) ? 'bind' : 'volume',
    source,
    target,
    readOnly: flags.includes('ro'),
    plain: flags.every((flag) => flag === 'ro' || flag === 'rw'),
  };
}

/** Compose takes a source as a path where it begins with a dot, a slash, a tilde or a drive letter; else it names a volume. */
export function isHostPath(source: string): boolean {
  return /^(\.|\/|~|\\|[A-Za-z]:[\\/])/.test(source);
}
