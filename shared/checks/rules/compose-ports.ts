import { portProblem } from '../../extension/ports.ts';
import { interpolate } from '../../extension/interpolate.ts';
import { locate } from '../../extension/source-tree.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { composeTree } from './compose.ts';

function ports(kind: 'reserved' | 'range' | 'number'): (input: CheckInput) => Found[] {
  return (input) => {
    const tree = composeTree(input);
    if (!tree) return [];
    return (input.compose?.model?.services ?? [])
      .filter((service) => service.networkMode?.text !== 'host')
      .flatMap((service) =>
        service.ports.flatMap((port) => {
          const host = interpolate(port.host, input.variables ?? new Map());
          // Port 0 is chosen by the engine, as none is.
          if (host.missing.length > 0 || host.text === '0' || port.protocol === 'sctp') return [];
          // A port that is bound to loopback is not reached from outside, so no range holds for it.
          const problem = portProblem(host.text, port.protocol, input.target, /^(127\.|\[?::1)/.test(port.hostIp));
          return problem?.kind === kind ? [{ message: `${problem.message} (service "${service.name}")`, at: locate(tree, port.range) }] : [];
        }),
      );
  };
}

const DOC = 'SDK documentation, "Ports For Incoming Traffic"';

export const COMPOSE_PORT_RULES: readonly Rule[] = [
  { id: 'compose-port-number', severity: 'error', title: 'Ports are numbers from 1 to 65535', source: 'TCP, UDP', check: ports('number') },
  { id: 'compose-port-reserved', severity: 'error', title: 'No service takes a port that the target keeps for itself', source: DOC, check: ports('reserved') },
  { id: 'compose-port-range', severity: 'warning', title: 'Published ports can be reached from outside', source: DOC, check: ports('range') },
  {
    id: 'compose-ports-host-network',
    severity: 'warning',
    title: 'No ports are published with the host network',
    source: 'Docker discards them with a warning',
    check: (input) =>
      (input.compose?.model?.services ?? []).flatMap((service) => {
        const tree = composeTree(input);
        const [port] = service.ports;
        if (!tree || !port || service.networkMode?.text !== 'host') return [];
        return [{ message: `"ports" of the service "${service.name}" have no effect with network_mode host.`, at: locate(tree, port.range) }];
      }),
  },
];
