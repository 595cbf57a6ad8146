import { Bot, CircuitBoard, Cpu, Eye, Laptop, Server, Terminal } from 'lucide-react';
import type { EngineStatus } from '../../../shared/docker/build.ts';
import { PLATFORMS } from '../../../shared/docker/platform.ts';
import type { ExtensionDraft } from '../../../shared/extension/draft.ts';
import { TARGET_IDS, TARGETS } from '../../../shared/extension/targets.ts';
import { Badge } from '../../ui/badge.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { type CardOption, CardRadioGroup } from '../../ui/card-radio.tsx';
import { Field } from '../../ui/field.tsx';
import { Select } from '../../ui/inputs.tsx';
import { cardOf, choosePlatform, chooseTarget, needsBuild, type TargetCard } from './draft-edits.ts';

const ICONS: Partial<Record<TargetCard, React.ReactNode>> = {
  'spot-core-io': <Bot />,
  orbit: <Server />,
  'ifm-ovp80x': <Eye />,
  'ifm-ovp81x': <Eye />,
  jetson: <Cpu />,
  'x86-64': <Laptop />,
  'generic-ssh': <Terminal />,
};

const X86: CardOption<TargetCard> = {
  value: 'x86-64',
  title: 'x86-64 computer',
  text: 'An industrial PC or a laptop with Docker.',
  badge: <Badge>linux/amd64</Badge>,
  icon: ICONS['x86-64'],
};

const CARDS: readonly CardOption<TargetCard>[] = TARGET_IDS.flatMap((id): CardOption<TargetCard>[] => {
  const t = TARGETS[id];
  const card = {
    value: id,
    title: t.title,
    text: id === 'generic-ssh' ? 'Any other board or computer. You choose the platform.' : t.summary,
    badge: <Badge>{t.platform ?? 'you choose'}</Badge>,
    icon: ICONS[id] ?? <CircuitBoard />,
  };
  return id === 'generic-ssh' ? [X86, card] : [card];
});

/** Whether the engine can run this platform: unknown (null) counts as yes until the build checks it. */
export function emulationMissing(engine: EngineStatus | null, draft: ExtensionDraft): boolean {
  return engine?.state === 'ready' && engine.info.platforms !== null && needsBuild(draft) && !engine.info.platforms.includes(draft.platform);
}

/** Whether there is something to build and nothing to build it with. */
export const engineMissing = (engine: EngineStatus | null, draft: ExtensionDraft): boolean => needsBuild(draft) && engine?.state === 'unavailable';

/** Where the extension will run. The platform follows from it. */
export function TargetStep({
  draft,
  engine,
  onEdit,
  onDoctor,
}: {
  draft: ExtensionDraft;
  engine: EngineStatus | null;
  onEdit: (change: (d: ExtensionDraft) => ExtensionDraft) => void;
  onDoctor: () => void;
}) {
  const card = cardOf(draft);
  return (
    <>
      <CardRadioGroup label="Target" value={card} options={CARDS} onValue={(v) => onEdit((d) => chooseTarget(d, v))} />
      {card === 'generic-ssh' ? (
        <Field label="Platform" help="As `docker version` on the target says under OS/Arch." className="narrow">
          <Select
            value={draft.platform}
            options={PLATFORMS.filter((p) => p !== 'linux/amd64').map((p) => ({ value: p, label: p }))}
            onValue={(p) => onEdit((d) => choosePlatform(d, p))}
          />
        </Field>
      ) : null}
      <p aria-live="polite" className="visually-hidden">
        Platform {draft.platform}
      </p>
      {emulationMissing(engine, draft) ? (
        <Banner tone="warn" title={`This computer cannot run ${draft.platform} programs yet`} action={<Button onClick={onDoctor}>See what is missing</Button>}>
          A Dockerfile with RUN lines needs emulation for that. It is one package.
        </Banner>
      ) : null}
    </>
  );
}
