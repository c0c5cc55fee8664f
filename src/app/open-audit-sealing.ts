import { createAuditSealing } from '../orchestrator/audit-sealing.ts';
import { createPeriodic, type Periodic } from '../orchestrator/periodic.ts';
import { createAuditHead } from './audit-head.ts';
import { readAuditKey } from './audit-key.ts';
import type { Shared } from './shared.ts';

/** Seals the audit log, and deletes what the retention lets go, for as long as this process runs; nothing without a key. */
export async function openAuditSealing({
  clock,
  config,
  logger,
  observers,
  store,
}: Pick<Shared, 'clock' | 'config' | 'logger' | 'observers' | 'store'>): Promise<Periodic | undefined> {
  const key = await readAuditKey(config.auditKeyFile);
  if (key === undefined) return undefined;
  return createPeriodic({
    ...{ clock, intervalMs: config.auditSealEveryMs, random: Math.random, reportFault: observers.reportFault },
    work: createAuditSealing({
      seals: store.auditSeals,
      head: createAuditHead(config.dataDir),
      key,
      maxRows: config.auditMaxRangeRows,
      retentionMs: config.auditRetentionMs,
      clock,
      // Where log lines are kept elsewhere, `iceos audit verify --expect` takes what they say.
      onSealed: ({ number, rowCount, seal }) => logger.info('audit log sealed', { number, rows: rowCount, seal }),
    }),
  });
}
