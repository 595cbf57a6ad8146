import { describe, expect, it } from 'vitest';
import { parseImageConfig } from '../../../../shared/docker/image-config.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const config = (more: object = {}): string => JSON.stringify({ os: 'linux', architecture: 'arm64', rootfs: { type: 'layers', diff_ids: [A, B] }, ...more });

describe('parseImageConfig', () => {
  it('pairs each layer with the instruction that made it, leaving out the empty ones', () => {
    const read = parseImageConfig(config({ history: [{ created_by: 'COPY a /' }, { created_by: 'ENV X=1', empty_layer: true }, { created_by: 'RUN make' }] }));
    expect(read.createdBy).toEqual(['COPY a /', 'RUN make']);
  });

  it('says nothing of instructions where the history does not fit the layers', () => {
    expect(parseImageConfig(config({ history: [{ created_by: 'only one' }] })).createdBy).toEqual([undefined, undefined]);
  });

  it('reads what a container would start', () => {
    const read = parseImageConfig(config({ variant: 'v8', config: { Env: ['A=1'], Entrypoint: ['/run'], Cmd: null, User: 'ros' } }));
    expect(read).toMatchObject({ variant: 'v8', env: ['A=1'], entrypoint: ['/run'], cmd: [], user: 'ros' });
  });

  it.each([
    ['no JSON', '{'],
    ['no layers', '{"os":"linux","architecture":"arm64"}'],
    ['no platform', `{"rootfs":{"diff_ids":["${A}"]}}`],
    ['a layer named by a path', config({ rootfs: { diff_ids: ['../../etc/passwd'] } })],
  ])('refuses %s', (_, text) => {
    expect(() => parseImageConfig(text)).toThrowError(expect.objectContaining({ code: 'ARCHIVE_INVALID' }));
  });
});
