import type { InvalidInputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { AuditStore } from '../store/audit-store.ts';
import type { LedgerReads } from '../store/ledger-reads.ts';
import type { CallKey } from '../usage/charge.ts';
import type { LedgerEntry, LedgerFilter, LedgerPlace, UsageGrouping, UsageTotals } from '../usage/ledger.ts';
import { auditOf, namesOf } from './audit.ts';
import { createFollowUsage, type FollowUsage, type FollowUsageDeps } from './follow-usage.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

const POLL_INTERVAL_MS = 1_000;
const GATHER_MS = 100;

/** What a client may ask for about what calls have cost; every call sees the viewer's tenant alone. */
export interface UsageUseCases {
  /** Newest first. */
  listLedger(viewer: Viewer, filter: LedgerFilter, page: PageArguments<LedgerPlace>): Promise<Page<LedgerEntry>>;
  getLedgerEntries(viewer: Viewer, keys: readonly CallKey[]): Promise<readonly (LedgerEntry | undefined)[]>;
  /** Records that what matches is taken away; answers with when. */
  exportLedger(viewer: Viewer, filter: LedgerFilter): Promise<Result<{ readonly at: number }, InvalidInputError>>;
  /** By time the earliest first, else what cost the most. */
  getTotals(
    viewer: Viewer,
    filter: LedgerFilter,
    grouping: UsageGrouping,
  ): Promise<Result<readonly UsageTotals[], InvalidInputError>>;
  readonly followUsage: FollowUsage;
}

export interface UsageUseCasesDeps extends Pick<FollowUsageDeps, 'views' | 'clock'> {
  readonly ledgerReads: LedgerReads;
  readonly audit: Pick<AuditStore, 'record'>;
  /** The most groups that one answer has. */
  readonly maxGroups: number;
}

/** All use cases of the ledger, connected. */
export function createUsageUseCases({ ledgerReads, audit, maxGroups, ...deps }: UsageUseCasesDeps): UsageUseCases {
  return {
    async listLedger(viewer, filter, page) {
      requireScope(viewer, 'executions:read');
      return ledgerReads.list(viewer.tenant, filter, page);
    },
    async getLedgerEntries(viewer, keys) {
      requireScope(viewer, 'executions:read');
      return ledgerReads.getMany(viewer.tenant, keys);
    },
    async exportLedger(viewer, filter) {
      requireScope(viewer, 'executions:read');
      const at = deps.clock.now();
      await audit.record(auditOf(viewer, 'exportLedger', { at, fields: namesOf(filter) }));
      return ok({ at });
    },
    async getTotals(viewer, filter, grouping) {
      requireScope(viewer, 'executions:read');
      const totals = await ledgerReads.totals(viewer.tenant, filter, { grouping, maxGroups });
      return totals === undefined ? err(tooManyGroups(grouping, maxGroups)) : ok(totals);
    },
    followUsage: createFollowUsage({
      ...deps,
      ledgerReads,
      pollIntervalMs: POLL_INTERVAL_MS,
      gatherMs: GATHER_MS,
    }),
  };
}

function tooManyGroups(grouping: UsageGrouping, maxGroups: number): InvalidInputError {
  const message =
    `By ${grouping} these are more than ${maxGroups} groups, the most that one answer has. ` +
    'Ask for less at once: a shorter time by from and to, or one blueprint, model or execution.';
  return { kind: 'InvalidInputError', message, issues: [{ rule: 'usageGroups', path: '/groupBy', message }] };
}
