import type { BodyPlan, Plan } from '../blueprint/plan.ts';
import type { Pinned } from '../orchestrator/executor.ts';
import { modelVersion } from '../registry/model.ts';
import type { Registry } from '../registry/registry.ts';

/** What an execution of a plan pins: the versions of the tools, agents and models that it may come to use, as registered here and now. */
export function pinOf(plan: Plan, registry: Registry): Pinned {
  const pinned = {
    tools: new Map<string, string>(),
    agents: new Map<string, string>(),
    models: new Map<string, string>(),
  };

  function addTool(name: string): void {
    const tool = registry.getTool(name);
    if (tool.ok) pinned.tools.set(name, tool.value.version);
  }
  function addModel(name: string): void {
    const model = registry.getModel(name);
    if (!model.ok || pinned.models.has(name)) return;
    pinned.models.set(name, modelVersion(model.value));
    if (model.value.kind === 'text') model.value.fallbacks.forEach(addModel);
  }
  function addAgent(name: string): void {
    const agent = registry.getAgent(name);
    if (!agent.ok) return;
    pinned.agents.set(name, agent.value.version);
    addModel(agent.value.model);
    agent.value.tools.forEach(addTool);
  }
  function addBody(body: BodyPlan): void {
    for (const node of body.nodes) {
      if (node.kind === 'tool') addTool(node.spec.tool);
      if (node.kind === 'llm') addModel(node.spec.model);
      if (node.kind === 'agent') addAgent(node.spec.agent);
      if (node.kind === 'swarm') node.spec.agents.forEach(addAgent);
      if (node.kind === 'loop') addBody(node.body);
      if (node.kind === 'condition' || node.kind === 'parallel')
        for (const { body: inner } of node.branches) addBody(inner);
    }
  }

  addBody(plan.root);
  return {
    tools: Object.fromEntries(pinned.tools),
    agents: Object.fromEntries(pinned.agents),
    models: Object.fromEntries(pinned.models),
  };
}
