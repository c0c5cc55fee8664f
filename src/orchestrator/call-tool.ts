import { isEmptyGrants, type GrantLists } from '../blueprint/grants.ts';
import type { LimitsSpec } from '../blueprint/node.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { effectiveLimits } from '../registry/effective-limits.ts';
import type { ToolDefinition } from '../registry/tool.ts';
import type { Grant } from '../sandbox/grant.ts';
import { redacting } from '../sandbox/redacting.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { versionIn, type AttemptContext, type AttemptOutcome } from './executor.ts';
import { logOf } from './executors/log-of.ts';
import { toAttemptOutcome } from './executors/sandbox-outcome.ts';

export interface CallToolDeps {
  readonly sandbox: Sandbox;
  readonly findTool: (name: string) => ToolDefinition | undefined;
  /** What a call may reach by the tenant's policy as it is now; asked only when something is asked for. */
  readonly grantsOf: (request: GrantsRequest, signal: AbortSignal) => Promise<readonly Grant[]>;
  /** Faults of a value against a tool's JSON Schema, as sentences. */
  readonly validate: (schema: ToolDefinition['input'], value: Json) => readonly string[];
}
export interface GrantsRequest {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  readonly tool: ToolDefinition;
  readonly asked: GrantLists;
}

/** One call of a registered tool, for an attempt. */
export interface ToolRequest {
  readonly tool: string;
  readonly input: Json;
  /** Whatever its input says, it reaches nothing that is not asked for here. */
  readonly grants: GrantLists;
  readonly limits: LimitsSpec | undefined;
  readonly idempotencyKey: string;
}

/** Calls a registered tool in the sandbox: the version that the execution pinned, within its grants. */
export type CallTool = (
  request: ToolRequest,
  attempt: Pick<AttemptContext, 'tenant' | 'executionId' | 'pinned' | 'say'>,
  signal: AbortSignal,
) => Promise<Exclude<AttemptOutcome, { readonly type: 'paused' }>>;

const failed = (reason: 'toolUnavailable' | 'badOutput' | 'threw', message: string) =>
  ({ type: 'failed', failure: { reason, message, retryable: false } }) as const;

export const createCallTool =
  (deps: CallToolDeps): CallTool =>
  async ({ tool: name, input, grants: asked, limits, idempotencyKey }, attempt, signal) => {
    const tool = deps.findTool(name);
    const pinned = versionIn(attempt.pinned.tools, name);
    if (tool === undefined) return failed('toolUnavailable', `The tool "${name}" is not registered here.`);
    if (pinned !== undefined && pinned !== tool.version) {
      return failed('toolUnavailable', `The execution needs "${name}" ${pinned}; here it is ${tool.version}.`);
    }
    const faults = deps.validate(tool.input, input);
    if (faults.length > 0) return failed('threw', `The input does not fit the tool "${name}": ${faults.join('; ')}`);
    const { folder, entry, version, runtime } = tool;
    const { tenant, executionId } = attempt;
    // Read for each attempt: what the policy no longer allows is gone with the next one.
    const grants = isEmptyGrants(asked) ? [] : await deps.grantsOf({ tenant, executionId, tool, asked }, signal);
    const report = await redacting(deps.sandbox).run(
      {
        program: { type: 'tool', name, version, folder, entry, runtime, tenant },
        input,
        limits: effectiveLimits(limits, tool.limits),
        idempotencyKey,
        grants,
        onLog: logOf(attempt),
      },
      signal,
    );
    const outcome = toAttemptOutcome(report);
    if (outcome.type !== 'succeeded') return outcome;
    const outputFaults = deps.validate(tool.output, outcome.output);
    if (outputFaults.length === 0) return outcome;
    return {
      ...failed('badOutput', `"${name}" answered what its schema forbids: ${outputFaults.join('; ')}`),
      receipt: outcome.receipt,
    };
  };
