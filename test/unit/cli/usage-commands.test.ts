import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csv } from '../../../src/cli/csv.ts';
import { dollars } from '../../../src/cli/money.ts';
import { runCli } from '../../../src/cli/program.ts';
import { data, refused, scene, type Scene } from '../../support/cli-scene.ts';

const tokens = {
  ...{ inputTokens: 30, cachedInputTokens: 4, cacheWriteTokens: 1, outputTokens: 10, reasoningTokens: 2 },
};
const none = { startsAt: null, blueprintId: null, blueprint: null, model: null, kind: null };
const group = (more: object): object => ({
  ...none,
  ...{ calls: 3, estimatedCalls: 1, ...tokens, costUsdMicros: '1500000' },
  ...more,
});
const usage = (...groups: readonly object[]): unknown => data({ usageTotals: groups });

const entry = (more: object = {}): object => ({
  ...{ at: '2026-06-01T10:00:00.000Z', executionId: 'RQ', rootExecutionId: 'RR', blueprintId: 'Qg' },
  ...{ blueprint: { name: 'flow' }, path: 'each[1].ask', attempt: 1, call: 0, kind: 'LLM', model: 'm' },
  ...{ ...tokens, costUsdMicros: '9007199254740993', usageSource: 'RECEIVED' },
  ...more,
});
const page = (entries: readonly object[], endCursor: string | null = null): unknown =>
  data({
    ledger: { edges: entries.map((node) => ({ node })), pageInfo: { hasNextPage: endCursor !== null, endCursor } },
  });

/** A server that gives one page after another, and what it was asked. */
function paged(...pages: readonly unknown[]): { readonly played: Scene; readonly asked: Record<string, unknown>[] } {
  const asked: Record<string, unknown>[] = [];
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    asked.push(JSON.parse(typeof init?.body === 'string' ? init.body : '{}').variables);
    return new Response(JSON.stringify(pages[asked.length - 1]));
  };
  return { played: scene({}, { fetch }), asked };
}

describe('iceos usage', () => {
  it('shows sums by model with a total, in which no token of memory counts again', async () => {
    const { played, asked } = paged(
      usage(group({ model: 'big' }), group({ model: 'small', costUsdMicros: '1' }), group({ model: 'docs' })),
      usage(
        group({ kind: 'LLM', calls: 6, estimatedCalls: 2, costUsdMicros: '1500001' }),
        group({ kind: 'MEMORY', costUsdMicros: '0' }),
      ),
    );
    expect(await runCli(['usage'], played.deps)).toBe(0);
    const filter = { from: null, to: null, executionId: null };
    expect(asked).toEqual([
      { groupBy: 'MODEL', filter },
      { groupBy: 'KIND', filter },
    ]);
    expect(played.out()).toBe(
      [
        'model  calls  estimated  input  cached  cache write  output  reasoning  cost',
        'big    3      1          30     4       1            10      2          $1.500000',
        'small  3      1          30     4       1            10      2          $0.000001',
        'docs   3      1          30     4       1            10      2          $1.500000',
        'total  6      2          30     4       1            10      2          $1.500001',
        '',
      ].join('\n'),
    );
  });

  it('gives CSV with exact money, of blueprints with ID and name', async () => {
    const of = { blueprintId: 'Qg', blueprint: { name: 'flow' }, costUsdMicros: '9007199254740993' };
    const { deps, out } = scene({ UsageTotals: usage(group(of), group({ ...of, blueprint: null })) });
    expect(await runCli(['usage', '--by', 'blueprint', '--csv'], deps)).toBe(0);
    expect(out()).toBe(
      [
        'blueprint,blueprint_name,calls,estimated_calls,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd_micros',
        'Qg,flow,3,1,30,4,1,10,2,9007199254740993',
        'Qg,,3,1,30,4,1,10,2,9007199254740993',
        '',
      ].join('\r\n'),
    );
  });

  it('asks for a time, an execution and a grouping', async () => {
    const { deps, asked, out } = scene({
      HasExecution: data({ execution: { id: 'e1' } }),
      UsageTotals: usage(group({ startsAt: '2026-01-01T00:00:00.000Z' }), group({ kind: 'LLM' })),
    });
    const args = ['--by', 'day', '--from', '2026-01-01', '--to', '2026-01-31T12:00:00+02:00', '--execution', 'e1'];
    expect(await runCli(['usage', ...args, '--json'], deps)).toBe(0);
    expect(asked.map(({ variables }) => variables)).toEqual([
      { id: 'e1' },
      {
        groupBy: 'DAY',
        filter: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-31T10:00:00.000Z', executionId: 'e1' },
      },
    ]);
    const lines = out().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { startsAt: '2026-01-01T00:00:00.000Z', calls: 3 },
      { kind: 'LLM' },
    ]);
  });

  it('says that there is nothing, no such execution, or what is refused', async () => {
    const empty = scene({ UsageTotals: usage() });
    expect(await runCli(['usage', '--by', 'kind'], empty.deps)).toBe(0);
    expect(empty.errors()).toContain('No call of a model');
    const missing = scene({ HasExecution: data({ execution: null }) });
    expect(await runCli(['usage', '--execution', 'e9'], missing.deps)).toBe(2);
    expect(missing.errors()).toContain('no execution with the ID "e9"');
    const tooMany = scene({ UsageTotals: refused('BAD_REQUEST', 'By hour these are more than 1000 groups.') });
    expect(await runCli(['usage', '--by', 'hour'], tooMany.deps)).toBe(2);
    expect(tooMany.errors()).toContain('more than 1000 groups');
    expect(await runCli(['usage'], scene({ UsageTotals: refused('FORBIDDEN') }).deps)).toBe(78);
    expect(await runCli(['usage'], scene().deps)).toBe(4);
  });

  it.each([
    ['--by', 'tenant'],
    ['--from', 'yesterday'],
    ['--from', '2026-02-30'],
    ['--to', '2026-02-30T00:00:00Z'],
    ['--to', '2026-01-01T25:00:00Z'],
    ['--to', '2026-01-01T00:00:00'],
    ['--csv', '--json'],
  ])('refuses %s %s', async (...args) => {
    const { deps, asked, errors } = scene();
    expect(await runCli(['usage', ...args], deps)).toBe(2);
    expect(asked).toEqual([]);
    expect(errors()).toMatch(/Allowed choices|2026-01-31|cannot be used with/);
  });
});

