import { isDeepStrictEqual } from 'node:util';
import {
  canonicalPolicy,
  TenantPolicy,
  type PolicyRecord,
  type PolicyVersionConflict,
} from '../blueprint/tenant-policy.ts';
import { toIssues } from '../blueprint/zod-issues.ts';
import type { Clock } from '../core/clock.ts';
import type { InvalidInputError } from '../core/errors.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggestion } from '../registry/near-matches.ts';
import type { PolicyStore } from '../store/policy-store.ts';
import { auditOf } from './audit.ts';
import type { UpdateOutcome } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface UpdatePolicyInput {
  readonly expectedVersion: number;
  /** The whole policy as it shall be. */
  readonly policy: unknown;
}

/** An accepted change: the policy as it is now. */
export interface UpdatedPolicy {
  readonly policy: PolicyRecord;
  readonly outcome: Exclude<UpdateOutcome, 'merged'>;
}

export type UpdatePolicyError = PolicyVersionConflict | InvalidInputError;
export type UpdatePolicy = (
  viewer: Viewer,
  input: UpdatePolicyInput,
) => Promise<Result<UpdatedPolicy, UpdatePolicyError>>;

export interface UpdatePolicyDeps {
  readonly policies: PolicyStore;
  readonly clock: Pick<Clock, 'now'>;
  /** The names that the operator has given to folders. */
  readonly folders: readonly string[];
}

/** Replaces the tenant's policy under its version lock. Attempts that start from now on are held to it. */
export const createUpdatePolicy =
  (deps: UpdatePolicyDeps): UpdatePolicy =>
  async (viewer, { expectedVersion, policy: given }) => {
    requireScope(viewer, 'grants:write');
    const parsed = TenantPolicy.safeParse(given);
    if (!parsed.success) return err(invalid(toIssues(parsed.error, given)));
    const policy = canonicalPolicy(parsed.data);
    const issues = unknownFolders(parsed.data, deps.folders);
    if (issues.length > 0) return err(invalid(issues));
    const { tenant, subject: by } = viewer;
    const current = await deps.policies.get(tenant);
    if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0 || expectedVersion > current.version) {
      const message = `expectedVersion is ${expectedVersion}, but the policy is at version ${current.version}.`;
      return err(invalid([{ rule: 'known-version', path: '/expectedVersion', message }]));
    }
    // A lost answer may be asked for again, however old the version is by now.
    if (isDeepStrictEqual(current.policy, policy)) return ok({ policy: current, outcome: 'unchanged' });
    if (expectedVersion < current.version) return err(conflict(expectedVersion, current));
    const at = deps.clock.now();
    const fields = changedFields(current.policy, policy);
    const audit = auditOf(viewer, 'updatePolicy', { at, nounId: tenant, fields });
    const answer = await deps.policies.change({ tenant, expectedVersion, policy, at, by, audit });
    if (answer.type === 'written') return ok({ policy: answer.record, outcome: 'applied' });
    // Somebody was quicker; perhaps with the same.
    return isDeepStrictEqual(answer.record.policy, policy)
      ? ok({ policy: answer.record, outcome: 'unchanged' })
      : err(conflict(expectedVersion, answer.record));
  };

const changedFields = (before: TenantPolicy, after: TenantPolicy): readonly string[] => {
  const old = new Map<string, unknown>(Object.entries(before));
  const differing = Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(value, old.get(name)));
  return [...differing.map(([name]) => name), ...[...old.keys()].filter((name) => !(name in after))];
};

function unknownFolders({ folders }: TenantPolicy, known: readonly string[]): readonly Issue[] {
  return folders.flatMap((name, at) => {
    if (known.includes(name)) return [];
    const message = `The operator has named no folder "${name}". ${suggestion(name, known)} ICEOS_FOLDERS names them.`;
    return [{ rule: 'known-folders', path: `/folders/${at}`, message }];
  });
}

const invalid = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `The policy was not changed: ${issues.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
  issues,
});

const conflict = (expectedVersion: number, current: PolicyRecord): PolicyVersionConflict => ({
  kind: 'PolicyVersionConflict',
  message: `The policy is at version ${current.version}, and your change is for version ${expectedVersion}. Look at what has changed, and send it again for the present version.`,
  expectedVersion,
  actualVersion: current.version,
  current,
});
