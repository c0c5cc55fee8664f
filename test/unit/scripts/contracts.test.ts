import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  journalFaults,
  JSON_CONTRACTS,
  jsonCompared,
  pendingSection,
  schemaCompared,
} from '../../../scripts/contracts/contract-faults.ts';
import { contractDocuments } from '../../../scripts/contracts/documents.ts';
import { jsonChanges } from '../../../scripts/contracts/json-changes.ts';
import { EVENT_FORMAT } from '../../../src/execution/events.ts';
import { recordedOperation } from '../../../src/cli/schema-check/recorded-operations.ts';

type Edit = (document: ReturnType<typeof JSON.parse>) => void;

const pending = (text: string): string => `# Changelog\n\n## Pending\n\n${text}\n\n## 1.0.0\n`;

/** What the guard says when the contract of today changes like this, under that changelog. */
function faultsOf(name: string, edit: Edit, changelog = ''): readonly string[] {
  const contract = JSON_CONTRACTS.find(({ file }) => file === `docs/generated/${name}.json`);
  if (contract === undefined) throw new Error(`There is no contract ${name}.`);
  const before = readFileSync(contract.file, 'utf8');
  const document = JSON.parse(before);
  edit(document);
  return jsonCompared(contract, before, JSON.stringify(document), pending(changelog)).faults;
}

/** One fault, which the changelog may name and nothing else silences. */
function expectBreaks(name: string, edit: Edit, path: string): void {
  const faults = faultsOf(name, edit);
  expect(faults.join('\n')).toContain(`name \`${path}\` under Pending`);
  const others = faults.filter((fault) => !fault.includes(`\`${path}\``));
  expect(faultsOf(name, edit, `- \`${path}\` is other now.`)).toEqual(others);
  expect(faultsOf(name, edit, `- ${path} is other now.\n\n## 0.9.0\n\`${path}\``)).toEqual(faults);
}

const move = (names: ReturnType<typeof JSON.parse>, from: string, to: string): void => {
  names[to] = names[from];
  Reflect.deleteProperty(names, from);
};
const drop = (names: ReturnType<typeof JSON.parse>, name: string): boolean => Reflect.deleteProperty(names, name);
const event = (document: ReturnType<typeof JSON.parse>, type: string): ReturnType<typeof JSON.parse> =>
  document.oneOf.find((one: ReturnType<typeof JSON.parse>) => one.properties.type.const === type);

describe('metrics', () => {
  it.each<[string, Edit, string]>([
    ['one that is gone', (all) => drop(all, 'iceos_attempts_total'), 'iceos_attempts_total'],
    ['another name', (all) => move(all, 'iceos_attempts_total', 'iceos_tries_total'), 'iceos_attempts_total'],
    ['a label that is gone', (all) => drop(all.iceos_attempts_total.labels, 'kind'), 'iceos_attempts_total.kind'],
    [
      'another name of a label',
      (all) => move(all.iceos_attempts_total.labels, 'kind', 'sort'),
      'iceos_attempts_total.kind',
    ],
    [
      'a value of a label that is gone',
      (all) => all.iceos_attempts_total.labels.kind.shift(),
      'iceos_attempts_total.kind.sandboxed',
    ],
    ['another type', (all) => (all.iceos_attempts_total.type = 'gauge'), 'iceos_attempts_total.type'],
    [
      'another unit, which is part of the name',
      (all) => move(all, 'iceos_batch_duration_seconds', 'iceos_batch_duration_milliseconds'),
      'iceos_batch_duration_seconds',
    ],
    [
      'a bucket that is gone',
      (all) => all.iceos_batch_duration_seconds.buckets.shift(),
      'iceos_batch_duration_seconds.buckets.0.0005',
    ],
  ])('refuse %s', (_what, edit, path) => expectBreaks('metrics', edit, path));

  it('take what is new', () => {
    const grow: Edit = (all) => {
      all.iceos_new_total = { type: 'counter', labels: {} };
      all.iceos_attempts_total.labels.kind.push('more');
      all.iceos_batch_duration_seconds.buckets.push(20);
    };
    expect(faultsOf('metrics', grow)).toEqual([]);
  });
});

