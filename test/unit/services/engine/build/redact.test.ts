import { describe, expect, it } from 'vitest';
import { redactedData, redactedReport, redactor } from '../../../../../electron/services/engine/build/redact.ts';

const secrets = (...values: string[]): Map<string, Buffer> => new Map(values.map((value, index) => [`id${index}`, Buffer.from(value)]));

describe('hiding secrets in what a build prints', () => {
  it('hides a value wherever it stands, with or without the line feed of its file', () => {
    const redact = redactor(secrets('hunter22\n'));
    expect(redact('token=hunter22; again hunter22\n')).toBe('token=***; again ***\n');
  });

  it('hides every line of a key', () => {
    const redact = redactor(secrets('-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----\n'));
    expect(redact('AAAABBBBCCCC')).toBe('***');
  });

  it('leaves short values, so that the output stays readable', () => {
    expect(redactor(secrets('1', 'true'))('step 1 is true')).toBe('step 1 is true');
  });

  it('hides the longer of two values that begin alike', () => {
    expect(redactor(secrets('secret', 'secret-two'))('secret-two')).toBe('***');
  });

  it('works on log lines and on the data of an error alike', () => {
    const redact = redactor(secrets('hunter22'));
    const seen: unknown[] = [];
    const report = redactedReport((event) => seen.push(event), redact);
    report({ type: 'log', stream: 'stdout', text: 'hunter22\n' });
    expect(seen).toEqual([{ type: 'log', stream: 'stdout', text: '***\n' }]);
    expect(redactedData({ tail: ['x hunter22'], line: 3, none: null, deep: { text: 'hunter22' } }, redact)).toEqual({
      tail: ['x ***'],
      line: 3,
      none: null,
      deep: { text: '***' },
    });
  });
});
