import { z } from 'zod';
import { ExecutionId } from '../core/ids.ts';
import type { BatchAppend, BatchStart } from './batch-statement.ts';
import type { AppendAnswer } from './event-store.ts';
import type { StartAnswer } from './execution-store.ts';
import type { Session } from './session.ts';

interface Unsettled {
  /** It was sent before, and its answer was lost. */
  readonly unknown: boolean;
}

// A row that was read outside the statement that refused.
const AppendRow = z.object({
  lease_token: z.coerce.number().nullable(),
  held: z.boolean().nullable(),
  written: z.boolean(),
});

/**
 * What became of appends that the fence refused, in their order. My last event at its sequence under my own token means
 * that the statement whose answer was lost had committed. The event itself is compared: after a lost answer, another
 * append of the same lease may have come first, with events of its own.
 */
export async function settleAppends(
  journal: Session,
  appends: readonly (BatchAppend & Unsettled)[],
): Promise<readonly AppendAnswer[]> {
  const lasts = appends.map(({ columns }) => columns.at(-1));
  const { rows } = await journal.query({
    name: 'iceos_settle_appends',
    text: `select e.lease_token, e.lease_owner is not null as held, v.sequence is not null as written
      from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int8[], $5::int2[], $6::int4[], $7::text[], $8::text[])
        with ordinality as a(id, token, sequence, at, type, attempt, path, payload, ord)
      left join executions e on e.id = a.id
      left join execution_events v on v.execution_id = a.id and v.sequence = a.sequence and v.lease_token = a.token
        and v.at = a.at and v.type = a.type and v.attempt is not distinct from a.attempt
        and v.path is not distinct from a.path and v.payload is not distinct from a.payload
      order by a.ord`,
    values: [
      appends.map(({ request }) => request.executionId),
      appends.map(({ request }) => request.leaseToken),
      lasts.map((last) => last?.sequence ?? 0),
      lasts.map((last) => last?.at ?? 0),
      lasts.map((last) => last?.type ?? 0),
      lasts.map((last) => last?.attempt ?? null),
      lasts.map((last) => last?.path ?? null),
      lasts.map((last) => last?.payload ?? null),
    ],
  });
  const settled = z.array(AppendRow).parse(rows);
  return appends.map(({ request, unknown }, index) => {
    const row = settled[index];
    if (unknown && row?.written === true) return 'wrote';
    return row?.held === true && row.lease_token === request.leaseToken ? 'moved' : 'stale';
  });
}

const StartRow = z.object({
  id: ExecutionId.nullable(),
  key_id: ExecutionId.nullable(),
  key_hash: z.string().nullable(),
});

/** What became of starts that met a row that was there already, in their order. */
export async function settleStarts(
  journal: Session,
  starts: readonly (BatchStart & Unsettled)[],
): Promise<readonly (StartAnswer | undefined)[]> {
  const { rows } = await journal.query({
    name: 'iceos_settle_starts',
    text: `select e.id, k.id as key_id, k.idempotency_hash as key_hash
      from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as s(id, tenant, key, ord)
      left join executions e on e.id = s.id
      left join executions k on k.tenant = s.tenant and k.idempotency_key = s.key
      order by s.ord`,
    values: [
      starts.map(({ request }) => request.id),
      starts.map(({ request }) => request.tenant),
      starts.map(({ request }) => request.idempotency?.key ?? null),
    ],
  });
  const settled = z.array(StartRow).parse(rows);
  return starts.map(({ request }, index) => {
    const row = settled[index];
    // Ids are ours alone: a row with it is this start, committed by a statement whose answer was lost.
    if (row?.id) return { type: 'created' };
    if (!row?.key_id) return undefined;
    return { type: 'exists', id: row.key_id, sameArguments: row.key_hash === request.idempotency?.argumentsHash };
  });
}
