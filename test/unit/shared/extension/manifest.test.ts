import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legalName, nameProblem, parseManifest, versionProblem } from '../../../../shared/extension/manifest.ts';

describe('parseManifest', () => {
  it('reads known keys with their types and keeps unknown ones', () => {
    const { manifest, findings } = parseManifest('{\n  "extension_name": "ping",\n  "images": ["a.tgz"],\n  "x": {"y": 1}\n}\n', 'manifest.json');
    expect(manifest).toEqual({ extension_name: 'ping', images: ['a.tgz'], x: { y: 1 } });
    expect(findings).toEqual([]);
  });

  it.each([
    ['{"a": 1,}', 'manifest-json', 1, 9],
    ['{\n  "a": 1\n  "b": 2\n}', 'manifest-json', 3, 3],
    ['{"a": 1', 'manifest-json', 1, 8],
    ['{"a": 1} // c', 'manifest-json', 1, 10],
    ['{"a": "x\\q"}', 'manifest-json', 1, 7],
    ['', 'manifest-json', 1, 1],
    ['[1]', 'manifest-json', 1, 1],
    ['hello', 'manifest-json', 1, 1],
  ])('gives no manifest for %j and points at the place', (text, id, line, column) => {
    const { manifest, findings } = parseManifest(text, 'manifest.json');
    expect(manifest).toBeNull();
    expect(findings).toContainEqual(expect.objectContaining({ id, severity: 'error', line, column }));
  });

  it('leaves a key of a wrong type out and says what stands there', () => {
    const { manifest, findings } = parseManifest('{"version": 1.0, "images": "a.tgz", "files_to_save": ["a", 2]}', 'm');
    expect(manifest).toEqual({});
    expect(findings.map((finding) => [finding.id, finding.column])).toEqual([
      ['manifest-field-type', 13],
      ['manifest-field-type', 28],
      ['manifest-field-type', 60],
    ]);
  });

  it('reads past a byte order mark, with a warning and the fix', () => {
    const { manifest, findings } = parseManifest('\ufeff{"version": "1"}', 'm');
    expect(manifest).toEqual({ version: '1' });
    expect(findings).toEqual([
      expect.objectContaining({
        id: 'manifest-byte-order-mark',
        severity: 'warning',
        fix: expect.objectContaining({ edits: [{ offset: 0, length: 1, text: '' }] }),
      }),
    ]);
  });

  it('takes the last of two equal keys and warns', () => {
    const { manifest, findings } = parseManifest('{"version": "1", "version": "2"}', 'm');
    expect(manifest?.version).toBe('2');
    expect(findings).toEqual([expect.objectContaining({ id: 'manifest-key-duplicate', severity: 'warning', column: 18 })]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', 'x', '\\', '\n', '/*'), { maxLength: 30 }).map((parts) => parts.join('')),
        ),
        (text) => {
          parseManifest(text, 'm');
        },
      ),
      { numRuns: 1000 },
    );
    expect(parseManifest('['.repeat(100_000), 'm').manifest).toBeNull();
  });

  it('does not fall for keys of object prototypes', () => {
    expect(Object.keys(parseManifest('{"__proto__": {"images": 1}, "constructor": 1}', 'm').manifest ?? {})).toEqual(['__proto__', 'constructor']);
  });
});

describe('nameProblem', () => {
  it.each([
    ['ping', null],
    ['Ping_1-a', 'upper-case'],
    ['ping test', 'characters'],
    ['x (1)', 'characters'],
    ['', 'empty'],
    ['my-coreio', 'reserved'],
    ['mission_control2', 'reserved'],
    ['ünder', 'characters'],
  ])('judges %j as %s', (name, kind) => {
    expect(nameProblem(name)?.kind ?? null).toBe(kind);
  });
  it('always suggests a name that is right', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('coreio', 'corcoreioeio', 'CoreIO', 'mission_control', 'My App (2)', '---')),
        (text) => {
          expect(nameProblem(legalName(text))).toBeNull();
        },
      ),
    );
    expect(legalName('My Coreio App (2)')).toBe('my-app-2');
  });
});

describe('versionProblem', () => {
  it('wants three numbers', () => {
    expect([versionProblem('1.2.3'), versionProblem('10.0.0')]).toEqual([null, null]);
    for (const version of ['1.0', '1.2.3-rc1', 'v1.2.3', '', '1.2.3\n']) expect(versionProblem(version)).not.toBeNull();
  });
});
