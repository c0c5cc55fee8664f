import type { AuditFilter, AuditRecord } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { InvalidInputError } from '../core/errors.ts';
import type { TenantId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { AuditStore } from '../store/audit-store.ts';
import { auditOf, namesOf } from './audit.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What a client may ask for about the audit log of its tenant, and what the gateway itself records. */
export interface AuditUseCases {
  /** Newest first. Needs `audit:read`. */
  listAuditLog(viewer: Viewer, filter: AuditFilter, page: PageArguments<string>): Promise<Page<AuditRecord>>;
  getAuditEntries(viewer: Viewer, ids: readonly string[]): Promise<readonly (AuditRecord | undefined)[]>;
  /** Records that what matches is taken away; answers with the entry of that. Needs `audit:read`. */
  exportAuditLog(
    viewer: Viewer,
    filter: AuditFilter,
  ): Promise<Result<{ readonly entry: AuditRecord }, InvalidInputError>>;
  recordRenewal(viewer: Viewer, streamId: string): Promise<void>;
  /** A sample: of each tenant the first so many of a minute in this process. `fields` are those of the schema. */
  recordRefusal(viewer: Viewer, refusal: { readonly code: string; readonly fields: readonly string[] }): Promise<void>;
}

export interface AuditUseCasesDeps {
  readonly audit: AuditStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly denialsPerMinute: number;
}

export function createAuditUseCases({ audit, clock, denialsPerMinute }: AuditUseCasesDeps): AuditUseCases {
  const sample = createSample(denialsPerMinute);
  return {
    async listAuditLog(viewer, filter, page) {
      requireScope(viewer, 'audit:read');
      return audit.list(viewer.tenant, filter, page);
    },
    async getAuditEntries(viewer, ids) {
      requireScope(viewer, 'audit:read');
      return audit.getMany(viewer.tenant, ids);
    },
    async exportAuditLog(viewer, filter) {
      requireScope(viewer, 'audit:read');
      if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to) return err(EMPTY_TIME);
      const at = clock.now();
      const id = await audit.record(auditOf(viewer, 'exportAuditLog', { at, fields: namesOf(filter) }));
      const [entry] = await audit.getMany(viewer.tenant, [id]);
      if (entry === undefined) throw new Error(`The audit entry ${id} was written and is not there.`);
      return ok({ entry });
    },
    async recordRenewal(viewer, nounId) {
      await audit.record(auditOf(viewer, 'renewStream', { at: clock.now(), nounId, fields: ['token'] }));
    },
    async recordRefusal(viewer, { code: nounId, fields }) {
      const at = clock.now();
      if (!sample(viewer.tenant, at)) return;
      await audit.record(auditOf(viewer, 'refuseRequest', { at, nounId, fields }));
    },
  };
}

const message = 'from must be before to: they are the first instant and the one after the last.';
const EMPTY_TIME: InvalidInputError = {
  kind: 'InvalidInputError',
  message,
  issues: [{ rule: 'audit-time', path: '/filter/from', message }],
};

/** True for the first `most` of each tenant in each minute. */
function createSample(most: number): (tenant: TenantId, at: number) => boolean {
  let minute = 0;
  const seen = new Map<TenantId, number>();
  return (tenant, at) => {
    const now = Math.floor(at / MINUTE_MS);
    if (now !== minute) seen.clear();
    minute = now;
    const count = (seen.get(tenant) ?? 0) + 1;
    seen.set(tenant, count);
    return count <= most;
  };
}
