import type { Clock } from '../../core/clock.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { EventUsage, Measured } from '../../execution/events.ts';
import type { AgentDefinition } from '../../registry/agent.ts';
import type { MemoryDefinition } from '../../registry/memory.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import type { OpenAgentMemories } from '../agent-memories.ts';
import { addSpent, NOTHING_SPENT, type Spent } from '../charged-call.ts';
import type { CallTool } from '../call-tool.ts';
import type { AttemptContext } from '../executor.ts';
import type { MemoryUses } from '../memory-uses.ts';
import type { OpenModelCalls } from '../model-calls.ts';
import { openStepLog, type StepLog } from './step-log.ts';

export interface AgentDeps {
  readonly clock: Pick<Clock, 'monotonicMs' | 'delay'>;
  readonly openModelCalls: OpenModelCalls;
  /** How agents come to memories that outlive the execution, and how uses of the others are counted. */
  readonly memories: { readonly open: OpenAgentMemories; readonly count: MemoryUses['count'] };
  readonly callTool: CallTool;
  readonly findTool: (name: string) => ToolDefinition | undefined;
  readonly findAgent: (name: string) => AgentDefinition | undefined;
  readonly findMemory: (name: string) => MemoryDefinition | undefined;
  /** Faults of a value against a JSON Schema, as sentences. */
  readonly validate: (schema: JsonObject, value: Json) => readonly string[];
}

/** What all agents of one attempt share. */
export interface AgentScope extends AgentDeps {
  readonly attempt: AttemptContext;
  /** Fires when the attempt is stopped, or its time is over. */
  readonly signal: AbortSignal;
  readonly log: StepLog;
  /** Adds what a tool used. */
  readonly addUsed: (measured: Measured) => void;
  /** Adds what calls of models spend, now and later. */
  readonly addSpender: (spender: { readonly spent: Spent }) => void;
  /** What the attempt has used so far. */
  readonly used: () => EventUsage;
}

export async function openAgentScope(
  attempt: AttemptContext,
  deps: AgentDeps,
  signal: AbortSignal,
): Promise<AgentScope> {
  const startedAt = deps.clock.monotonicMs();
  const spenders: { readonly spent: Spent }[] = [];
  let cpuMs = 0;
  let peakMemoryBytes = 0;
  return {
    ...deps,
    attempt,
    signal,
    log: await openStepLog(attempt.steps),
    addUsed({ receipt }) {
      cpuMs += receipt?.cpuMs ?? 0;
      peakMemoryBytes = Math.max(peakMemoryBytes, receipt?.peakMemoryBytes ?? 0);
    },
    addSpender(spender) {
      spenders.push(spender);
    },
    used() {
      const { inputTokens, outputTokens, costUsdMicros } = spenders
        .map(({ spent }) => spent)
        .reduce(addSpent, NOTHING_SPENT);
      return {
        ...{ cpuMs, wallMs: Math.round(deps.clock.monotonicMs() - startedAt), peakMemoryBytes },
        ...{ inputTokens, outputTokens, costUsdMicros: Number(costUsdMicros) },
      };
    },
  };
}
