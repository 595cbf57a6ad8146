import { FileArchive, FileCode2, FileCog, FileIcon, FileJson2, Folder, ImageIcon } from 'lucide-react';
import type { PackageEntry } from '../../../shared/extension/package.ts';
import { formatBytes } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import css from './package.module.css';

const KIND: Record<PackageEntry['kind'], { word: string; icon: React.ReactNode }> = {
  manifest: { word: 'Manifest', icon: <FileJson2 aria-hidden="true" /> },
  compose: { word: 'Compose file', icon: <FileCode2 aria-hidden="true" /> },
  'image-archive': { word: 'Image archive', icon: <FileArchive aria-hidden="true" /> },
  icon: { word: 'Icon', icon: <ImageIcon aria-hidden="true" /> },
  udev: { word: 'Device rules', icon: <FileCog aria-hidden="true" /> },
  file: { word: 'File', icon: <FileIcon aria-hidden="true" /> },
  directory: { word: 'Folder', icon: <Folder aria-hidden="true" /> },
};

const COLUMNS: readonly Column<PackageEntry>[] = [
  {
    key: 'name',
    head: 'Name',
    width: '1fr',
    cell: (e) => (
      <span className={css.entry}>
        {KIND[e.kind].icon}
        <MiddleTruncate text={e.name} tail={18} />
      </span>
    ),
  },
  { key: 'kind', head: 'What it is', width: '140px', cell: (e) => KIND[e.kind].word },
  { key: 'size', head: 'Size', width: '100px', right: true, cell: (e) => (e.kind === 'directory' ? '' : formatBytes(e.size)) },
];

/** What lies in an .spx. */
export function EntryTable({ entries }: { entries: readonly PackageEntry[] }) {
  return <Table label="Contents" columns={COLUMNS} rows={entries} rowKey={(e) => e.name} />;
}
