import { TARGETS, type TargetId } from './targets.ts';

export interface PortProblem {
  kind: 'number' | 'reserved' | 'range';
  message: string;
}

/**
 * What is wrong with a host port (or a range "8000-8010") on a target; null where nothing is, and for "" (the engine chooses). `local`: bound
 * to loopback, so nothing outside needs to reach it.
 */
export function portProblem(host: string, protocol: 'tcp' | 'udp', target: TargetId, local = false): PortProblem | null {
  if (host === '') return null;
  const range = portRange(host);
  if (!range) return { kind: 'number', message: `"${host}" is not a port from 1 to 65535.` };
  const { ports, title } = TARGETS[target];
  if (!ports) return null;
  const reserved = ports.reservedTcp.find((port) => protocol === 'tcp' && port >= range.from && port <= range.to);
  if (reserved !== undefined) return { kind: 'reserved', message: `Port ${reserved} is reserved on ${title}.` };
  if (!local && (range.from < ports.from || range.to > ports.to))
    return { kind: 'range', message: `${title} lets in ports ${ports.from} to ${ports.to} from outside; ${host} is not among them.` };
  return null;
}

/** A port or a range of ports from text; null where it is neither. */
export function portRange(text: string): { from: number; to: number } | null {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (!found) return null;
  const from = Number(found[1]);
  const to = found[2] === undefined ? from : Number(found[2]);
  return from >= 1 && to <= 65535 && from <= to ? { from, to } : null;
}
