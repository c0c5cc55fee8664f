import type { JsonObject } from '../core/json.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Body, NodeSpec } from '../blueprint/node.ts';
import { parseBlueprint } from '../blueprint/parse-blueprint.ts';
import { given, withNode, type Draft, type LooseGive } from './draft.ts';
import {
  nodeOf,
  type AgentParts,
  type ConditionParts,
  type LlmParts,
  type LooseOptions,
  type LooseToolOptions,
  type LoopParts,
  type ParallelParts,
  type SwarmParts,
  type WriteBody,
} from './nodes.ts';
import type { TemplateValue } from './references.ts';
import type { BlueprintBuilder, Shape } from './steps.ts';

/** What is known of a blueprint that says nothing yet. */
export interface EmptyEnvironment {
  readonly input: unknown;
  readonly nodes: object;
  readonly beside: never;
  readonly locals: object;
}

/** Begins a blueprint: `blueprint('hello-world').input(...).tool(...).output(...).build()`. */
export function blueprint(name: string): BlueprintBuilder<EmptyEnvironment> {
  const builder = builderOf({ nodes: {}, outerNames: [], locals: [], output: undefined, head: { name } });
  // The types of the steps are a promise to the author alone: at run time one builder serves every environment.
  return builder as unknown as BlueprintBuilder<EmptyEnvironment>;
}

/** Declares a type where nothing else says it: `returns: shape<{ letters: number }>()`. */
export const shape = <T>(): Shape<T> => ({});

/** What the author calls, without the types that only the author sees. */
interface LooseBuilder {
  readonly draft: Draft;
  readonly nodes: Draft['nodes'];
  transform(name: string, output: LooseGive<TemplateValue>, options?: LooseOptions): LooseBuilder;
  tool(...given: readonly [string, string, LooseGive<TemplateValue>, LooseToolOptions?]): LooseBuilder;
  code(name: string, code: LooseOptions & { source: string; input?: LooseGive<TemplateValue> }): LooseBuilder;
  llm(name: string, llm: LlmParts): LooseBuilder;
  agent(name: string, agent: AgentParts): LooseBuilder;
  swarm(name: string, swarm: SwarmParts): LooseBuilder;
  loop(name: string, loop: Omit<LoopParts, 'body'> & { body: LooseBody }): LooseBuilder;
  condition(name: string, choose: (branches: LooseBranches) => LooseBranches, options?: LooseOptions): LooseBuilder;
  parallel(
    name: string,
    parallel: Omit<ParallelParts, 'branches'> & { branches: Readonly<Record<string, LooseBody>> },
  ): LooseBuilder;
  description(description: string): LooseBuilder;
  input(schema: JsonObject): LooseBuilder;
  budget(budget: NonNullable<Blueprint['budget']>): LooseBuilder;
  output(output: LooseGive<TemplateValue>): LooseBuilder;
  build(): Blueprint;
}
type LooseBody = (body: LooseBuilder) => LooseBuilder;

function builderOf(draft: Draft): LooseBuilder {
  const add = (name: string, spec: NodeSpec, options: LooseOptions | undefined): LooseBuilder =>
    builderOf(withNode(draft, name, { spec, fallbackFor: options?.fallbackFor }));
  const head = (more: Partial<Draft['head']>): LooseBuilder =>
    builderOf({ ...draft, head: { ...draft.head, ...more } });
  return {
    draft,
    nodes: draft.nodes,
    transform: (name, output, options) => add(name, nodeOf.transform(draft, output, options), options),
    tool: (...[name, tool, input, options]) => add(name, nodeOf.tool(draft, { tool, input }, options), options),
    code: (name, code) => add(name, nodeOf.code(draft, code), code),
    llm: (name, llm) => add(name, nodeOf.llm(draft, llm), llm),
    agent: (name, agent) => add(name, nodeOf.agent(draft, agent), agent),
    swarm: (name, swarm) => add(name, nodeOf.swarm(draft, swarm), swarm),
    loop: (name, loop) => add(name, nodeOf.loop(draft, { ...loop, body: bodyWriter(loop.body) }), loop),
    condition: (name, choose, options) =>
      add(
        name,
        nodeOf.condition(draft, choose(branchesOf({ branches: [], otherwise: undefined })).parts, options),
        options,
      ),
    parallel(name, parallel) {
      const branches = Object.entries(parallel.branches).map(([branch, body]) => [branch, bodyWriter(body)] as const);
      return add(name, nodeOf.parallel(draft, { ...parallel, branches: Object.fromEntries(branches) }), parallel);
    },
    description: (description) => head({ description }),
    input: (input) => head({ input }),
    budget: (budget) => head({ budget }),
    output: (output) => builderOf({ ...draft, output: given(draft, output) }),
    build: () => documentOf(draft),
  };
}

const bodyWriter =
  (write: LooseBody): WriteBody =>
  (inner) =>
    bodyOf(write(builderOf(inner)).draft);

const bodyOf = ({ nodes, output }: Draft): Body => ({ nodes, ...(output !== undefined && { output }) });

interface LooseBranches {
  readonly parts: ConditionParts;
  when(condition: ConditionParts['branches'][number]['when'], body: LooseBody): LooseBranches;
  otherwise(body: LooseBody): LooseBranches;
}

const branchesOf = (parts: ConditionParts): LooseBranches => ({
  parts,
  when: (when, body) => branchesOf({ ...parts, branches: [...parts.branches, { when, body: bodyWriter(body) }] }),
  otherwise: (body) => branchesOf({ ...parts, otherwise: bodyWriter(body) }),
});

/** A document that is none is a fault of the program that wrote it, so it throws, with all that is wrong. */
function documentOf(draft: Draft): Blueprint {
  const parsed = parseBlueprint({ ...draft.head, ...bodyOf(draft) });
  if (parsed.ok) return parsed.value;
  const faults = parsed.error.map(({ path, message }) => `\n  ${path}: ${message}`);
  throw new Error(`The blueprint "${draft.head.name}" is not well formed:${faults.join('')}`);
}
