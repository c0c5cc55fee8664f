import { isEmptyGrants, type GrantLists } from '../../blueprint/grants.ts';
import type { TenantId } from '../../core/ids.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import type { Grant } from '../../sandbox/grant.ts';
import { redacting } from '../../sandbox/redacting.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { AttemptOutcome, EffectExecutor } from '../executor.ts';
import { logOf } from './log-of.ts';
import { toAttemptOutcome } from './sandbox-outcome.ts';

export interface ToolExecutorDeps {
  readonly sandbox: Sandbox;
  readonly findTool: (name: string) => ToolDefinition | undefined;
  /** What an attempt may reach by the tenant's policy as it is now; asked only when its node asks for something. */
  readonly grantsOf: (request: GrantsRequest, signal: AbortSignal) => Promise<readonly Grant[]>;
  /** Faults of a value against a tool's JSON Schema, as sentences. */
  readonly validate: (schema: ToolDefinition['input'], value: AttemptInput) => readonly string[];
}
export interface GrantsRequest {
  readonly tenant: TenantId;
  readonly tool: ToolDefinition;
  readonly asked: GrantLists;
}
type AttemptInput = Parameters<EffectExecutor<'tool'>['run']>[1]['input'];

const failed = (reason: 'toolUnavailable' | 'badOutput' | 'threw', message: string): AttemptOutcome => ({
  type: 'failed',
  failure: { reason, message, retryable: false },
});

/** Calls a registered tool in the sandbox: the version that the execution pinned, within its grants. */
export const createToolExecutor = (deps: ToolExecutorDeps): EffectExecutor<'tool'> => ({
  effect: true,
  async run(node, attempt, signal) {
    const name = node.spec.tool;
    const tool = deps.findTool(name);
    const pinned = attempt.pinnedTools[name];
    if (tool === undefined) return failed('toolUnavailable', `The tool "${name}" is not registered here.`);
    if (pinned !== undefined && pinned !== tool.version) {
      return failed('toolUnavailable', `The execution needs "${name}" ${pinned}; here it is ${tool.version}.`);
    }
    const faults = deps.validate(tool.input, attempt.input);
    if (faults.length > 0) return failed('threw', `The input does not fit the tool "${name}": ${faults.join('; ')}`);
    const { folder, entry, version, runtime } = tool;
    const { tenant } = attempt;
    // Read for each attempt: what the policy no longer allows is gone with the next one.
    const grants = isEmptyGrants(node.grants) ? [] : await deps.grantsOf({ tenant, tool, asked: node.grants }, signal);
    const report = await redacting(deps.sandbox).run(
      {
        program: { type: 'tool', name, version, folder, entry, runtime, tenant },
        input: attempt.input,
        limits: node.limits,
        idempotencyKey: attempt.idempotencyKey,
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
  },
});
