import type { ComposeService } from './compose-model.ts';
import type { DeviceDraft, EnvDraft, PortDraft, ServiceDraft, VolumeDraft } from './draft.ts';
import { yamlText } from './yaml-scalar.ts';

const NETWORK_MODES = ['bridge', 'host', 'none'] as const;
const RESTARTS = ['no', 'always', 'on-failure', 'unless-stopped'] as const;

/** A service of a compose file as the form edits it. What the form cannot say (other network modes) comes out as "not set". */
export function serviceDraftOf(service: ComposeService): ServiceDraft {
  const restart = service.restart?.text.replace(/:\d+$/, '');
  return {
    name: service.name,
    image: service.image?.text ?? '',
    ports: service.ports.map((port) => ({
      host: port.hostIp === '' ? port.host : `${port.hostIp}:${port.host}`,
      container: port.protocol === 'sctp' ? `${port.container}/sctp` : port.container,
      protocol: port.protocol === 'udp' ? 'udp' : 'tcp',
    })),
    volumes: service.volumes.map(({ source, target, readOnly }) => ({ source, target, readOnly })),
    environment: service.environment.map(({ name, value }) => ({ name, value: value ?? '' })),
    devices: service.devices.map(({ host, container }) => ({ host, container })),
    networkMode: NETWORK_MODES.find((mode) => mode === service.networkMode?.text) ?? '',
    restart: RESTARTS.find((one) => one === restart) ?? '',
    memoryLimit: service.memoryLimit?.text ?? '',
    gpu: service.gpu,
  };
}

/** True where two services say the same, whatever the order of their keys; a device without a second path is the same inside. */
export function sameService(a: ServiceDraft, b: ServiceDraft): boolean {
  const parts = (one: ServiceDraft): unknown => [
    one.name,
    one.image,
    one.networkMode,
    one.restart,
    one.memoryLimit,
    one.gpu,
    one.ports.map((port) => [port.host, port.container, port.protocol]),
    one.volumes.map((volume) => [volume.source, volume.target, volume.readOnly]),
    one.devices.map((device) => [device.host, device.container || device.host]),
    one.environment.map((variable) => [variable.name, variable.value]).sort(),
  ];
  return JSON.stringify(parts(a)) === JSON.stringify(parts(b));
}

/** An empty service with the settings that suit an extension: restarted unless stopped, limited memory, a network of its own. */
export function newService(name: string, image: string): ServiceDraft {
  return {
    name,
    image,
    ports: [],
    volumes: [],
    environment: [],
    devices: [],
    networkMode: 'bridge',
    restart: 'unless-stopped',
    memoryLimit: '512m',
    gpu: false,
  };
}

/** One item of `ports`, always in quotes: YAML 1.1 reads 22:22 as a number to base 60. */
export function portLine(port: PortDraft): string {
  const ends = port.host === '' ? port.container : `${port.host}:${port.container}`;
  return JSON.stringify(port.protocol === 'udp' ? `${ends}/udp` : ends);
}

export function volumeLine(volume: VolumeDraft): string {
  const ends = volume.source === '' ? volume.target : `${volume.source}:${volume.target}`;
  return JSON.stringify(volume.readOnly ? `${ends}:ro` : ends);
}

export function deviceLine(device: DeviceDraft): string {
  return JSON.stringify(`${device.host}:${device.container === '' ? device.host : device.container}`);
}

export function envLine(variable: EnvDraft): string {
  return yamlText(`${variable.name}=${variable.value}`);
}

/** Lines of deploy.resources.reservations.devices for one NVIDIA GPU, as the SDK's template has them. */
export const GPU_LINES = ['- driver: nvidia', '  capabilities: [gpu]'] as const;

/** Order in which the keys of a service are written. */
export const SERVICE_KEYS = [
  'image',
  'build',
  'platform',
  'network_mode',
  'restart',
  'ports',
  'volumes',
  'devices',
  'environment',
  'deploy',
  'oom_score_adj',
] as const;

/** The lines of a whole service, as they stand under its name without indentation. */
export function serviceLines(service: ServiceDraft): string[] {
  const list = (key: string, lines: string[]): string[] => (lines.length === 0 ? [] : [`${key}:`, ...lines.map((line) => `  - ${line}`)]);
  const lines = [
    `image: ${yamlText(service.image)}`,
    ...(service.networkMode === '' ? [] : [`network_mode: ${service.networkMode}`]),
    ...(service.restart === '' ? [] : [`restart: ${service.restart === 'no' ? '"no"' : service.restart}`]),
    ...list('ports', service.ports.map(portLine)),
    ...list('volumes', service.volumes.map(volumeLine)),
    ...list('devices', service.devices.map(deviceLine)),
    ...list('environment', service.environment.map(envLine)),
  ];
  const limits = service.memoryLimit === '' ? [] : ['    limits:', `      memory: ${yamlText(service.memoryLimit)}`];
  const reservations = service.gpu ? ['    reservations:', '      devices:', ...GPU_LINES.map((line) => `        ${line}`)] : [];
  if (limits.length + reservations.length > 0) lines.push('deploy:', '  resources:', ...limits, ...reservations);
  // A service over its limit is killed before the robot's own programs (SDK documentation, "Resource Consumption").
  if (limits.length > 0) lines.push('oom_score_adj: 1000');
  return lines;
}
