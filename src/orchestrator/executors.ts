import type { Sandbox } from '../sandbox/sandbox.ts';
import type { AgentDeps } from './agents/agent-scope.ts';
import { createCallTool, type CallToolDeps } from './call-tool.ts';
import type { Executors } from './executor.ts';
import { createAgentExecutor } from './executors/agent-executor.ts';
import { createCodeExecutor } from './executors/code-executor.ts';
import { conditionExecutor } from './executors/condition-executor.ts';
import { createLlmExecutor, type LlmExecutorDeps } from './executors/llm-executor.ts';
import { loopExecutor } from './executors/loop-executor.ts';
import { parallelExecutor } from './executors/parallel-executor.ts';
import { createSwarmExecutor } from './executors/swarm-executor.ts';
import { createToolExecutor } from './executors/tool-executor.ts';
import { transformExecutor } from './executors/transform-executor.ts';

export type ExecutorsDeps = CallToolDeps &
  LlmExecutorDeps &
  Omit<AgentDeps, 'callTool'> & { readonly sandbox: Sandbox };

/** One executor for each kind of node. */
export function createExecutors(deps: ExecutorsDeps): Executors {
  const callTool = createCallTool(deps);
  return {
    transform: transformExecutor,
    condition: conditionExecutor,
    loop: loopExecutor,
    parallel: parallelExecutor,
    tool: createToolExecutor(callTool),
    code: createCodeExecutor(deps.sandbox),
    llm: createLlmExecutor(deps),
    agent: createAgentExecutor({ ...deps, callTool }),
    swarm: createSwarmExecutor({ ...deps, callTool }),
  };
}
