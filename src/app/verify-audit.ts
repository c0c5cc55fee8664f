import type { AuditVerification } from '../cli/cli-deps.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { createAuditSealStore } from '../store/audit-seal-store.ts';
import { verifyAuditLog, type KnownSeal } from '../use-cases/verify-audit-log.ts';
import { createAuditHead } from './audit-head.ts';
import { readAuditKey } from './audit-key.ts';
import type { InstallationPaths } from './installation.ts';
import { withDatabase } from './with-database.ts';

/** Walks the seals of the audit log, without a server; undefined: there is no key, and so no seal. */
export async function verifyAudit(
  config: Config,
  paths: InstallationPaths,
  expected: KnownSeal | undefined,
): Promise<AuditVerification | undefined> {
  const key = await readAuditKey(config.auditKeyFile);
  if (key === undefined) return undefined;
  const head = await createAuditHead(config.dataDir).read();
  return withDatabase(config, paths, async (database) => {
    const known = [head, expected].filter((seal) => seal !== undefined);
    const { auditRetentionMs: retentionMs } = config;
    const seals = createAuditSealStore({ database });
    const verified = await verifyAuditLog({ seals, key, known, retentionMs, clock: systemClock });
    return { ...verified, isEndKnown: known.length > 0 };
  });
}
