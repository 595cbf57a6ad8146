import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { type Schema, walkSchema } from '../../../../shared/checks/schema-walk.ts';
import { dataOf, locate } from '../../../../shared/extension/source-tree.ts';
import { parseYamlTree } from '../../../../shared/extension/yaml-tree.ts';
import { GOOD_FOLDERS } from '../../../fixtures/check-folders.ts';

const schema = JSON.parse(readFileSync(new URL('../../../../resources/schemas/compose.schema.json', import.meta.url), 'utf8')) as Schema;

/** The judge: ajv over the same data. Duplicates are taken out of the schema for it, since Compose merges them (measured). */
const judge = new Ajv({ strict: false, allErrors: false, logger: false }).compile(
  JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'uniqueItems' ? undefined : value))) as object,
);

const tree = (text: string): ReturnType<typeof parseYamlTree> => parseYamlTree(text, 'c.yml', { syntax: 's', duplicate: 'd' });
const faults = (text: string): string[] => {
  const parsed = tree(text);
  return parsed.root
    ? walkSchema(parsed.root, schema).map(
        (fault) => `${fault.kind} ${fault.path.join('.')} ${locate(parsed, fault.at).line}:${locate(parsed, fault.at).column}`,
      )
    : ['no tree'];
};
const app = (lines: string): string => `services:\n  app:\n    image: x\n    ${lines}\n`;

describe('walkSchema', () => {
  it.each([
    ['ports: [{targt: 80}]', ['unknown services.app.ports.0.targt 4:14']],
    ['build: {contxt: .}', ['unknown services.app.build.contxt 4:13']],
    ['command: 5', ['type services.app.command 4:14']],
    ['environment: {A: [1]}', ['type services.app.environment.A 4:22']],
    ['depends_on: {b: {condition: ready}}', ['value services.app.depends_on.b.condition 4:33']],
    ['deploy: {resources: {limits: {memry: 5m}}}', ['unknown services.app.deploy.resources.limits.memry 4:35']],
    ['oom_score_adj: 2000', ['value services.app.oom_score_adj 4:20']],
    ['healthcheck: {interval: 30, retris: 2}', ['type services.app.healthcheck.interval 4:29', 'unknown services.app.healthcheck.retris 4:33']],
  ])('says one thing about %s', (lines, expected) => {
    expect(faults(app(lines))).toEqual(expected);
  });

  it('counts merged keys, takes !reset anywhere and variables for any scalar, and tells a shared mistake once', () => {
    expect(faults('x-c: &c {restart: always}\nservices:\n  a: {<<: *c, image: x, ports: !reset null, privileged: "${P}", init: "${I:-true}"}\n')).toEqual([]);
    expect(faults('x-e: &e {A: [1]}\nservices:\n  a: {image: x, environment: *e}\n  b: {image: x, environment: *e}\n')).toEqual([
      'type services.a.environment.A 1:13',
      'type services.a.environment.A 1:13',
    ]);
  });

  it('ends at once on aliases that stand for very much', () => {
    const levels = Array.from({ length: 15 }, (_, i) => `x-${i}: &a${i} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ')}]`).join(
      '\n',
    );
    const start = performance.now();
    faults(`${levels}\nservices:\n  a:\n    image: x\n    command: *a14\n    ports: *a14\n`);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('agrees with ajv on good files', () => {
    for (const folder of Object.values(GOOD_FOLDERS)) {
      const parsed = tree(folder['docker-compose.yml'] ?? '');
      expect(judge(dataOf(parsed.root!))).toBe(true);
      expect(walkSchema(parsed.root!, schema)).toEqual([]);
    }
  });

  it('agrees with ajv on files made at random from the keys of the schema', () => {
    const keys = Object.keys(schema.definitions?.service?.properties ?? {});
    const scalar = fc.constantFrom<unknown>('a', '80:80', 5, 1.5, -1, null, '', 'always', 'service_started', 'CMD', true, false);
    const inner = [
      'context',
      'target',
      'published',
      'type',
      'source',
      'limits',
      'resources',
      'memory',
      'test',
      'interval',
      'driver',
      'options',
      'condition',
      'soft',
      'hard',
      'path',
      'required',
      'capabilities',
      'x-a',
      'a',
    ];
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        scalar,
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...inner), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    const service = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 });
    fc.assert(
      fc.property(service, (body) => {
        const parsed = tree(dump({ services: { app: body } }, { noRefs: true }));
        const data = dataOf(parsed.root!);
        const ours = walkSchema(parsed.root!, schema).filter((fault) => !lenient(fault));
        expect({ body, ok: ours.length === 0 }).toEqual({ body, ok: judge(data) });
      }),
      { numRuns: 1500, seed: 11 },
    );
  });
});

/** Where Compose says more than its schema: texts that have to be truth values. */
function lenient(fault: { kind: string; known?: string[] }): boolean {
  return fault.kind === 'value' && fault.known?.join() === 'true,false';
}
