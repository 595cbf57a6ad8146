import { lineStart, splice } from '../extension/text-edit.ts';
import type { Finding, TextFix } from './finding.ts';

/** One changed place: whole lines before and after. `line` counts from 1, in the text before. */
export interface FixHunk {
  line: number;
  before: string[];
  after: string[];
}

export interface AppliedFixes {
  text: string /** Those that were applied, in the order of the file. */;
  fixes: TextFix[];
  hunks: FixHunk[];
}

/** Fixes that change nothing but what the finding is about, and need nobody to agree. */
export function safeFixes(findings: readonly Finding[]): TextFix[] {
  return findings.flatMap(({ fix }) => (fix && !fix.needsReview ? [fix] : []));
}

/**
 * Applies the fixes of one file, made for this text. Of two that touch the same bytes the first wins and the other is left for the next
 * round; all other bytes stay as they are.
 */
export function applyFixes(text: string, fixes: readonly TextFix[]): AppliedFixes {
  const taken: TextFix['edits'] = [];
  const clashes = (edit: TextFix['edits'][number]): boolean =>
    taken.some((other) => edit.offset === other.offset || (edit.offset < other.offset + other.length && other.offset < edit.offset + edit.length));
  const applied: TextFix[] = [];
  for (const fix of fixes) {
    if (fix.edits.some((edit) => edit.offset < 0 || edit.offset + edit.length > text.length || clashes(edit))) continue;
    applied.push(fix);
    taken.push(...fix.edits);
  }
  const edits = taken.toSorted((a, b) => a.offset - b.offset);
  const after = edits.reduceRight((result, edit) => splice(result, edit.offset, edit.length, edit.text), text);
  return { text: after, fixes: applied, hunks: hunksOf(text, edits) };
}

function hunksOf(text: string, edits: TextFix['edits']): FixHunk[] {
  const hunks: { from: number; to: number; edits: TextFix['edits'] }[] = [];
  for (const edit of edits) {
    const from = lineStart(text, edit.offset);
    // What is put in at the head of a line changes no line before it.
    const wholeLines = edit.length === 0 && edit.offset === from && /\n$/.test(edit.text);
    const to = wholeLines ? from : lineEnd(text, edit.offset + edit.length);
    const last = hunks.at(-1);
    if (last && from < last.to) {
      last.to = Math.max(last.to, to);
      last.edits.push(edit);
    } else hunks.push({ from, to, edits: [edit] });
  }
  return hunks.map(({ from, to, edits: own }) => {
    const before = text.slice(from, to);
    const after = own.reduceRight((result, edit) => splice(result, edit.offset - from, edit.length, edit.text), before);
    return { line: text.slice(0, from).split('\n').length, before: linesOf(before), after: linesOf(after) };
  });
}

/** Offset of the line break that ends the line (a break that an edit itself removes belongs to it). */
function lineEnd(text: string, offset: number): number {
  const from = offset > 0 && text[offset - 1] === '\n' ? offset - 1 : offset;
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}

function linesOf(text: string): string[] {
  const plain = text.replace(/\r?\n?$/, '');
  return plain === '' ? [] : plain.split(/\r?\n/);
}
