/**
 * Gives every `<style>` and `<link>` made at run time the nonce of this load, so that libraries which inject style
 * sheets work under `style-src 'self' 'nonce-...'`. The scheme handler writes the nonce into the page's meta element.
 * Must be the first import of the entry: a library that made its element earlier would be refused.
 */
export function installNonce(doc: Document): string {
  const nonce = doc.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  if (nonce === '' || nonce.startsWith('__')) return '';
  const create = doc.createElement.bind(doc);
  const withNonce = (tag: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(tag, options);
    if (element instanceof HTMLStyleElement || element instanceof HTMLLinkElement) element.nonce = nonce;
    return element;
  };
  doc.createElement = withNonce as typeof doc.createElement;
  return nonce;
}

installNonce(document);
