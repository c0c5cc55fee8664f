import type { CallTool } from '../call-tool.ts';
import type { EffectExecutor } from '../executor.ts';

/** Calls a registered tool with what its node asks for. */
export const createToolExecutor = (callTool: CallTool): EffectExecutor<'tool'> => ({
  effect: true,
  run: ({ spec, grants }, attempt, signal) =>
    callTool(
      {
        ...{ tool: spec.tool, input: attempt.input, grants, limits: spec.limits },
        idempotencyKey: attempt.idempotencyKey,
      },
      attempt,
      signal,
    ),
});
