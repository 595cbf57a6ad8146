import { CircleAlert, TriangleAlert } from 'lucide-react';
import type { Severity } from '../../../shared/checks/finding.ts';
import type { ExtensionDraft, ServiceDraft } from '../../../shared/extension/draft.ts';
import { TARGETS } from '../../../shared/extension/targets.ts';
import { Fold } from '../../ui/card.tsx';
import { Field } from '../../ui/field.tsx';
import { Select, Switch, TextInput } from '../../ui/inputs.tsx';
import css from './details.module.css';
import { patchService, setServiceImage } from './draft-edits.ts';
import { mark, type Problems, worstUnder } from './problems.ts';
import { DeviceRows, EnvironmentRows, PortRows, VolumeRows } from './service-rows.tsx';

const NETWORK = [
  { value: '', label: 'Engine default' },
  { value: 'bridge', label: 'bridge: own network, ports are mapped' },
  { value: 'host', label: "host: the target's own network" },
  { value: 'none', label: 'none: no network' },
] as const;
const RESTART = [
  { value: '', label: 'Engine default (no)' },
  { value: 'unless-stopped', label: 'unless-stopped: until you stop it' },
  { value: 'always', label: 'always: also after you stopped it' },
  { value: 'on-failure', label: 'on-failure: when it exits with an error' },
  { value: 'no', label: 'no: never' },
] as const;

export interface ServiceFormProps {
  draft: ExtensionDraft;
  index: number;
  service: ServiceDraft;
  problems: Problems;
  onEdit: (change: (d: ExtensionDraft) => ExtensionDraft) => void;
}

/** One compose service. Lists are folded with a summary of what is set; a fold with a wrong value opens itself. */
export function ServiceForm({ draft, index, service, problems, onEdit }: ServiceFormProps) {
  const at = `services.${index}`;
  const patch = (part: Partial<ServiceDraft>): void => onEdit((d) => patchService(d, index, part));
  const target = TARGETS[draft.target];
  const built = draft.images.some((m) => m.tag === service.image);
  const rows = { service, problems, at, patch };
  const ports = service.ports.map((p) => `${p.host || '?'} → ${p.container || '?'}${p.protocol === 'udp' ? '/udp' : ''}`);
  return (
    <>
      <div className={css.pair}>
        <Field label="Service name" help="How compose and the logs call it." {...mark(problems, `${at}.name`)}>
          <TextInput value={service.name} onValue={(name) => patch({ name })} />
        </Field>
        <Field
          label="Image tag"
          help={built ? 'Built here and packed under this tag.' : 'The image that it runs, as name:tag.'}
          {...mark(problems, `${at}.image`)}
        >
          <TextInput mono value={service.image} onValue={(image) => onEdit((d) => setServiceImage(d, index, image))} />
        </Field>
      </div>
      <div className={css.folds}>
        <Section title="Ports" at={`${at}.ports`} problems={problems} start={service.ports.length > 0} summary={ports.join(', ') || 'none'}>
          <PortRows {...rows} {...(target.ports ? { range: target.ports } : {})} />
        </Section>
        <Section title="Volumes" at={`${at}.volumes`} problems={problems} summary={service.volumes.map((v) => v.target || '?').join(', ') || 'none'}>
          <VolumeRows {...rows} />
        </Section>
        <Section title="Environment" at={`${at}.environment`} problems={problems} summary={service.environment.map((e) => e.name || '?').join(', ') || 'none'}>
          <EnvironmentRows {...rows} />
        </Section>
        <Section title="Devices" at={`${at}.devices`} problems={problems} summary={service.devices.map((d) => d.host || '?').join(', ') || 'none'}>
          <DeviceRows {...rows} />
        </Section>
        <Section
          title="Running"
          at={`${at}.run`}
          also={[`${at}.networkMode`, `${at}.restart`, `${at}.memoryLimit`, `${at}.gpu`]}
          problems={problems}
          summary={[
            service.networkMode || 'default network',
            service.restart || 'no restart',
            service.memoryLimit || 'no memory limit',
            service.gpu ? 'GPU' : '',
          ]
            .filter(Boolean)
            .join(', ')}
        >
          <div className={css.pair}>
            <Field label="Network mode" help="bridge keeps its ports apart; host shares the target's." {...mark(problems, `${at}.networkMode`)}>
              <Select value={service.networkMode} options={NETWORK} onValue={(networkMode) => patch({ networkMode })} />
            </Field>
            <Field label="Restart" help="When the engine starts it again." {...mark(problems, `${at}.restart`)}>
              <Select value={service.restart} options={RESTART} onValue={(restart) => patch({ restart })} />
            </Field>
            <Field label="Memory limit" help="Such as 512m or 2g. Without one, a leak can take the whole target down." {...mark(problems, `${at}.memoryLimit`)}>
              <TextInput mono value={service.memoryLimit} placeholder="512m" onValue={(memoryLimit) => patch({ memoryLimit })} />
            </Field>
            <Field label="GPU" {...mark(problems, `${at}.gpu`)}>
              <div className={css.switchBox}>
                <Switch
                  checked={service.gpu}
                  disabled={!target.gpu && !service.gpu}
                  label="Reserve the NVIDIA GPU"
                  help={target.gpu ? 'For CUDA, TensorRT and the like.' : `${target.title} has none.`}
                  onChecked={(gpu) => patch({ gpu })}
                />
              </div>
            </Field>
          </div>
        </Section>
      </div>
    </>
  );
}

function Section({
  title,
  at,
  also = [],
  problems,
  summary,
  start = false,
  children,
}: {
  title: string;
  at: string;
  also?: string[];
  problems: Problems;
  summary: string;
  start?: boolean;
  children: React.ReactNode;
}) {
  const worst = [at, ...also].map((path) => worstUnder(problems, path));
  const wrong = worst.includes('error');
  return (
    <Fold
      title={title}
      summary={<SectionSummary worst={wrong ? 'error' : worst.includes('warning') ? 'warning' : null} text={summary} />}
      start={start}
      hold={wrong}
    >
      {children}
    </Fold>
  );
}

/** What is set in a folded part, with a sign where something in it needs a look. */
export function SectionSummary({ worst, text }: { worst: Severity | null; text: string }) {
  if (worst === 'error') {
    return (
      <span className={css.wrong}>
        <CircleAlert aria-hidden="true" /> needs a look
      </span>
    );
  }
  return (
    <>
      {worst === 'warning' ? (
        <span className={css.warned} title="Has a warning">
          <TriangleAlert aria-hidden="true" />
          <span className="visually-hidden">has a warning: </span>
        </span>
      ) : null}
      {text}
    </>
  );
}
