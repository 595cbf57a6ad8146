import { nearest } from '../../shared/extension/nearest.ts';

/** The known word that was probably meant: the only one that begins so, else the nearest one; undefined where none is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const begins = typed.length >= 2 ? known.filter((candidate) => candidate.startsWith(typed.toLowerCase())) : [];
  return begins.length === 1 ? begins[0] : nearest(typed, known);
}
