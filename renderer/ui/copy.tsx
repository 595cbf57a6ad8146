import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';
import css from './text.module.css';

/** Copies a text and says that it did. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <IconButton label={copied ? 'Copied' : label} icon={copied ? <Check /> : <Copy />} onClick={() => void copyText(text).then(setCopied)} />
      <span className="visually-hidden" aria-live="polite">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}

/** A line to run in a terminal, with its copy button. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className={css.code}>
      <code>{command}</code>
      <CopyButton text={command} label="Copy command" />
    </div>
  );
}

/** The clipboard API needs a permission that the window denies to everyone; a selection and `copy` need none. */
async function copyText(text: string): Promise<boolean> {
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('aria-hidden', 'true');
  area.style.position = 'fixed';
  area.style.opacity = '0';
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand?.('copy') ?? false;
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
