import type { ServiceDraft } from '../../../shared/extension/draft.ts';
import { looksSecret } from '../../../shared/extension/secret-names.ts';
import { Field } from '../../ui/field.tsx';
import { SecretInput, Select, TextInput } from '../../ui/inputs.tsx';
import { mark, type Problems } from './problems.ts';
import { Rows } from './rows.tsx';

interface RowsProps {
  service: ServiceDraft;
  problems: Problems;
  /** Path of the service in the draft. */
  at: string;
  patch: (part: Partial<ServiceDraft>) => void;
}

const PROTOCOLS = [
  { value: 'tcp', label: 'TCP' },
  { value: 'udp', label: 'UDP' },
] as const;
const ACCESS = [
  { value: 'rw', label: 'read and write' },
  { value: 'ro', label: 'read only' },
] as const;

export function PortRows({ service, problems, at, patch, range }: RowsProps & { range?: { from: number; to: number; reservedTcp: number[] } }) {
  const used = new Set(service.ports.map((p) => Number(p.host)));
  const free = (): string => {
    if (!range) return '';
    let port = range.from + 500;
    while (used.has(port) || range.reservedTcp.includes(port)) port += 1;
    return String(port);
  };
  return (
    <Rows
      items={service.ports}
      what="port"
      columns="minmax(0, 1fr) minmax(0, 1fr) 96px"
      empty={range ? `Reachable from outside through ports ${range.from} to ${range.to} of the target.` : 'None. Add one to reach the service from outside.'}
      make={() => ({ host: free(), container: '', protocol: 'tcp' as const })}
      onItems={(ports) => patch({ ports })}
    >
      {(p, i, change) => (
        <>
          <Field label="Port on the target" bare={i > 0} {...mark(problems, `${at}.ports.${i}.host`)}>
            <TextInput mono inputMode="numeric" value={p.host} onValue={(host) => change({ host })} />
          </Field>
          <Field label="Port in the container" bare={i > 0} {...mark(problems, `${at}.ports.${i}.container`)}>
            <TextInput mono inputMode="numeric" value={p.container} onValue={(container) => change({ container })} />
          </Field>
          <Field label="Protocol" bare={i > 0}>
            <Select value={p.protocol} options={PROTOCOLS} onValue={(protocol) => change({ protocol })} />
          </Field>
        </>
      )}
    </Rows>
  );
}

export function VolumeRows({ service, problems, at, patch }: RowsProps) {
  return (
    <Rows
      items={service.volumes}
      what="volume"
      columns="minmax(0, 1fr) minmax(0, 1fr) 148px"
      empty="None. A folder of the target or a named volume keeps data across restarts."
      make={() => ({ source: '', target: '', readOnly: false })}
      onItems={(volumes) => patch({ volumes })}
    >
      {(v, i, change) => (
        <>
          <Field label="Folder or volume" bare={i > 0} {...mark(problems, `${at}.volumes.${i}.source`)}>
            <TextInput mono value={v.source} placeholder="/opt/payload_credentials" onValue={(source) => change({ source })} />
          </Field>
          <Field label="Path in the container" bare={i > 0} {...mark(problems, `${at}.volumes.${i}.target`)}>
            <TextInput mono value={v.target} placeholder="/creds" onValue={(target) => change({ target })} />
          </Field>
          <Field label="Access" bare={i > 0}>
            <Select value={v.readOnly ? 'ro' : 'rw'} options={ACCESS} onValue={(a) => change({ readOnly: a === 'ro' })} />
          </Field>
        </>
      )}
    </Rows>
  );
}

export function EnvironmentRows({ service, problems, at, patch }: RowsProps) {
  return (
    <Rows
      items={service.environment}
      what="variable"
      columns="minmax(0, 1fr) minmax(0, 1.4fr)"
      empty="None. Variables are set when the container starts."
      make={() => ({ name: '', value: '' })}
      onItems={(environment) => patch({ environment })}
    >
      {(e, i, change) => (
        <>
          <Field label="Variable" bare={i > 0} {...mark(problems, `${at}.environment.${i}.name`)}>
            <TextInput mono value={e.name} onValue={(name) => change({ name })} />
          </Field>
          <Field
            label="Value"
            bare={i > 0}
            {...(looksSecret(e.name) && e.value !== '' ? { warning: 'Written into docker-compose.yml as it is.' } : {})}
            {...mark(problems, `${at}.environment.${i}.value`)}
          >
            {looksSecret(e.name) ? (
              <SecretInput value={e.value} onValue={(value) => change({ value })} />
            ) : (
              <TextInput mono value={e.value} onValue={(value) => change({ value })} />
            )}
          </Field>
        </>
      )}
    </Rows>
  );
}

export function DeviceRows({ service, problems, at, patch }: RowsProps) {
  return (
    <Rows
      items={service.devices}
      what="device"
      columns="minmax(0, 1fr) minmax(0, 1fr)"
      empty="None. Serial ports, cameras and the like, as they are called on the target."
      make={() => ({ host: '', container: '' })}
      onItems={(devices) => patch({ devices })}
    >
      {(d, i, change) => (
        <>
          <Field label="Device on the target" bare={i > 0} {...mark(problems, `${at}.devices.${i}.host`)}>
            <TextInput mono value={d.host} placeholder="/dev/ttyUSB0" onValue={(host) => change({ host })} />
          </Field>
          <Field label="In the container" bare={i > 0} {...mark(problems, `${at}.devices.${i}.container`)}>
            <TextInput mono value={d.container} placeholder="/dev/ttyUSB0" onValue={(container) => change({ container })} />
          </Field>
        </>
      )}
    </Rows>
  );
}
