import type { Database } from '../../src/store/database.ts';

/** What is wrong with the journal of a database: all zero when every promise about it holds. */
export interface JournalAudit {
  readonly executions: number;
  readonly unfinished: number;
  readonly failed: number;
  readonly gaps: number;
  readonly terminalEventsTwice: number;
  readonly eventsAfterTheEnd: number;
  readonly timeRunsBackwards: number;
  readonly outcomesTwice: number;
  /** The last events of executions that failed, a few of them: why. */
  readonly failures: readonly unknown[];
}

/** Type 13 is the event of an execution that failed. */
const FAILURES = `select payload from execution_events where type = 13 order by execution_id limit 5`;

const AUDIT = `with numbered as (
    select execution_id, sequence, type, path, at,
      row_number() over (partition by execution_id order by sequence) as place,
      lag(at) over (partition by execution_id order by sequence) as before
    from execution_events),
  ends as (select execution_id, min(sequence) as sequence, count(*) as ends from numbered where type in (12, 13, 14) group by 1)
  select
    (select count(*)::int from executions) as executions,
    (select count(*)::int from executions where status < 4) as unfinished,
    (select count(*)::int from executions where status = 5) as failed,
    (select count(*)::int from numbered where sequence <> place)
      + (select count(*)::int from executions e where last_sequence <>
          (select max(sequence) from execution_events v where v.execution_id = e.id)) as gaps,
    (select count(*)::int from ends where ends > 1) as terminal_events_twice,
    (select count(*)::int from numbered n join ends e using (execution_id) where n.sequence > e.sequence) as events_after_the_end,
    (select count(*)::int from numbered where at < before) as time_runs_backwards,
    (select count(*)::int from (select 1 from execution_events where type = 4 group by execution_id, path having count(*) > 1) d)
      as outcomes_twice`;

/** Reads the whole journal in SQL, past all code that could hide something. */
export async function auditJournal(database: Pick<Database, 'query'>): Promise<JournalAudit> {
  const { rows } = await database.query<Record<string, number>>({ text: AUDIT });
  const failures = await database.query<{ payload: unknown }>({ text: FAILURES });
  const row = rows[0] ?? {};
  const of = (name: string): number => row[name] ?? -1;
  return {
    executions: of('executions'),
    unfinished: of('unfinished'),
    failed: of('failed'),
    gaps: of('gaps'),
    terminalEventsTwice: of('terminal_events_twice'),
    eventsAfterTheEnd: of('events_after_the_end'),
    timeRunsBackwards: of('time_runs_backwards'),
    outcomesTwice: of('outcomes_twice'),
    failures: failures.rows.map(({ payload }) => payload),
  };
}

/** The audit of a journal in which that many executions have all succeeded. */
export const allSucceeded = (executions: number): JournalAudit => ({
  executions,
  unfinished: 0,
  failed: 0,
  gaps: 0,
  terminalEventsTwice: 0,
  eventsAfterTheEnd: 0,
  timeRunsBackwards: 0,
  outcomesTwice: 0,
  failures: [],
});
