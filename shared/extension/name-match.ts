/** Words that say for which machine or in which form something is, not what it is. */
const NOISE = new Set([
  'arm64',
  'aarch64',
  'arm64v8',
  'l4t',
  'amd64',
  'x64',
  'x86',
  'armv7',
  'armhf',
  'arm32',
  'armv6',
  'coreio',
  'jetson',
  'image',
  'images',
  'docker',
  'dockerization',
  'container',
  'latest',
  'spot',
]);

/** The words of a name, in lower case: "fire_ext-Detector.l4t" gives fire, ext, detector, l4t. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/**
 * How well two names mean the same thing: 3 equal but for case and separators, 2 equal without words like "arm64" and "image",
 * 1 all words of one stand in the other, 0 nothing of this.
 */
export function likeness(a: string, b: string): 0 | 1 | 2 | 3 {
  const left = wordsOf(a);
  const right = wordsOf(b);
  if (left.length === 0 || right.length === 0) return 0;
  if (left.join('') === right.join('')) return 3;
  const plainLeft = left.filter((word) => !NOISE.has(word));
  const plainRight = right.filter((word) => !NOISE.has(word));
  if (plainLeft.length === 0 || plainRight.length === 0) return 0;
  if (plainLeft.join('') === plainRight.join('')) return 2;
  const contains = (big: string[], small: string[]): boolean => small.every((word) => big.includes(word));
  return contains(plainLeft, plainRight) || contains(plainRight, plainLeft) ? 1 : 0;
}

/** The best likeness between any of `names` and any of `others`. */
export function bestLikeness(names: readonly string[], others: readonly string[]): number {
  return Math.max(0, ...names.flatMap((name) => others.map((other) => likeness(name, other))));
}
