import { FileArchive, FileCode2, FileJson2, FolderOpen } from 'lucide-react';
import type { ExtensionDraft, SourceReport } from '../../../shared/extension/draft.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { FindingList } from '../../ui/findings.tsx';
import { count, formatBytes } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { ArchiveImages } from '../package/archive-images.tsx';
import { imageOf } from './draft-edits.ts';
import { ArgFields } from './arg-fields.tsx';
import css from './source-step.module.css';

const KIND: Record<SourceReport['kind'], { word: string; text: string; icon: typeof FolderOpen }> = {
  dockerfile: { word: 'Dockerfile', text: 'Its folder is the build context.', icon: FileCode2 },
  folder: { word: 'Folder', text: 'Dockerfiles in it are built; manifest and compose file are written for it.', icon: FolderOpen },
  extension: { word: 'Extension folder', text: 'Its manifest and compose file are kept; only what you change is written.', icon: FolderOpen },
  'image-archive': { word: 'Saved image archive', text: 'It is packed as it is; nothing is built.', icon: FileArchive },
  spx: { word: 'Spot extension', text: 'A finished package.', icon: FileArchive },
};

/** What was understood of the source, before anything runs. */
export function SourceStep({
  report,
  draft,
  onEdit,
}: {
  report: SourceReport;
  draft: ExtensionDraft;
  onEdit: (change: (d: ExtensionDraft) => ExtensionDraft) => void;
}) {
  const kind = KIND[report.kind];
  const Icon = kind.icon;
  const all = [...report.findings, ...report.dockerfiles.flatMap((d) => d.findings)];
  return (
    <>
      <Card>
        <div className={css.what}>
          <span className={css.icon} aria-hidden="true">
            <Icon />
          </span>
          <div>
            <h2>{kind.word}</h2>
            <p>{kind.text}</p>
          </div>
        </div>
        {report.kind !== 'image-archive' || report.hasManifest || report.hasCompose || report.hasRecipe ? (
          <ul className={css.has} aria-label="Found in it">
            <Has on={report.dockerfiles.length > 0} text={report.dockerfiles.length > 1 ? count(report.dockerfiles.length, 'Dockerfile') : 'Dockerfile'} />
            <Has on={report.hasManifest} text="manifest.json" />
            <Has on={report.hasCompose} text="docker-compose.yml" />
            <Has on={report.hasRecipe} text="gangway.yaml" />
          </ul>
        ) : null}
      </Card>
      {all.length > 0 ? (
        <Card title="Worth knowing">
          <FindingList findings={all} />
        </Card>
      ) : null}
      {report.dockerfiles.map((d) => {
        const image = imageOf(draft, d.path, report);
        return (
          <Card
            key={d.path}
            title={
              <span className={css.file}>
                <FileCode2 aria-hidden="true" />
                <MiddleTruncate text={d.path} tail={20} />
              </span>
            }
            aside={image < 0 ? <Badge>Not built</Badge> : null}
          >
            <dl className={css.facts}>
              <div>
                <dt>Base images</dt>
                <dd className={css.list}>
                  {d.baseImages.length > 0
                    ? d.baseImages.map((b) => <MiddleTruncate key={b} text={b} tail={20} className={css.mono} />)
                    : 'None (from scratch)'}
                </dd>
              </div>
              {d.stages.length > 0 ? (
                <div>
                  <dt>Stages</dt>
                  <dd>{d.stages.join(', ')}</dd>
                </div>
              ) : null}
              {d.exposedPorts.length > 0 ? (
                <div>
                  <dt>Ports</dt>
                  <dd>{d.exposedPorts.map((p) => `${p.port}/${p.protocol}`).join(', ')}</dd>
                </div>
              ) : null}
            </dl>
            {image >= 0 && d.args.length > 0 ? <ArgFields args={d.args} draft={draft} image={image} onEdit={onEdit} /> : null}
          </Card>
        );
      })}
      {report.context ? <ContextCard context={report.context} /> : null}
      {report.archive ? (
        <Card title="Images in the archive" flush>
          <ArchiveImages report={report.archive} />
        </Card>
      ) : null}
    </>
  );
}

function Has({ on, text }: { on: boolean; text: string }) {
  return (
    <li data-on={on || undefined}>
      <FileJson2 aria-hidden="true" />
      <span>
        {text}
        <small>{on ? 'found' : 'not there'}</small>
      </span>
    </li>
  );
}

function ContextCard({ context }: { context: NonNullable<SourceReport['context']> }) {
  const top = context.largest[0]?.bytes ?? 1;
  return (
    <Card title="Build context">
      <p className={css.context}>
        <strong>{formatBytes(context.bytes)}</strong> in <strong>{count(context.files, 'file')}</strong>
        {context.truncated ? ' or more' : ''}{' '}
        {context.ignored > 0
          ? `after .dockerignore left out ${count(context.ignored, 'entry', 'entries')}.`
          : 'are sent to the engine. No .dockerignore leaves anything out.'}
      </p>
      {context.largest.length > 0 ? (
        <ul className={css.largest} aria-label="Largest files">
          {context.largest.slice(0, 5).map((f) => (
            <li key={f.path}>
              <MiddleTruncate text={f.path} tail={20} />
              <span>{formatBytes(f.bytes)}</span>
              <i aria-hidden="true" style={{ transform: `scaleX(${Math.max(0.004, f.bytes / top).toFixed(4)})` }} />
            </li>
          ))}
        </ul>
      ) : null}
    </Card>
  );
}
