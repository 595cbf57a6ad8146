import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { dockerfileFindings, type FindingOptions } from '../../../../shared/docker/dockerfile-findings.ts';

const ids = (text: string, more: Partial<FindingOptions> = {}): string[] =>
  dockerfileFindings(parseDockerfile(text), { file: 'Dockerfile', ...more }).map(({ id, severity, file, line }) => `${severity} ${id} ${file}:${line}`);

describe('findings of a Dockerfile', () => {
  it('are none for one that is well', () => {
    expect(
      ids('FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM python:3\nCOPY app /app\nCMD x\n', { lookup: () => 'there', platform: 'linux/arm64' }),
    ).toEqual([]);
  });
  it('name unknown instructions, a missing FROM and other faults, with their lines', () => {
    expect(ids('FROM a\nCOPPY a b\nEXPOSE x\n')).toEqual(['error dockerfile-unknown-instruction Dockerfile:2', 'error dockerfile-syntax Dockerfile:3']);
    expect(ids('')).toEqual(['error dockerfile-no-from Dockerfile:1']);
  });
  it('are warnings only where another parser will read the file', () => {
    expect(ids('# syntax=docker/dockerfile:1-labs\nFROM a\nNEWTHING x\n')).toEqual(['warning dockerfile-unknown-instruction Dockerfile:3']);
  });
  it('name COPY sources that are missing or left out, but not those of another stage or with unknown variables', () => {
    const lookup = (source: string): 'there' | 'ignored' | 'missing' | 'unknown' =>
      source.includes('$') ? 'unknown' : source === 'gone' ? 'missing' : source === 'hidden' ? 'ignored' : 'there';
    expect(ids('FROM a\nCOPY gone fine /\nADD hidden /\nCOPY --from=x gone /\nCOPY $UNKNOWN /\n', { lookup })).toEqual([
      'error dockerfile-source-missing Dockerfile:2',
      'error dockerfile-source-ignored Dockerfile:3',
    ]);
  });
  it('warn of secrets in ARG and ENV, and say what to do instead', () => {
    const findings = dockerfileFindings(
      parseDockerfile(
        'FROM a\nARG BOSDYN_CLIENT_PASSWORD\nENV BOSDYN_CLIENT_PASSWORD=$BOSDYN_CLIENT_PASSWORD\nARG API_TOKEN=x\nENV EMPTY_TOKEN=\nENV API_KEY=abc\n',
      ),
      { file: 'Dockerfile' },
    );
    expect(findings.map(({ id, line, severity }) => `${severity} ${id}:${line}`)).toEqual(
      ['warning dockerfile-secret-argument:2', 'warning dockerfile-secret-argument:4', 'warning dockerfile-secret-environment:6'].sort(
        (a, b) => Number(a.at(-1)) - Number(b.at(-1)),
      ),
    );
    expect(findings[0]!.message).toMatch(/history.*run time.*--mount=type=secret,id=bosdyn_client_password/);
  });
  it('name a FROM that insists on another platform than the target, in the stage that is built', () => {
    const text = 'FROM --platform=linux/amd64 a AS tools\nFROM --platform=linux/amd64 b AS base\nFROM base\nCOPY --from=tools /x /\n';
    expect(ids(text, { platform: 'linux/arm64' })).toEqual(['error dockerfile-platform-fixed Dockerfile:2']);
    expect(ids(text, { platform: 'linux/amd64' })).toEqual([]);
    expect(ids('FROM --platform=linux/aarch64 a\n', { platform: 'linux/arm64' })).toEqual([]);
    expect(ids('FROM --platform=linux/amd64 scratch\n', { platform: 'linux/arm64' })).toEqual([]);
  });
  it('warn of scripts with Windows line ends', () => {
    expect(ids('FROM a\n', { crlfScripts: ['run.sh'] })).toEqual(['warning script-line-ends run.sh:1']);
  });
});
