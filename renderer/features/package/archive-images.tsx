import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import { formatPlatform } from '../../../shared/docker/platform.ts';
import { Badge } from '../../ui/badge.tsx';
import { Banner } from '../../ui/banner.tsx';
import { Fold } from '../../ui/card.tsx';
import { count, formatBytes } from '../../ui/format/format.ts';
import { showControls } from '../../ui/format/visible-text.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import css from './package.module.css';

type Layer = ArchiveReport['images'][number]['layers'][number];

const LAYERS: readonly Column<Layer>[] = [
  { key: 'by', head: 'Made by', width: '1fr', cell: (l) => <MiddleTruncate text={l.createdBy ?? 'not recorded'} tail={16} className={css.mono} /> },
  { key: 'digest', head: 'Digest', width: '170px', cell: (l) => <MiddleTruncate text={l.diffId.replace(/^sha256:/, '')} tail={6} className={css.mono} /> },
  { key: 'size', head: 'Size', width: '100px', right: true, cell: (l) => formatBytes(l.size) },
];

/** The images of one archive: what they are called, what they run on, what they are made of. */
export function ArchiveImages({ report }: { report: ArchiveReport }) {
  return (
    <ul className={css.images}>
      {report.images.map((image) => (
        <li key={image.id}>
          <div className={css.imageHead}>
            <span className={css.tags}>
              {image.tags.length > 0 ? (
                image.tags.map((t) => <MiddleTruncate key={t} text={t} tail={18} className={css.strong} />)
              ) : (
                <span className={css.strong}>without a tag</span>
              )}
              <small>
                {formatBytes(image.size)}, {count(image.layers.length, 'layer')}
                {image.user ? `, runs as ${image.user}` : ''}
              </small>
            </span>
            <Badge tone="accent">{formatPlatform(image)}</Badge>
          </div>
          {image.foreign && image.foreign.length > 0 ? (
            <div className={css.foreign}>
              <Banner
                tone="warn"
                title={`${count(image.foreign.length, 'program')} in it ${image.foreign.length === 1 ? 'does' : 'do'} not run on ${formatPlatform(image)}`}
              >
                <ul>
                  {image.foreign.slice(0, 5).map((f) => (
                    <li key={`${f.layer}-${f.path}`}>
                      <code>{showControls(f.path)}</code> is for {f.machine}
                      {f.createdBy ? (
                        <>
                          , from <code>{showControls(f.createdBy)}</code>
                        </>
                      ) : null}
                    </li>
                  ))}
                </ul>
                {image.foreign.length > 5 ? `and ${image.foreign.length - 5} more` : null}
              </Banner>
            </div>
          ) : null}
          <Fold title="Layers" summary={image.layers.length > 0 ? `largest ${formatBytes(Math.max(...image.layers.map((l) => l.size)))}` : 'none'}>
            <div className={css.bleed}>
              <Table label={`Layers of ${image.tags[0] ?? 'the image'}`} columns={LAYERS} rows={image.layers} rowKey={(l, i) => `${i}-${l.diffId}`} />
            </div>
          </Fold>
        </li>
      ))}
    </ul>
  );
}