describe('settings', () => {
  it.each<[string, Edit, string]>([
    ['one that is gone', (all) => drop(all, 'ICEOS_PORT'), 'ICEOS_PORT'],
    ['another name', (all) => move(all, 'ICEOS_PORT', 'ICEOS_LISTEN'), 'ICEOS_PORT'],
    ['another default', (all) => (all.ICEOS_PORT.default = '4001'), 'ICEOS_PORT.default'],
    ['a higher floor', (all) => (all.ICEOS_PORT.minimum = 1), 'ICEOS_PORT.minimum'],
    ['a lower ceiling', (all) => (all.ICEOS_PORT.maximum = 9), 'ICEOS_PORT.maximum'],
    ['another unit', (all) => (all.ICEOS_LEASE_MS.unit = 'seconds'), 'ICEOS_LEASE_MS.unit'],
    ['a word that is gone', (all) => all.ICEOS_ROLE.enum.shift(), 'ICEOS_ROLE.enum.all'],
    ['a form that values must have', (all) => (all.ICEOS_HOST.pattern = '^1'), 'ICEOS_HOST.pattern'],
  ])('refuse %s', (_what, edit, path) => expectBreaks('settings', edit, path));

  it('take wider ranges, more words and new settings', () => {
    const grow: Edit = (all) => {
      all.ICEOS_HEARTBEAT_MS.minimum = 1;
      all.ICEOS_HEARTBEAT_MS.maximum = 1e9;
      all.ICEOS_ROLE.enum.push('observer');
      all.ICEOS_NEW = { default: '', type: 'string' };
    };
    expect(faultsOf('settings', grow)).toEqual([]);
  });
});

describe('events', () => {
  const raised =
    (edit: Edit): Edit =>
    (document) => {
      document.format = EVENT_FORMAT + 1;
      edit(document);
    };

  it.each<[string, Edit, string]>([
    ['a type that is gone', ({ oneOf }) => oneOf.shift(), 'events.executionRequested'],
    ['another number of a type', ({ codes }) => (codes.nodeFailed = 99), 'events.codes.nodeFailed'],
    ['a member that is gone', (all) => drop(event(all, 'nodeSkipped').properties, 'cause'), 'events.nodeSkipped.cause'],
    [
      'a member that must be there now',
      (all) => event(all, 'attemptFailed').required.push('retryAt'),
      'events.attemptFailed.retryAt',
    ],
    [
      'a word that is gone',
      (all) => event(all, 'nodeSkipped').properties.cause.enum.shift(),
      'events.nodeSkipped.cause.enum.conditionFalse',
    ],
    [
      'a stricter bound',
      (all) => (event(all, 'nodeSkipped').properties.sequence.minimum = 2),
      'events.nodeSkipped.sequence.minimum',
    ],
  ])('refuse %s', (_what, edit, path) => expectBreaks('events', raised(edit), path));

  const grow: Edit = (all) => {
    event(all, 'nodeSkipped').properties.note = { type: 'string' };
    event(all, 'nodeSkipped').properties.cause.enum.push('more');
    all.oneOf.push({ type: 'object', properties: { type: { const: 'newOne' } } });
  };

  it('may grow under a higher format, and not under the same', () => {
    expect(faultsOf('events', raised(grow))).toEqual([]);
    expect(faultsOf('events', grow).join()).toContain('EVENT_FORMAT is still');
    expectBreaks('events', grow, 'events.format');
    expect(faultsOf('events', (all) => (all.format = EVENT_FORMAT - 1)).join()).toContain('EVENT_FORMAT fell');
  });

  it('may be told otherwise to people', () => {
    expect(faultsOf('events', (all) => (event(all, 'nodeSkipped').description = 'Passed over.'))).toEqual([]);
  });
});