const exported = { data: { exportLedger: { __typename: 'ExportLedgerSuccess' } } };

describe('iceos ledger', () => {
  it('shows the newest calls, and says when there are more', async () => {
    const lost = entry({ usageSource: 'ESTIMATED', costUsdMicros: '30', blueprint: null });
    const { played, asked } = paged(page([entry(), lost], 'c1'));
    expect(await runCli(['ledger', '--first', '2', '--model', 'm'], played.deps)).toBe(0);
    const filter = { from: null, to: null, executionId: null, model: 'm', usageSource: null };
    expect(asked).toEqual([{ first: 2, after: null, filter }]);
    expect(played.out()).toBe(
      [
        'at                        blueprint  node         attempt  call  model  input  output  cost',
        '2026-06-01T10:00:00.000Z  flow       each[1].ask  1        0     m      30     10      $9007199254.740993',
        '2026-06-01T10:00:00.000Z             each[1].ask  1        0     m      30     10      $0.000030           estimated',
        '',
      ].join('\n'),
    );
    expect(played.errors()).toContain('--first 4');
  });

  it('gives all of it as CSV, page after page, with exact money', async () => {
    const evil = entry({ model: '=HYPERLINK("http://x","a")', path: 'a,b' });
    const { played, asked } = paged(exported, page([entry()], 'c1'), page([evil], 'c2'), page([]));
    expect(await runCli(['ledger', '--csv', '--estimated'], played.deps)).toBe(0);
    // Recorded before the first page is read.
    expect(asked[0]).toMatchObject({ input: { filter: { usageSource: 'ESTIMATED' } } });
    expect(asked.slice(1).map(({ first, after }) => [first, after])).toEqual([
      [100, null],
      [100, 'c1'],
      [100, 'c2'],
    ]);
    expect(asked[1]).toMatchObject({ filter: { usageSource: 'ESTIMATED' } });
    const lines = played.out().split('\r\n');
    expect(lines).toEqual([
      'at,execution,root_execution,blueprint,blueprint_name,path,attempt,call,kind,model,input_tokens,cached_input_tokens,' +
        'cache_write_tokens,output_tokens,reasoning_tokens,cost_usd_micros,usage_source',
      '2026-06-01T10:00:00.000Z,RQ,RR,Qg,flow,each[1].ask,1,0,llm,m,30,4,1,10,2,9007199254740993,received',
      '2026-06-01T10:00:00.000Z,RQ,RR,Qg,flow,"a,b",1,0,llm,"\'=HYPERLINK(""http://x"",""a"")",30,4,1,10,2,9007199254740993,received',
      '',
    ]);
  });

  it('asks for a page when the one before has been read, and stops at Ctrl-C', async () => {
    const { played, asked } = paged(exported, page([entry()], 'c1'), page([entry()], 'c2'));
    const interrupt = new AbortController();
    const askedWhenDrained: number[] = [];
    const terminal = {
      ...played.deps.terminal,
      async drained() {
        askedWhenDrained.push(asked.length);
        if (asked.length === 3) interrupt.abort(new Error('Ctrl-C'));
      },
    };
    expect(await runCli(['ledger', '--json'], { ...played.deps, terminal, signal: interrupt.signal })).toBe(130);
    expect(askedWhenDrained).toEqual([2, 3]);
    expect(played.out().trimEnd().split('\n')).toHaveLength(2);
  });

  it('writes nothing when the export is refused', async () => {
    const message = 'Nothing is exported.';
    const { played, asked } = paged({ data: { exportLedger: { __typename: 'InvalidInputError', message } } });
    expect(await runCli(['ledger', '--csv'], played.deps)).toBe(2);
    expect([played.out(), played.errors(), asked.length]).toEqual(['', message, 1]);
  });

  it('says that nothing matches', async () => {
    const { played } = paged(page([]));
    expect(await runCli(['ledger'], played.deps)).toBe(0);
    expect(played.errors()).toContain('No call of a model matches');
  });
});

describe('CSV', () => {
  it('is read back as it was, and no cell begins a formula', () => {
    const dangerous = ['=1', '+1', '-1', '@a', '\t=1', '\r=1', '\n=1', '\uFF1D1', '\uFF20a'];
    const plain = ['', 'a"b', 'a,b', 'a\nb', 'a\rb', 'a\r\nb', 'x=1', ' =1', '0'];
    const text = csv([dangerous, plain]);
    expect(parse(text)).toEqual([dangerous.map((cell) => `'${cell}`), plain]);
    // RFC 4180: line breaks stand in quotes, lines end with CRLF.
    expect(text.replaceAll(/"(?:[^"]|"")*"/g, '').match(/[\r\n]+/g)).toEqual(['\r\n', '\r\n']);
  });
});

describe('dollars', () => {
  it('have six places, whatever the amount', () => {
    expect(['0', '1', '1000000', '123456789012345678901'].map(dollars)).toEqual([
      '$0.000000',
      '$0.000001',
      '$1.000000',
      '$123456789012345.678901',
    ]);
  });
});
