import type { Clock } from '../core/clock.ts';
import { DEFAULT_TENANT } from '../core/ids.ts';
import type { GrantsRequest } from '../orchestrator/call-tool.ts';
import { effectiveGrants } from '../registry/effective-grants.ts';
import type { Grant } from '../sandbox/grant.ts';
import type { AuditStore } from '../store/audit-store.ts';
import type { PolicyStore } from '../store/policy-store.ts';
import { isUnavailable } from '../store/unavailable.ts';
import { auditOf } from '../use-cases/audit.ts';
import type { ReadStoredSecrets } from './read-stored-secrets.ts';

export interface GrantsOfDeps {
  readonly policies: Pick<PolicyStore, 'get'>;
  /** Those that the operator has named, with their paths. */
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  /** Those of the tenant; they go before the operator's. */
  readonly readStored: ReadStoredSecrets;
  /** Values by name: the operator's, and so those of the installation's own tenant alone. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly audit: Pick<AuditStore, 'record'>;
  readonly clock: Pick<Clock, 'delay' | 'now'>;
}

const WAIT_MS = 500;

/** What an attempt may reach: its tool, its node and the tenant's policy of this moment, cut with each other. */
export const createGrantsOf =
  (deps: GrantsOfDeps) =>
  async ({ tenant, executionId, tool, asked }: GrantsRequest, signal: AbortSignal): Promise<readonly Grant[]> => {
    const { policy } = await untilAvailable(() => deps.policies.get(tenant), { ...deps, signal });
    const effective = effectiveGrants({
      declared: tool.grants,
      // Sets of the plan, as the spec has them.
      asked: {
        hosts: [...asked.hosts],
        folders: [...asked.folders],
        secrets: [...asked.secrets],
        reveal: [...asked.reveal],
      },
      policy,
    });
    const names = [...new Set([...effective.secrets.map(({ name }) => name), ...effective.reveal])];
    const stored = await untilAvailable(() => deps.readStored(tenant, names), { ...deps, signal });
    // A stored one that does not open is no reason to send another value.
    const read = (name: string) =>
      stored.get(name) ?? (() => (tenant === DEFAULT_TENANT ? deps.secrets.get(name) : undefined));
    const onReveal = (name: string) => {
      let isRecorded = false;
      return async (until: AbortSignal): Promise<void> => {
        // Once: a tool that asks a thousand times knows no more of it.
        if (isRecorded) return;
        const about = { at: deps.clock.now(), nounId: name, fields: ['value'] };
        const entry = auditOf({ tenant, subject: `execution ${executionId}` }, 'revealSecret', about);
        await untilAvailable(() => deps.audit.record(entry), { ...deps, signal: until });
        isRecorded = true;
      };
    };
    return [
      ...effective.hosts.map((host): Grant => ({ kind: 'host', ...host })),
      ...deps.folders
        .filter(({ name }) => effective.folders.includes(name))
        .map((folder): Grant => ({ kind: 'folder', ...folder })),
      ...effective.secrets.map((secret): Grant => ({ kind: 'secret', ...secret, read: read(secret.name) })),
      ...effective.reveal.map((name): Grant => ({ kind: 'reveal', name, read: read(name), onReveal: onReveal(name) })),
    ];
  };

/** The database being away is no fault of the node: its attempt waits. */
async function untilAvailable<T>(
  ask: () => Promise<T>,
  { clock, signal }: Pick<GrantsOfDeps, 'clock'> & { readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await clock.delay(WAIT_MS, signal);
    }
  }
}
