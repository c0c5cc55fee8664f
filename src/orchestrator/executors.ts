import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Executors } from './executor.ts';
import { createCodeExecutor } from './executors/code-executor.ts';
import { conditionExecutor } from './executors/condition-executor.ts';
import { createLlmExecutor, type LlmExecutorDeps } from './executors/llm-executor.ts';
import { loopExecutor } from './executors/loop-executor.ts';
import { parallelExecutor } from './executors/parallel-executor.ts';
import { createToolExecutor } from './executors/tool-executor.ts';
import type { ToolExecutorDeps } from './executors/tool-executor.ts';
import { transformExecutor } from './executors/transform-executor.ts';

/** One executor for each kind of node. */
export const createExecutors = (
  deps: ToolExecutorDeps & LlmExecutorDeps & { readonly sandbox: Sandbox },
): Executors => ({
  transform: transformExecutor,
  condition: conditionExecutor,
  loop: loopExecutor,
  parallel: parallelExecutor,
  tool: createToolExecutor(deps),
  code: createCodeExecutor(deps.sandbox),
  llm: createLlmExecutor(deps),
});
