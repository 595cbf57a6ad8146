import { useEffect, useState } from 'react';
import { DEFAULT_SETTINGS, type Settings } from '../../../shared/settings/settings.ts';
import { TARGET_IDS, TARGETS } from '../../../shared/extension/targets.ts';
import { call } from '../../api/bridge.ts';
import { useSettings } from '../../stores/settings.ts';
import { Card } from '../../ui/card.tsx';
import { Field } from '../../ui/field.tsx';
import { Select } from '../../ui/inputs.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { Page } from '../shell/page.tsx';
import css from './settings.module.css';

const THEMES = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;
const GIB = 1024 ** 3;
const BOUNDS = [5, 10, 20, 50, 100, 200];

export function SettingsPage() {
  const { settings, error, change, load } = useSettings();
  const [version, setVersion] = useState('');
  useEffect(() => {
    void call('app.info', null).then((info) => setVersion(info.ok ? info.value.version : ''));
  }, []);
  return (
    <Page title="Settings" kicker={version ? `Gangway ${version}. It asks nothing of the network unless you do.` : undefined} focusKey="settings">
      {error ? <ErrorView error={error} onRetry={() => void load()} /> : null}
      {settings ? (
        <SettingsForm settings={settings} onChange={(part) => void change(part)} />
      ) : error ? null : (
        <Card>
          <SkeletonBlock label="Loading settings" />
        </Card>
      )}
    </Page>
  );
}

export function SettingsForm({ settings, onChange }: { settings: Settings; onChange: (part: Partial<Settings>) => void }) {
  const gib = Math.round(settings.layerStoreBytes / GIB);
  const bounds = BOUNDS.includes(gib) ? BOUNDS : [...BOUNDS, gib].sort((a, b) => a - b);
  return (
    <>
      <Card title="Look">
        <div className={css.row}>
          <Field label="Theme" help="High contrast and reduced motion follow the system.">
            <Select value={settings.theme} options={THEMES} onValue={(theme) => onChange({ theme })} />
          </Field>
        </div>
      </Card>
      <Card title="Building">
        <div className={css.row}>
          <Field label="Target offered first" help="For sources whose files do not name one.">
            <Select
              value={settings.defaultTarget}
              options={TARGET_IDS.map((id) => ({ value: id, label: TARGETS[id].title }))}
              onValue={(defaultTarget) => onChange({ defaultTarget })}
            />
          </Field>
          <Field
            label="Layer store"
            help={`Compressed layers kept for the next packing; the oldest go first. ${DEFAULT_SETTINGS.layerStoreBytes / GIB} GiB is usual.`}
          >
            <Select
              value={String(gib)}
              options={bounds.map((b) => ({ value: String(b), label: `At most ${b} GiB` }))}
              onValue={(b) => onChange({ layerStoreBytes: Number(b) * GIB })}
            />
          </Field>
        </div>
      </Card>
    </>
  );
}
