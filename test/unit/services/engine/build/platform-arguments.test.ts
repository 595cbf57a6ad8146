import { describe, expect, it } from 'vitest';
import { platformArguments } from '../../../../../electron/services/engine/build/classic-build.ts';
import { parseDockerfile } from '../../../../../shared/docker/dockerfile.ts';

const given = (text: string, platform = 'linux/arm/v7'): Record<string, string> =>
  platformArguments(parseDockerfile(text), platform, { architecture: 'x86_64' });

describe('the platform as build arguments, for a builder that does not know them', () => {
  it('gives those that the Dockerfile declares', () => {
    expect(given('ARG BUILDPLATFORM\nFROM scratch\nARG TARGETPLATFORM\nARG TARGETARCH TARGETVARIANT\nARG TARGETOS\nARG BUILDARCH\nARG OTHER\n')).toEqual({
      BUILDPLATFORM: 'linux/amd64',
      TARGETPLATFORM: 'linux/arm/v7',
      TARGETARCH: 'arm',
      TARGETVARIANT: 'v7',
      TARGETOS: 'linux',
      BUILDARCH: 'amd64',
    });
    expect(given('FROM scratch\nARG TARGETVARIANT\n', 'linux/arm64')).toEqual({ TARGETVARIANT: '' });
  });

  it('gives none where none is declared, and leaves a value that the Dockerfile writes itself', () => {
    expect(given('FROM scratch\nCOPY x /x\n')).toEqual({});
    expect(given('FROM scratch\nARG TARGETARCH=mips\n')).toEqual({});
  });
});
