import type { Finding } from '../checks/finding.ts';
import { parseCompose } from './compose.ts';
import type { ComposeService } from './compose-model.ts';
import { deviceLine, envLine, GPU_LINES, portLine, sameService, SERVICE_KEYS, serviceDraftOf, serviceLines, volumeLine } from './draft-service.ts';
import type { ServiceDraft } from './draft.ts';
import { entriesOf, findingAt, nodeAt, dataOf, type SourceTree } from './source-tree.ts';
import { nodeOnPath, removeIn, setIn, setList } from './yaml-edit.ts';
import { yamlText } from './yaml-scalar.ts';

/** A new docker-compose.yml. */
export function composeText(services: readonly ServiceDraft[]): string {
  if (services.length === 0) return 'services: {}\n';
  return `services:\n${services.map((service) => [`  ${service.name}:`, ...serviceLines(service).map((line) => `    ${line}`)].map((line) => `${line}\n`).join('')).join('')}`;
}

/**
 * An existing docker-compose.yml with what the draft changes. Each service is edited by itself and read back: where the result is not
 * what was asked for, or anything else would change with it (an anchor that others use), the service stays as it was
 * and a finding says so.
 */
export function editCompose(text: string, file: string, services: readonly ServiceDraft[]): { text: string; findings: Finding[] } {
  const { model, tree } = parseCompose(text, file);
  const refuse = (message: string, range = { start: 0, end: 0 }): Finding => findingAt(tree, range, 'compose-not-editable', 'error', message);
  if (!model) return { text, findings: [refuse(`${file} cannot be read, so the form cannot change it. Mend it first.`)] };
  const findings: Finding[] = [];
  let after = text;
  const step = (
    name: string,
    range: { start: number; end: number } | undefined,
    edited: string | null,
    done: (services: ComposeService[]) => boolean,
  ): void => {
    if (edited === after) return;
    if (edited !== null && othersSame(after, edited, file, name) && done(parseCompose(edited, file).model?.services ?? [])) after = edited;
    else
      findings.push(
        refuse(
          `The service "${name}" is written in a way that the form cannot change without touching other parts (flow style, an anchor or a merged key). Change it in the text.`,
          range,
        ),
      );
  };
  for (const service of services) {
    const before = model.services.find((one) => one.name === service.name);
    const same = (found: ComposeService[]): boolean => found.some((one) => one.name === service.name && sameService(serviceDraftOf(one), service));
    step(service.name, before?.range, before ? editService(after, before, service) : setIn(after, ['services', service.name], serviceLines(service)), same);
  }
  for (const gone of model.services.filter((one) => !services.some((service) => service.name === one.name))) {
    step(gone.name, gone.range, removeIn(after, ['services', gone.name], 1), (found) => !found.some((one) => one.name === gone.name));
  }
  return { text: after, findings };
}

type Step = (text: string) => string | null;

/** Applies the changes of one service, one after the other; null where one is not possible. */
function editService(text: string, model: ComposeService, wanted: ServiceDraft): string | null {
  const before = serviceDraftOf(model);
  const path = ['services', model.name];
  const behind = (key: string): string[] => SERVICE_KEYS.slice(0, Math.max(0, (SERVICE_KEYS as readonly string[]).indexOf(key))).reverse();
  const scalar =
    (key: string, value: string): Step =>
    (now) =>
      value === ''
        ? removeIn(now, [...path, key], 2)
        : setIn(now, [...path, key], [key === 'restart' && value === 'no' ? '"no"' : yamlText(value)], behind(key));
  const list = <T>(key: string, old: readonly T[], next: readonly T[], line: (item: T) => string): Step | null => {
    if (JSON.stringify(old) === JSON.stringify(next)) return null;
    const items = next.map((item) => JSON.stringify(item));
    return (now) =>
      setList(
        now,
        [...path, key],
        old.map((item) => JSON.stringify(item)),
        items,
        (item) => line(JSON.parse(item) as T),
        behind(key),
      );
  };
  const steps: (Step | null)[] = [
    before.image === wanted.image ? null : scalar('image', wanted.image),
    before.networkMode === wanted.networkMode ? null : scalar('network_mode', wanted.networkMode),
    before.restart === wanted.restart ? null : scalar('restart', wanted.restart),
    list('ports', before.ports, wanted.ports, portLine),
    list('volumes', before.volumes, wanted.volumes, volumeLine),
    list('devices', before.devices, wanted.devices, deviceLine),
    ...environment(text, path, before, wanted, list),
    before.memoryLimit === wanted.memoryLimit ? null : memory(path, wanted.memoryLimit),
    before.gpu === wanted.gpu ? null : gpu(path, wanted.gpu),
  ];
  return steps.reduce<string | null>((now, step) => (now === null || step === null ? now : step(now)), text);
}

