import { ImageIcon, ImageOff, Plus, Trash2 } from 'lucide-react';
import type { ExtensionDraft, SourceReport } from '../../../shared/extension/draft.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Card, Fold } from '../../ui/card.tsx';
import { Field } from '../../ui/field.tsx';
import { Select, TextArea, TextInput } from '../../ui/inputs.tsx';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import css from './details.module.css';
import { addService, patchImage, removeService } from './draft-edits.ts';
import { hasError, mark, type Problems, unplaced, worstUnder } from './problems.ts';
import { SectionSummary, ServiceForm } from './service-form.tsx';

export interface DetailsProps {
  report: SourceReport;
  draft: ExtensionDraft;
  problems: Problems;
  iconPreview: string | null;
  onEdit: (change: (d: ExtensionDraft) => ExtensionDraft) => void;
  onPickIcon: () => void;
}

/** Everything that the manifest and the compose file will say, pre-filled from what was found. */
export function DetailsStep({ report, draft, problems, iconPreview, onEdit, onPickIcon }: DetailsProps) {
  const set = (part: Partial<ExtensionDraft['extension']>): void => onEdit((d) => ({ ...d, extension: { ...d.extension, ...part } }));
  const { extension } = draft;
  const several = draft.services.length > 1;
  const elsewhere = unplaced(problems);
  return (
    <>
      {elsewhere.length > 0 ? (
        <Banner
          tone={elsewhere.some((p) => p.severity === 'error') ? 'bad' : 'warn'}
          title={elsewhere.length === 1 ? 'Something needs a look' : 'Some things need a look'}
        >
          <ul className={css.unplaced}>
            {elsewhere.map((p) => (
              <li key={p.message}>{p.message}</li>
            ))}
          </ul>
        </Banner>
      ) : null}
      <Card title="Extension">
        <div className={css.extension}>
          <div className={css.iconBox}>
            <span className={css.iconPicture}>
              {iconPreview ? (
                <img src={iconPreview} alt="Icon of the extension" />
              ) : extension.icon ? (
                <ImageIcon aria-hidden="true" />
              ) : (
                <ImageOff aria-hidden="true" />
              )}
            </span>
            <Button size="s" onClick={onPickIcon}>
              {extension.icon ? 'Change icon…' : 'Add icon…'}
            </Button>
            <small>{extension.icon ? <MiddleTruncate text={extension.icon} tail={8} /> : 'Optional'}</small>
          </div>
          <div className={css.fields}>
            <div className={css.pair}>
              <Field label="Name" help="Letters, digits, - and _. The target knows it by this." {...mark(problems, 'extension.name')}>
                <TextInput value={extension.name} required onValue={(name) => set({ name })} />
              </Field>
              <Field label="Version" help="Three numbers, such as 1.0.0." {...mark(problems, 'extension.version')}>
                <TextInput mono value={extension.version} required onValue={(version) => set({ version })} />
              </Field>
            </div>
            <Field label="Description" help="One or two lines for the list of installed extensions." {...mark(problems, 'extension.description')}>
              <TextArea value={extension.description} onValue={(description) => set({ description })} />
            </Field>
          </div>
        </div>
      </Card>
      {draft.services.map((service, i) => {
        const form = <ServiceForm draft={draft} index={i} service={service} problems={problems} onEdit={onEdit} />;
        if (!several) {
          return (
            <Card key="only" title="Service">
              {form}
            </Card>
          );
        }
        const worst = worstUnder(problems, `services.${i}`);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being typed
          <Card key={i}>
            <div className={css.service}>
              <Fold
                title={service.name || `Service ${i + 1}`}
                summary={<SectionSummary worst={worst} text={service.image} />}
                start={i === 0}
                hold={worst === 'error'}
              >
                {form}
              </Fold>
              <IconButton label={`Remove service ${service.name || i + 1}`} icon={<Trash2 />} onClick={() => onEdit((d) => removeService(d, i))} />
            </div>
          </Card>
        );
      })}
      <div>
        <Button size="s" look="quiet" icon={<Plus aria-hidden="true" />} onClick={() => onEdit(addService)}>
          Add service
        </Button>
      </div>
      <Card>
        <Fold title="Images and output" summary={draft.output} hold={['images', 'output', 'imageArchive'].some((p) => hasError(problems, p))}>
          <div className={css.fields}>
            {draft.images.map((image, i) => (
              <ImageFields
                // biome-ignore lint/suspicious/noArrayIndexKey: the tag is what is being typed
                key={i}
                draft={draft}
                index={i}
                stages={report.dockerfiles.find((d) => d.path === (image.dockerfile ?? 'Dockerfile'))?.stages ?? []}
                problems={problems}
                onEdit={onEdit}
              />
            ))}
            <div className={css.pair}>
              <Field label="Package file" help="Where the .spx is written, relative to the source folder." {...mark(problems, 'output')}>
                <TextInput mono value={draft.output} onValue={(output) => onEdit((d) => ({ ...d, output }))} />
              </Field>
              <Field label="Image archive" help="Its name inside the package." {...mark(problems, 'imageArchive')}>
                <TextInput mono value={draft.imageArchive} onValue={(imageArchive) => onEdit((d) => ({ ...d, imageArchive }))} />
              </Field>
            </div>
          </div>
        </Fold>
      </Card>
    </>
  );
}

function ImageFields({
  draft,
  index,
  stages,
  problems,
  onEdit,
}: {
  draft: ExtensionDraft;
  index: number;
  stages: readonly string[];
  problems: Problems;
  onEdit: DetailsProps['onEdit'];
}) {
  const image = draft.images[index];
  if (!image) return null;
  const rename = (tag: string): void =>
    onEdit((d) => ({ ...patchImage(d, index, { tag }), services: d.services.map((s) => (s.image === image.tag ? { ...s, image: tag } : s)) }));
  return (
    <div className={css.pair}>
      <Field label={`Tag of ${image.dockerfile ?? 'Dockerfile'}`} help="Services name the image by this tag." {...mark(problems, `images.${index}.tag`)}>
        <TextInput mono value={image.tag} onValue={rename} />
      </Field>
      {stages.length > 0 ? (
        <Field label="Stage" help="Where the build stops.">
          <Select
            value={image.stage ?? ''}
            options={[{ value: '', label: 'The last one' }, ...stages.map((s) => ({ value: s, label: s }))]}
            onValue={(stage) =>
              onEdit((d) => ({
                ...d,
                images: d.images.map((m, i) => {
                  if (i !== index) return m;
                  const { stage: _, ...rest } = m;
                  return stage === '' ? rest : { ...rest, stage };
                }),
              }))
            }
          />
        </Field>
      ) : null}
    </div>
  );
}
