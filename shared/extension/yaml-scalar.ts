/**
 * One line of YAML for a text: plain where any YAML reader (1.1 as well: yes, on, 0o7, 1:30) takes it as that same text,
 * double-quoted otherwise.
 */
export function yamlText(text: string): string {
  return isPlain(text)
    ? text
    : JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isPlain(text: string): boolean {
  if (text === '' || text !== text.trim() || !/^[\p{L}\p{N}_./$][^\r\n\t]*$/u.test(text)) return false;
  // Flow marks, quotes, comments and mapping marks; an unpaired surrogate is no text at all.
  if (/[[\]{},"'`&*!|>%@\\\p{C}]|\s#|:(\s|$)/u.test(text)) return false;
  // What a reader may take for a number, a truth value, nothing, a date or a base-60 number; and document markers.
  if (/^(y|n|yes|no|on|off|true|false|null|nan)$/i.test(text) || /^\.?\d[\d._:eExXoOa-fA-F+-]*$/.test(text) || /^\.(inf|nan)$/i.test(text)) return false;
  return !/^\d{4}-\d/.test(text) && !text.startsWith('...');
}
