import type { Json } from '../../core/json.ts';
import type { SandboxReceipt } from '../../usage/receipt.ts';
import type { ModelTool } from '../../llm/provider.ts';
import type { AgentEnd } from './agent-end.ts';

/** Where in an agent's work a call stands. */
export interface CallPlace {
  readonly thread: string;
  readonly agent: string;
  readonly turn: number;
  /** From 0. */
  readonly call: number;
}

/** What came of a call: what the model is told, or the reason why the whole agent stops. */
export type ToolAnswer =
  | {
      readonly type: 'told';
      readonly value: Json;
      readonly isError: boolean;
      readonly receipt?: SandboxReceipt | undefined;
    }
  | { readonly type: 'stopped'; readonly end: Exclude<AgentEnd, { readonly type: 'answered' }> };

/** Something that an agent may call: a registered tool, its memory, another agent. */
export interface AgentTool {
  /** As events show it. */
  readonly name: string;
  /** As the model is told of it. */
  readonly model: ModelTool;
  call(input: Json, at: CallPlace, signal: AbortSignal): Promise<ToolAnswer>;
}

export const told = (value: Json): ToolAnswer => ({ type: 'told', value, isError: false });
export const toldError = (message: string): ToolAnswer => ({ type: 'told', value: message, isError: true });
