/**
 * gRPC metadata out of HTTP/2 headers, by lower-case name. Lists are headers that repeat, which Node's joined header object would glue
 * together with commas that patterns may hold too. BuildKit marks values that it has query-escaped (spaces as "+") by a second
 * key, "<name>-encoded" = "1"; older ones send UTF-8 as it is, which arrives as Latin-1.
 */
export function decodeMetadata(rawHeaders: readonly string[]): Map<string, string[]> {
  const metadata = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    metadata.set(name, [...(metadata.get(name) ?? []), rawHeaders[i + 1]!]);
  }
  for (const [name, values] of metadata) {
    if (name.endsWith('-encoded')) continue;
    const encoded = metadata.get(`${name}-encoded`)?.[0];
    metadata.set(name, values.map(encoded === '1' || encoded === 'true' ? unescapeQuery : fromLatin1));
  }
  return metadata;
}

function unescapeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

const fromLatin1 = (text: string): string => (/[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text);
