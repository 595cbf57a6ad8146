import { KeyRound, ShieldCheck, Variable } from 'lucide-react';
import type { DockerfileArg, ExtensionDraft } from '../../../shared/extension/draft.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { SecretInput, TextInput } from '../../ui/inputs.tsx';
import { dropSecret, secretId, setArg, asSecret, asVariable } from './draft-edits.ts';
import css from './source-step.module.css';

type Edit = (change: (d: ExtensionDraft) => ExtensionDraft) => void;

/** Build arguments to fill in. Those that look secret are masked, and the two safer ways are offered. */
export function ArgFields({ args, draft, image, onEdit }: { args: readonly DockerfileArg[]; draft: ExtensionDraft; image: number; onEdit: Edit }) {
  const values = draft.images[image]?.args ?? {};
  const plain = args.filter((a) => !a.secretLike);
  const secret = args.filter((a) => a.secretLike);
  return (
    <div className={css.args}>
      <h3>Build arguments</h3>
      {plain.length > 0 ? (
        <div className={css.argGrid}>
          {plain.map((a) => (
            <Field
              key={a.name}
              label={a.name}
              help={
                a.defaultValue === undefined ? `Line ${a.line} gives no default; empty when left out.` : `Line ${a.line}; the default is used when left empty.`
              }
            >
              <TextInput mono value={values[a.name] ?? ''} placeholder={a.defaultValue ?? ''} onValue={(v) => onEdit((d) => setArg(d, image, a.name, v))} />
            </Field>
          ))}
        </div>
      ) : null}
      {secret.map((a) => (
        <SecretArg key={a.name} arg={a} draft={draft} image={image} value={values[a.name] ?? ''} onEdit={onEdit} />
      ))}
    </div>
  );
}

function SecretArg({ arg, draft, image, value, onEdit }: { arg: DockerfileArg; draft: ExtensionDraft; image: number; value: string; onEdit: Edit }) {
  const given = draft.images[image]?.secrets?.some((s) => s.id === secretId(arg.name)) ?? false;
  if (given) {
    return (
      <div className={css.secret}>
        <h3>{arg.name}</h3>
        <p>
          Read from your environment variable <code>{arg.name}</code> while building and never stored. The Dockerfile reaches it with{' '}
          <code>RUN --mount=type=secret,id={secretId(arg.name)}</code>.
        </p>
        <div className={css.choices}>
          <Button size="s" onClick={() => onEdit((d) => dropSecret(d, image, arg.name))}>
            Use a build argument instead
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={css.secret}>
      <Field label={arg.name} warning="A build argument can be read by anyone who has the image: it stays in its history.">
        <SecretInput
          value={value}
          placeholder={arg.defaultValue === undefined ? '' : 'default of the Dockerfile'}
          onValue={(v) => onEdit((d) => setArg(d, image, arg.name, v))}
        />
      </Field>
      <p>
        <ShieldCheck aria-hidden="true" size={14} style={{ verticalAlign: '-2px' }} /> Safer: hand it over as a build secret, or as a variable of the service
        when it is only needed while running.
      </p>
      <div className={css.choices}>
        <Button size="s" icon={<KeyRound aria-hidden="true" />} onClick={() => onEdit((d) => asSecret(d, image, arg.name))}>
          Use a build secret
        </Button>
        <Button size="s" icon={<Variable aria-hidden="true" />} onClick={() => onEdit((d) => asVariable(setArg(d, image, arg.name, ''), arg.name))}>
          Set it when running
        </Button>
      </div>
    </div>
  );
}
