/** What the bundler puts in: DEV is false in every build that is shipped or tested, so what hangs on it is left out. */
interface ImportMeta {
  readonly env: { readonly DEV: boolean };
}
