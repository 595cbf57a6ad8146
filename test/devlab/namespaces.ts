import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type LabEngine, labFolder, launch, ownState } from './engines.ts';
import { PartMissing } from './missing.ts';
import { isRoot, onPath, run } from './run.ts';

/**
 * An engine in a network namespace of its own, reached by plain TCP over a pair of virtual cables: its loopback is not ours,
 * as with a remote context or a virtual machine.
 */
export async function engineInOtherNamespace(): Promise<LabEngine & { host: string; port: number }> {
  if (!isRoot() || !onPath('ip') || !onPath('nsenter')) throw new PartMissing('network namespaces', 'needs root, iproute2 and nsenter');
  const id = randomBytes(2);
  const name = `gwn${id.toString('hex')}`;
  const [near, far] = [`gwa${id.toString('hex')}`, `gwz${id.toString('hex')}`];
  const host = `10.213.${id[0]}.2`;
  const remove = async (): Promise<void> => {
    await run('ip', ['link', 'del', near]).catch(() => undefined);
    await run('ip', ['netns', 'del', name]).catch(() => undefined);
  };
  try {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', far]);
    await run('ip', ['link', 'set', far, 'netns', name]);
    await run('ip', ['addr', 'add', `10.213.${id[0]}.1/30`, 'dev', near]);
    await run('ip', ['link', 'set', near, 'up']);
    await run('ip', ['-n', name, 'addr', 'add', `${host}/30`, 'dev', far]);
    await run('ip', ['-n', name, 'link', 'set', far, 'up']);
    await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    const dir = await labFolder();
    const socket = path.join(dir, 'docker.sock');
    const port = 2375;
    const daemon = await launch({
      dir,
      args: [...ownState(dir, socket), `--host=tcp://${host}:${port}`, '--tls=false'],
      path: [],
      target: { host, port },
      // Not "ip netns exec": it mounts a new /sys, and the cgroups are gone.
      before: ['nsenter', `--net=/run/netns/${name}`],
      after: remove,
    });
    return { socket, host, port, env: { DOCKER_HOST: `tcp://${host}:${port}` }, ...daemon };
  } catch (error) {
    await remove();
    throw error;
  }
}
