import { createPeriodic, type Periodic } from '../orchestrator/periodic.ts';
import type { Shared } from './shared.ts';

/** Deletes rows that nobody reads any more, a bounded number in each turn, for as long as this process runs. */
export const openSweep = ({
  clock,
  config,
  reportFault,
  store,
}: Pick<Shared, 'clock'> & {
  readonly reportFault: (error: unknown) => void;
  readonly config: Pick<Shared['config'], 'sweepEveryMs' | 'sweepMaxRows' | 'voidKeyRetentionMs'>;
  readonly store: Pick<Shared['store'], 'expiredRows'>;
}): Periodic =>
  createPeriodic({
    ...{ clock, intervalMs: config.sweepEveryMs, random: Math.random, reportFault },
    work: () =>
      store.expiredRows.sweep({
        now: clock.now(),
        maxRows: config.sweepMaxRows,
        voidKeyRetentionMs: config.voidKeyRetentionMs,
      }),
  });
