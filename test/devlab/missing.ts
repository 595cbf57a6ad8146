/** A part of the lab that cannot be had here. Its message says what is missing and what would provide it. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
  readonly part: string;
  constructor(part: string, why: string) {
    super(`${part}: ${why}`);
    this.part = part;
  }
}
