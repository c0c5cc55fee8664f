import type { Clock } from '../core/clock.ts';
import { DEFAULT_TENANT } from '../core/ids.ts';
import type { GrantsRequest } from '../orchestrator/call-tool.ts';
import { effectiveGrants } from '../registry/effective-grants.ts';
import type { Grant } from '../sandbox/grant.ts';
import type { PolicyStore } from '../store/policy-store.ts';
import { isUnavailable } from '../store/unavailable.ts';

export interface GrantsOfDeps {
  readonly policies: Pick<PolicyStore, 'get'>;
  /** Those that the operator has named, with their paths. */
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  /** Values by name: the operator's, and so those of the installation's own tenant alone. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly clock: Pick<Clock, 'delay'>;
}

const WAIT_MS = 500;

/** What an attempt may reach: its tool, its node and the tenant's policy of this moment, cut with each other. */
export const createGrantsOf =
  (deps: GrantsOfDeps) =>
  async ({ tenant, tool, asked }: GrantsRequest, signal: AbortSignal): Promise<readonly Grant[]> => {
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
    const read = (name: string) => (): string | undefined =>
      tenant === DEFAULT_TENANT ? deps.secrets.get(name) : undefined;
    return [
      ...effective.hosts.map((host): Grant => ({ kind: 'host', ...host })),
      ...deps.folders
        .filter(({ name }) => effective.folders.includes(name))
        .map((folder): Grant => ({ kind: 'folder', ...folder })),
      ...effective.secrets.map((secret): Grant => ({ kind: 'secret', ...secret, read: read(secret.name) })),
      ...effective.reveal.map((name): Grant => ({ kind: 'reveal', name, read: read(name) })),
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
