import type { Severity } from '../checks/finding.ts';
import type { ExtensionDraft, PortDraft, ServiceDraft } from './draft.ts';
import { parseImageReference } from '../docker/image-reference.ts';
import { usesVariables } from './interpolate.ts';
import { portProblem, portRange } from './ports.ts';
import { TARGETS } from './targets.ts';

/** Says what is wrong with a field. */
export type Report = (field: string, severity: Severity, message: string) => void;

/** Fields of one service. A value with a variable (`${X}`) is not judged: what it will be is not known here. */
export function checkService(draft: ExtensionDraft, service: ServiceDraft, index: number, report: Report): void {
  const at = (field: string): string => `services.${index}.${field}`;
  if (!/^[a-zA-Z0-9._-]+$/.test(service.name))
    report(at('name'), 'error', service.name === '' ? 'The service needs a name.' : 'Letters, digits, dots, hyphens and underscores only.');
  else if (draft.services.findIndex((other) => other.name === service.name) !== index) report(at('name'), 'error', `Two services are called ${service.name}.`);
  if (service.image === '') report(at('image'), 'error', 'The service needs an image.');
  else if (!usesVariables(service.image) && !parseImageReference(service.image)) {
    report(
      at('image'),
      'error',
      /[A-Z]/.test(service.image.replace(/:[^:/]*$/, '')) ? 'Image names are in lower case.' : 'Not a name that an image can have; an example is app:1.0.',
    );
  }
  service.ports.forEach((port, i) => {
    checkPort(draft, service, port, at(`ports.${i}`), report);
  });
  if (service.networkMode === 'host' && service.ports.length > 0)
    report(at('networkMode'), 'hint', 'With the host network the ports below have no effect: every port of the service is open as it is.');
  checkPaths(service, at, report);
  service.environment.forEach((variable, i) => {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(variable.name))
      report(
        at(`environment.${i}.name`),
        'error',
        variable.name === '' ? 'The variable needs a name.' : 'Letters, digits and underscores, not beginning with a digit.',
      );
    else if (service.environment.findIndex((other) => other.name === variable.name) !== i)
      report(at(`environment.${i}.name`), 'error', `${variable.name} stands here twice.`);
    else if (/^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/.test(variable.name) && variable.value !== '' && !usesVariables(variable.value)) {
      report(
        at(`environment.${i}.value`),
        'warning',
        "It will stand in the package, where anybody who holds the file can read it. The payload's credentials file on the robot is the safe way.",
      );
    }
  });
  checkDevices(service, at, report);
  checkLimits(draft, service, at, report);
}

