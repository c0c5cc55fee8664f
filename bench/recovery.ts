import pg from 'pg';
import type { BenchServer } from './servers.ts';
import { startProduct } from './product-process.ts';
import { median } from './statistics.ts';
import { setTimeout as delay } from 'node:timers/promises';

const EXECUTIONS = 50;
const STEP_MS = 50;

/** W4: kill -9 half way, restart; the time until all is done counts from the restart. */
export async function measureRecovery(
  server: BenchServer,
  rounds: number,
): Promise<{ readonly recoveryMs: number; readonly stepsRunAgain: number; readonly lost: number }> {
  const times: number[] = [];
  let stepsRunAgain = 0;
  let lost = 0;
  for (let n = 1; n <= rounds; n += 1) {
    const url = await server.createDatabase(`recovery_${n}`);
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const first = await startProduct({ DATABASE_URL: url }, { delayMs: STEP_MS });
    await first.ask({ type: 'w4', executions: EXECUTIONS });
    await delay(STEP_MS * 5);
    await first.kill();
    const killedAt = performance.now();
    const second = await startProduct({ DATABASE_URL: url }, { delayMs: STEP_MS });
    await untilDone(pool);
    times.push(performance.now() - killedAt);
    const again = await pool.query<{ again: string; lost: string }>(`select
      (select count(*) from (select execution_id, path from execution_events where type = 4 group by 1, 2 having count(*) > 1) d) as again,
      (select count(*) from executions where status <> 4) as lost`);
    stepsRunAgain += Number(again.rows[0]?.again ?? 0);
    lost += Number(again.rows[0]?.lost ?? 0);
    await second.close();
    await pool.end();
  }
  return { recoveryMs: median(times), stepsRunAgain, lost };
}

async function untilDone(pool: pg.Pool): Promise<void> {
  for (;;) {
    const open = await pool.query<{ open: string }>('select count(*) as open from executions where status < 4');
    if (open.rows[0]?.open === '0') return;
    await delay(5);
  }
}
