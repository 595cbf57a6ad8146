import { FileArchive, FileCode2, FolderOpen, Package, Upload } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import css from './drop-zone.module.css';

/** Where a source comes in: dropped, or picked with the keyboard or the mouse. `over` while something is held above the window. */
export function DropZone({ over, onPickFile, onPickFolder }: { over: boolean; onPickFile: () => void; onPickFolder: () => void }) {
  return (
    <section className={css.zone} data-over={over || undefined} aria-label="Open a source" data-testid="drop-zone">
      <span className={css.icon} aria-hidden="true">
        <Upload />
      </span>
      <h2>{over ? 'Let go to open it' : 'Drop a Dockerfile or a folder'}</h2>
      <p>Gangway reads it first and shows what it found. Nothing runs until you press Build.</p>
      <div className={css.actions}>
        <Button look="primary" size="l" icon={<FolderOpen aria-hidden="true" />} onClick={onPickFolder}>
          Choose folder…
        </Button>
        <Button size="l" icon={<FileCode2 aria-hidden="true" />} onClick={onPickFile}>
          Choose file…
        </Button>
      </div>
      <ul className={css.kinds} aria-label="What can be opened">
        <li>
          <FileCode2 aria-hidden="true" /> Dockerfile
        </li>
        <li>
          <FolderOpen aria-hidden="true" /> Extension folder
        </li>
        <li>
          <FileArchive aria-hidden="true" /> Saved image (.tar, .tgz)
        </li>
        <li>
          <Package aria-hidden="true" /> Spot extension (.spx)
        </li>
      </ul>
    </section>
  );
}