describe('the protocol of workers', () => {
  const message = (document: ReturnType<typeof JSON.parse>, side: string, type: string) => event(document[side], type);

  it.each<[string, Edit, string]>([
    ['a message that is gone', ({ toWorker }) => toWorker.oneOf.shift(), 'worker.toWorker.run'],
    [
      'a part that must be there now',
      (all) => message(all, 'fromWorker', 'failed').required.push('limit'),
      'worker.fromWorker.failed.limit',
    ],
    [
      'a shorter text',
      (all) => (message(all, 'fromWorker', 'log').properties.message.maxLength = 9),
      'worker.fromWorker.log.message.maxLength',
    ],
    ['a kind of program that is gone', ({ call }) => call.properties.program.oneOf.pop(), 'worker.call.program.script'],
  ])('refuses %s', (_what, edit, path) => expectBreaks('worker-protocol', edit, path));

  it('takes a message more', () => {
    const grow: Edit = ({ toWorker }) => toWorker.oneOf.push({ properties: { type: { const: 'newOne' } } });
    expect(faultsOf('worker-protocol', grow)).toEqual([]);
  });
});

describe('a schema of JSON', () => {
  const breaks = (before: z.ZodType, after: z.ZodType): boolean =>
    jsonChanges(z.toJSONSchema(before), z.toJSONSchema(after)).some(({ isBreaking }) => isBreaking);

  it.each<[string, z.ZodType, z.ZodType]>([
    ['or null', z.string(), z.string().nullable()],
    ['one of several', z.strictObject({ a: z.string() }), z.union([z.strictObject({ a: z.string() }), z.string()])],
    ['several words', z.literal('a'), z.enum(['a', 'b'])],
    ['anything', z.string().min(2), z.unknown()],
    ['more members', z.strictObject({ a: z.string() }), z.looseObject({ a: z.string() })],
  ])('grows to %s, and the way back breaks', (_what, less, more) => {
    expect(breaks(less, more)).toBe(false);
    expect(breaks(more, less)).toBe(true);
    expect(breaks(more, more)).toBe(false);
  });
});

describe('the schema of clients', () => {
  const before = 'type Query { blueprint(name: String!): String, list: [String] }';
  const after = 'type Query { blueprint(name: String!): String }';

  it('takes additions, and counts them', async () => {
    const { faults, counts } = await schemaCompared(before, `${before} type More { a: Int }`, '');
    expect(faults).toEqual([]);
    expect(counts).toEqual({ breaking: 0, dangerous: 0, safe: 2 });
  });

  it('refuses what breaks clients unless the changelog names it', async () => {
    const { faults } = await schemaCompared(before, after, '## Pending\n\n## 1.0.0\n`Query.list`');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('`Query.list`');
    expect((await schemaCompared(before, after, pending('- `Query.list` is gone.'))).faults).toEqual([]);
  });

  it('names the recorded operations that break, whatever the changelog says', async () => {
    const operations = [recordedOperation('ops.graphql', 'query All { list } query One { blueprint(name: "a") }')];
    const { faults } = await schemaCompared(before, after, pending('`Query.list`'), operations);
    expect(faults).toEqual([
      'ops.graphql, query All: Cannot query field "list" on type "Query". This operation is recorded here: change it too.',
    ]);
  });
});

describe('contracts', () => {
  it('are written as the code has them', () => {
    for (const [file, text] of contractDocuments()) expect(readFileSync(file, 'utf8')).toBe(text);
    expect(JSON_CONTRACTS.map(({ file }) => file).toSorted()).toEqual(
      contractDocuments()
        .map(([file]) => file)
        .toSorted(),
    );
  });

  it('read the Pending section of the changelog alone', () => {
    expect(pendingSection('# Changelog\n## Pending\nnew\n## 1.0.0\nold')).toBe('Pending\nnew\n');
    expect(pendingSection('# Changelog')).toBe('');
  });

  it('keep recorded journals as they were', () => {
    const before = new Map([
      ['a.json', '1'],
      ['b.json', '2'],
    ]);
    expect(journalFaults(before, new Map([...before, ['c.json', '3']]))).toEqual([]);
    expect(journalFaults(before, new Map([['b.json', '3']]))).toHaveLength(2);
  });
});