type ListStep = <T>(key: string, old: readonly T[], next: readonly T[], line: (item: T) => string) => Step | null;

/** A list stays a list, a map a map. */
function environment(text: string, path: string[], before: ServiceDraft, wanted: ServiceDraft, list: ListStep): (Step | null)[] {
  if (JSON.stringify(before.environment) === JSON.stringify(wanted.environment)) return [];
  const node = nodeOnPath(parseCompose(text, '').tree.root, [...path, 'environment']);
  if (node?.kind !== 'map' || node.flow || wanted.environment.length === 0) return [list('environment', before.environment, wanted.environment, envLine)];
  const gone = before.environment.filter((one) => !wanted.environment.some((other) => other.name === one.name));
  const changed = wanted.environment.filter((one) => !before.environment.some((other) => other.name === one.name && other.value === one.value));
  return [
    ...changed.map(
      ({ name, value }): Step =>
        (now) =>
          setIn(now, [...path, 'environment', name], [yamlText(value)]),
    ),
    ...gone.map(
      ({ name }): Step =>
        (now) =>
          removeIn(now, [...path, 'environment', name], 3),
    ),
  ];
}

function memory(path: string[], limit: string): Step {
  return (now) => {
    const { tree } = parseCompose(now, '');
    const old =
      nodeOnPath(tree.root, [...path, 'mem_limit']) !== null && nodeAt(nodeOnPath(tree.root, path), 'deploy', 'resources', 'limits', 'memory') === undefined;
    const key = old ? [...path, 'mem_limit'] : [...path, 'deploy', 'resources', 'limits', 'memory'];
    return limit === '' ? removeIn(now, key, 2) : setIn(now, key, [yamlText(limit)], [...SERVICE_KEYS].reverse());
  };
}

function gpu(path: string[], wanted: boolean): Step {
  return (now) => {
    if (wanted) return setIn(now, [...path, 'deploy', 'resources', 'reservations', 'devices'], [...GPU_LINES]);
    let text: string | null = now;
    for (const key of [['runtime'], ['gpus'], ['deploy', 'resources', 'reservations', 'devices']])
      text = text === null ? null : removeIn(text, [...path, ...key], 2);
    return text;
  };
}

/** True where all but the service `name` means the same in both texts. */
function othersSame(before: string, after: string, file: string, name: string): boolean {
  const parts = (text: string): string | null => {
    const { tree, findings } = parseCompose(text, file);
    // Nested aliases can stand for gigabytes: a file with so many is not compared.
    if (findings.some((finding) => finding.id === 'compose-yaml') || aliases(tree) > 30) return null;
    const top = entriesOf(tree.root)
      .filter((pair) => pair.key !== 'services')
      .map((pair) => [pair.key, dataOf(pair.value)]);
    const services = entriesOf(nodeAt(tree.root, 'services'))
      .filter((pair) => pair.key !== name)
      .map((pair) => [pair.key, dataOf(pair.value)]);
    return JSON.stringify([top, services]);
  };
  const left = parts(before);
  return left !== null && left === parts(after);
}

function aliases(tree: SourceTree): number {
  return (tree.text.match(/(^|[\s[{,:])\*[^\s,\]}]/g) ?? []).length;
}
