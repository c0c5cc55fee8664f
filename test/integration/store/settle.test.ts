import { afterAll, beforeAll, expect, test } from 'vitest';
import { toRow } from '../../../src/execution/codec.ts';
import type { AppendRequest } from '../../../src/store/event-store.ts';
import { settleAppends } from '../../../src/store/settle.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { appendRequest, insertBlueprint, startOwned, succeeded } from '../../support/journal.ts';

let opened: ServerTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(() => opened.close());

const settle = async (request: AppendRequest) => {
  const [answer] = await settleAppends(opened.database.journal, [
    { request, columns: request.events.map(toRow), unknown: true },
  ]);
  return answer;
};

test('an append whose answer was lost counts as written only when the journal holds its own events', async () => {
  const { stores } = opened;
  const { id } = await startOwned(stores, await insertBlueprint(stores));
  const mine = appendRequest(id, { events: [succeeded(2), succeeded(3, 'a "quoted" \\ {value}, \u0000')] });
  expect(await stores.events.append(mine)).toBe('wrote');

  expect(await settle(mine)).toBe('wrote');
  expect(await settle(appendRequest(id, { events: [succeeded(2), succeeded(3, 'another')] }))).toBe('moved');
  expect(await settle(appendRequest(id, { events: [succeeded(2, 'another'), succeeded(3), succeeded(4)] }))).toBe(
    'moved',
  );
  expect(await settle({ ...mine, leaseToken: 2 })).toBe('stale');
});
