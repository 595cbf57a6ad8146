import { useEffect } from 'react';
import type { Manifest } from '../../../shared/extension/manifest.ts';
import { useNav } from '../../stores/nav.ts';
import { useWizard } from '../../stores/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { FindingList, findingCounts } from '../../ui/findings.tsx';
import { count, formatBytes } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { KeyValue } from '../../ui/table.tsx';
import { Page } from '../shell/page.tsx';
import { ArchiveImages } from './archive-images.tsx';
import { EntryTable } from './entry-table.tsx';
import css from './package.module.css';

const NAMES: readonly [keyof Manifest & string, string][] = [
  ['extension_name', 'Name'],
  ['version', 'Version'],
  ['description', 'Description'],
  ['installation_target', 'Installs on'],
  ['images', 'Image archives'],
  ['icon', 'Icon'],
  ['udev_rules', 'Device rules'],
  ['files_to_save', 'Files kept on upgrade'],
  ['directories_to_save', 'Folders kept on upgrade'],
  ['date', 'Date'],
];

function manifestItems(manifest: Manifest): [string, string][] {
  const known = new Set(NAMES.map(([key]) => key));
  const text = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : typeof value === 'string' ? value : JSON.stringify(value));
  const first = NAMES.filter(([key]) => manifest[key] !== undefined).map(([key, label]): [string, string] => [label, text(manifest[key])]);
  const rest = Object.keys(manifest)
    .filter((key) => !known.has(key))
    .map((key): [string, string] => [key, text(manifest[key])]);
  return [...first, ...rest];
}

/** A finished .spx, opened to look inside. Nothing is unpacked. */
export function PackagePage() {
  const report = useWizard((s) => s.report);
  const close = useWizard((s) => s.close);
  const go = useNav((s) => s.go);
  const pack = report?.package;
  useEffect(() => {
    if (!pack) go({ page: 'extensions' });
  }, [pack, go]);
  if (!report || !pack) return null;
  const findings = [...report.findings, ...pack.findings.filter((f) => !report.findings.some((r) => r.id === f.id && r.message === f.message))];
  return (
    <Page
      title={<MiddleTruncate text={report.name} tail={16} />}
      kicker={`Spot extension, ${formatBytes(pack.size)}, ${count(pack.entries.length, 'entry', 'entries')}`}
      focusKey="package"
      aside={
        <Button
          onClick={() => {
            close();
            go({ page: 'extensions' });
          }}
        >
          Open another
        </Button>
      }
    >
      <Card title="Checks" aside={<span className={css.quiet}>{findingCounts(findings)}</span>}>
        {findings.length > 0 ? <FindingList findings={findings} /> : <p>The package is whole: its manifest, compose file and images fit together.</p>}
      </Card>
      <Card title="Manifest">{pack.manifest ? <KeyValue items={manifestItems(pack.manifest)} /> : <p>There is no manifest.json that can be read.</p>}</Card>
      {pack.archives.map((a) => (
        <Card
          key={a.name}
          title={<MiddleTruncate text={a.name} tail={16} />}
          aside={
            <span className={css.quiet}>
              {formatBytes(a.report.size)}, {a.report.compression === 'none' ? 'not compressed' : a.report.compression}
            </span>
          }
          flush
        >
          <ArchiveImages report={a.report} />
        </Card>
      ))}
      <Card title="Contents" flush>
        <EntryTable entries={pack.entries} />
      </Card>
    </Page>
  );
}
