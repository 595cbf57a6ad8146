/** Each makes the bytes of one program, by the name that BuildKit's TARGETARCH and TARGETVARIANT give together. */
export const SAMPLE_PROGRAMS: Readonly<Record<'hello-arm64' | 'hello-armv7' | 'hello-armv6' | 'hello-amd64', () => Buffer>>;

/** Writes the programs into a folder (default: the sample's bin/), executable; answers their paths. */
export function writeSamplePrograms(folder?: string): string[];
