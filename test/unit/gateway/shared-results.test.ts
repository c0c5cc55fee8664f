import { parse, type ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import { createSharedResults, selectionOf, textOfResult } from '../../../src/gateway/shared-results.ts';
import type { Viewer, ViewerScope } from '../../../src/use-cases/viewer.ts';

const OTHER_TENANT = TenantId.parse('0198c0de-0000-7000-8000-000000000002');
const viewer = (...scopes: readonly ViewerScope[]): Viewer => ({
  ...{ tenant: DEFAULT_TENANT, subject: 'ada', scopes: new Set(scopes) },
});
const QUERY =
  'subscription ($id: ID!, $after: String) { executionEvents(executionId: $id, after: $after) { __typename } }';
const of = (query: string, variableValues: Record<string, unknown>, by = viewer('executions:read')): string =>
  selectionOf({ document: parse(query), operationName: undefined, variableValues }, by);

describe('What subscribers select', () => {
  it('is the same for all who may see the same and ask for the same, wherever they begin', () => {
    const one = of(QUERY, { id: 'a', after: '1' });
    expect(of(QUERY, { id: 'a' })).toBe(one);
    expect(of(QUERY, { id: 'a', after: '2' }, viewer('executions:read'))).toBe(one);
    expect(of(QUERY, { id: 'a', more: 'x'.repeat(1_000_000) })).toBe(one);
    const by = viewer('memory:read', 'executions:read');
    expect(of(QUERY, { id: 'a' }, by)).toBe(of(QUERY, { id: 'a' }, viewer('executions:read', 'memory:read')));
  });

  it('is another with other scopes, in another tenant, for another text, another variable', () => {
    const reader = viewer('executions:read');
    const keys = [
      of(QUERY, { id: 'a' }),
      of(QUERY, { id: 'a' }, viewer()),
      of(QUERY, { id: 'a' }, viewer('executions:read', 'memory:read')),
      of(QUERY, { id: 'a' }, { ...reader, tenant: OTHER_TENANT }),
      of(QUERY, { id: 'b' }),
      of(QUERY.replace('__typename', '... on ExecutionEvents { cursor }'), { id: 'a' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is another where a variable is absent, which then has its default, than where it is null', () => {
    const query = QUERY.replace('$after: String', '$filter: EventFilter = { nodeNames: ["a"] }').replace(
      'after: $after',
      'filter: $filter',
    );
    expect(of(query, { id: 'a', filter: null })).not.toBe(of(query, { id: 'a' }));
  });

  it('depends on where they begin where that is used elsewhere too', () => {
    const query = QUERY.replace(
      '__typename',
      '... on ExecutionSnapshot { execution { events(after: $after) { edges { cursor } } } }',
    );
    expect(of(query, { id: 'a', after: '1' })).not.toBe(of(query, { id: 'a', after: '2' }));
  });
});

describe('The result of a message', () => {
  it('is made once for a selection, and written once', async () => {
    const results = createSharedResults();
    const [message, other] = [{}, {}];
    let made = 0;
    const make = (): Promise<ExecutionResult> => Promise.resolve({ data: { n: (made += 1) } });
    const all = await Promise.all(Array.from({ length: 5 }, () => results.of({ message, selection: 'a', make })));
    expect(new Set(all).size).toBe(1);
    expect(await results.of({ message, selection: 'b', make })).toEqual({ data: { n: 2 } });
    expect(await results.of({ message: other, selection: 'a', make })).toEqual({ data: { n: 3 } });
    expect(all.map(textOfResult)).toEqual(all.map(() => '{"data":{"n":1}}'));
  });
});