function checkPort(draft: ExtensionDraft, service: ServiceDraft, port: PortDraft, field: string, report: Report): void {
  const container = portRange(port.container.replace(/\/(tcp|udp|sctp)$/, ''));
  if (!container && !usesVariables(port.container))
    report(
      `${field}.container`,
      'error',
      port.container === '' ? 'The port inside the container is missing.' : `"${port.container}" is not a port from 1 to 65535.`,
    );
  if (usesVariables(port.host)) return;
  const colon = port.host.lastIndexOf(':');
  const address = colon < 0 ? '' : port.host.slice(0, colon);
  const host = port.host.slice(colon + 1);
  const problem = portProblem(host, port.protocol, draft.target, /^(127\.|\[?::1)/.test(address));
  // On the host network no port is published, so none can be out of reach.
  if (problem && !(service.networkMode === 'host' && problem.kind !== 'number'))
    report(`${field}.host`, problem.kind === 'range' ? 'warning' : 'error', problem.message);
  if (host === '' && TARGETS[draft.target].ports)
    report(`${field}.host`, 'warning', 'Without a port here Docker chooses one by chance, which cannot be reached from outside.');
  const published = draft.services.filter((one) => one.networkMode !== 'host').flatMap((one) => one.ports);
  const earlier = published.slice(0, Math.max(0, published.indexOf(port)));
  if (host !== '' && earlier.some((other) => other.protocol === port.protocol && overlaps(other.host, port.host)))
    report(`${field}.host`, 'error', `Port ${host}/${port.protocol} is taken already, above.`);
}

function overlaps(a: string, b: string): boolean {
  const [addressA, addressB] = [a, b].map((text) => text.slice(0, Math.max(0, text.lastIndexOf(':'))));
  if (addressA !== '' && addressB !== '' && addressA !== addressB) return false;
  const left = portRange(a.slice(a.lastIndexOf(':') + 1));
  const right = portRange(b.slice(b.lastIndexOf(':') + 1));
  return left !== null && right !== null && left.from <= right.to && right.from <= left.to;
}

function checkPaths(service: ServiceDraft, at: (field: string) => string, report: Report): void {
  service.volumes.forEach((volume, i) => {
    if (!volume.target.startsWith('/') && !usesVariables(volume.target))
      report(
        at(`volumes.${i}.target`),
        'error',
        volume.target === '' ? 'The path inside the container is missing.' : 'A path inside the container begins with a slash.',
      );
    else if (service.volumes.findIndex((other) => other.target === volume.target) !== i)
      report(at(`volumes.${i}.target`), 'error', `${volume.target} is mounted twice.`);
    if (/^[A-Za-z]:[\\/]/.test(volume.source)) report(at(`volumes.${i}.source`), 'error', 'A path of this computer does not exist on the target.');
    else if (volume.source.includes(':') && !usesVariables(volume.source))
      report(at(`volumes.${i}.source`), 'error', 'A path with a colon cannot be mounted this way.');
    else if (/^[A-Za-z]$/.test(volume.source))
      report(at(`volumes.${i}.source`), 'error', 'Compose takes a single letter for a drive of Windows; give the volume a longer name.');
    else if (/^\.\.(\/|$)/.test(volume.source))
      report(at(`volumes.${i}.source`), 'error', "It lies outside of the extension's folder, so it cannot be packed.");
    else if (volume.source !== '' && !/^[./~]/.test(volume.source) && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(volume.source) && !usesVariables(volume.source))
      report(at(`volumes.${i}.source`), 'error', 'A path begins with ./ or /; anything else is the name of a volume, of letters and digits.');
  });
}

function checkDevices(service: ServiceDraft, at: (field: string) => string, report: Report): void {
  service.devices.forEach((device, i) => {
    const unstable = /^\/dev\/(ttyUSB|ttyACM|video)\d+$/.exec(device.host);
    if (!device.host.startsWith('/') && !usesVariables(device.host))
      report(at(`devices.${i}.host`), 'error', device.host === '' ? 'The path of the device is missing.' : 'The path of a device begins with /dev/.');
    else if (!device.host.startsWith('/dev/') && !usesVariables(device.host)) report(at(`devices.${i}.host`), 'warning', 'Devices usually lie below /dev/.');
    else if (unstable?.[1] === 'video')
      report(
        at(`devices.${i}.host`),
        'warning',
        `${device.host} changes with the order in which cameras are found. A udev rule with SYMLINK+= gives a name that stays.`,
      );
    else if (unstable)
      report(
        at(`devices.${i}.host`),
        'warning',
        `${device.host} changes when the device is plugged in again, and the container does not start without it. Use its path below /dev/serial/by-id/.`,
      );
    if (device.container !== '' && !device.container.startsWith('/') && !usesVariables(device.container))
      report(at(`devices.${i}.container`), 'error', 'A path inside the container begins with a slash.');
  });
}

/** Compose's units: b, k, m, g, t, with or without a "b" behind, any case; a plain number is bytes. */
export function memoryBytes(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  if (!found) return null;
  return Number(found[1]) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf((found[2] ?? '').toLowerCase());
}

function checkLimits(draft: ExtensionDraft, service: ServiceDraft, at: (field: string) => string, report: Report): void {
  if (service.memoryLimit === '') {
    if (draft.target === 'spot-core-io')
      report(at('memoryLimit'), 'hint', "Without a limit one leak can take all memory of the robot's computer; 512m is a good start.");
  } else if (!usesVariables(service.memoryLimit)) {
    const bytes = memoryBytes(service.memoryLimit);
    if (bytes === null) report(at('memoryLimit'), 'error', 'A number with a unit, such as 512m or 2g.');
    // Docker's own least limit.
    else if (bytes < 6 * 1024 * 1024) report(at('memoryLimit'), 'error', 'Docker takes no limit below 6m; was a unit forgotten (512m)?');
  }
  if (service.gpu && !TARGETS[draft.target].gpu)
    report(at('gpu'), 'error', `${TARGETS[draft.target].title} has no GPU that a container can use: the service would not start.`);
}
