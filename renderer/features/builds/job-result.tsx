import { CircleCheck, FolderOpen } from 'lucide-react';
import type { BuildResult } from '../../../shared/docker/build.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { FindingList, findingCounts } from '../../ui/findings.tsx';
import { formatBytes, formatDuration } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { type Column, KeyValue, Table } from '../../ui/table.tsx';
import { EntryTable } from '../package/entry-table.tsx';
import css from './builds.module.css';

type Image = PackageResult['images'][number];

const IMAGES: readonly Column<Image>[] = [
  { key: 'tag', head: 'Image', width: '1fr', cell: (i) => <MiddleTruncate text={i.tags.join(', ') || 'without a tag'} tail={18} /> },
  { key: 'platform', head: 'Platform', width: '140px', cell: (i) => <Badge tone="accent">{i.platform}</Badge> },
  { key: 'id', head: 'Image id', width: '150px', cell: (i) => <MiddleTruncate text={i.id.replace(/^sha256:/, '')} tail={6} className={css.mono} /> },
  { key: 'size', head: 'Size', width: '90px', right: true, cell: (i) => formatBytes(i.size) },
];

const BUILT: readonly Column<BuildResult>[] = [
  { key: 'tag', head: 'Image', width: '1fr', cell: (i) => <MiddleTruncate text={i.tags.join(', ')} tail={18} /> },
  { key: 'platform', head: 'Platform', width: '140px', cell: (i) => <Badge tone="accent">{i.platform}</Badge> },
  { key: 'cached', head: 'From cache', width: '130px', cell: (i) => `${i.cachedSteps} of ${i.totalSteps} steps` },
  { key: 'time', head: 'Time', width: '90px', right: true, cell: (i) => formatDuration(i.milliseconds) },
];

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** The finished package: where it is, how to know it again, what lies in it. */
export function PackageResultView({ result, took, onReveal }: { result: PackageResult; took: number; onReveal: () => void }) {
  return (
    <>
      <Card>
        <div className={css.result}>
          <div className={css.resultHead}>
            <CircleCheck aria-hidden="true" />
            <div>
              <h2>
                <MiddleTruncate text={`${nameOf(result.path)} is ready`} tail={24} />
              </h2>
              <p>
                {formatBytes(result.size)}, made in {formatDuration(took)}. It was read back and is what was written.
              </p>
            </div>
            <Button look="primary" icon={<FolderOpen aria-hidden="true" />} onClick={onReveal}>
              Show in folder
            </Button>
          </div>
          <KeyValue
            items={[
              ['File', <Copyable key="file" text={result.path} tail={28} label="Copy path" />],
              ['Digest', <Copyable key="digest" text={result.digest} tail={12} label="Copy digest" />],
            ]}
          />
        </div>
      </Card>
      {result.images.length > 0 ? (
        <Card title="Images" flush>
          <Table label="Images" columns={IMAGES} rows={result.images} rowKey={(i) => i.id} />
        </Card>
      ) : null}
      <Card title="Contents" flush>
        <EntryTable entries={result.entries} />
      </Card>
      {result.findings.length > 0 ? (
        <Card title="Worth knowing" aside={<span className={css.quiet}>{findingCounts(result.findings)}</span>}>
          <FindingList findings={result.findings} />
        </Card>
      ) : null}
    </>
  );
}

export function BuildResultView({ images }: { images: readonly BuildResult[] }) {
  return (
    <Card title="Images" flush>
      <Table label="Images" columns={BUILT} rows={images} rowKey={(i) => i.imageId} />
    </Card>
  );
}

function Copyable({ text, tail, label }: { text: string; tail: number; label: string }) {
  return (
    <span className={css.copyable}>
      <MiddleTruncate text={text} tail={tail} className={css.mono} />
      <CopyButton text={text} label={label} />
    </span>
  );
}
