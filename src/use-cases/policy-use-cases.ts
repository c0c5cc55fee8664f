import type { PolicyRecord } from '../blueprint/tenant-policy.ts';
import { createUpdatePolicy, type UpdatePolicy, type UpdatePolicyDeps } from './update-policy.ts';
import { ForbiddenError, type Viewer } from './viewer.ts';

/** What a client may ask for about what its tenant's nodes may reach. */
export interface PolicyUseCases {
  /** Version 0 when nobody has changed it yet. */
  getPolicy(viewer: Viewer): Promise<PolicyRecord>;
  readonly updatePolicy: UpdatePolicy;
}

/** Makes all of them with the same surroundings. */
export const createPolicyUseCases = (deps: UpdatePolicyDeps): PolicyUseCases => ({
  async getPolicy(viewer) {
    // Who writes blueprints has to know what they may reach; who may change the policy has to see it.
    if (!viewer.scopes.has('grants:write') && !viewer.scopes.has('blueprints:read')) {
      throw new ForbiddenError('blueprints:read');
    }
    return deps.policies.get(viewer.tenant);
  },
  updatePolicy: createUpdatePolicy(deps),
});
