import type { GrantsSpec } from '../blueprint/grants.ts';
import type { Body, NodeSpec, NodeSpecOf, ParallelNode } from '../blueprint/node.ts';
import type { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { given, givenCondition, innerDraft, type Draft, type LooseGive } from './draft.ts';
import type { Expr, TemplateValue } from './references.ts';
import type { NodeOptions } from './steps.ts';

/** The options of a node as they arrive, whatever their types were for the author. */
export interface LooseOptions extends Omit<NodeOptions<never>, 'after' | 'when' | 'fallbackFor'> {
  readonly after?: readonly string[];
  readonly when?: LooseGive<Expr<boolean>>;
  readonly fallbackFor?: string;
}

/** Those of a tool, which may ask for grants. */
export interface LooseToolOptions extends LooseOptions {
  readonly grants?: GrantsSpec;
}

/** Writes the body of a composite. */
export type WriteBody = (draft: Draft) => Body;

/** One function for each kind: what the author gave becomes a node. */
export const nodeOf = {
  transform: (draft: Draft, output: LooseGive<TemplateValue>, options: LooseOptions = {}): NodeSpec => ({
    kind: 'transform',
    ...common(draft, options),
    output: given(draft, output),
  }),

  tool(
    draft: Draft,
    { tool, input }: { tool: string; input: LooseGive<TemplateValue> },
    options: LooseToolOptions = {},
  ): NodeSpec {
    const { grants } = options;
    return { kind: 'tool', ...common(draft, options), tool, input: given(draft, input), ...defined({ grants }) };
  },

  code(draft: Draft, code: LooseOptions & { source: string; input?: LooseGive<TemplateValue> }): NodeSpec {
    const input = code.input === undefined ? {} : { input: given(draft, code.input) };
    return { kind: 'code', ...common(draft, code), source: code.source, ...input };
  },

  llm(draft: Draft, llm: LlmParts): NodeSpec {
    const { model, system, prompt, messages, outputSchema, parameters } = llm;
    const asked = Object.entries({ system, prompt, messages }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, given(draft, value)] as const],
    );
    return {
      ...{ kind: 'llm', ...common(draft, llm), model },
      ...Object.fromEntries(asked),
      ...defined({ outputSchema, parameters }),
    };
  },

  agent(draft: Draft, parts: AgentParts): NodeSpec {
    const { agent, outputSchema } = parts;
    return { kind: 'agent', ...common(draft, parts), agent, ...askOf(draft, parts), ...defined({ outputSchema }) };
  },

  swarm(draft: Draft, parts: SwarmParts): NodeSpec {
    const { strategy, agents, lead, quorum, maxRounds } = parts;
    return {
      ...{ kind: 'swarm', ...common(draft, parts), strategy, agents: [...agents] },
      ...askOf(draft, parts),
      ...defined({ lead, quorum, maxRounds }),
    };
  },

  loop(draft: Draft, loop: LoopParts): NodeSpec {
    const { as, concurrency, maxIterations } = loop;
    const settings = defined({ as, concurrency, maxIterations });
    const body = loop.body(innerDraft(draft, as ?? 'item'));
    return { kind: 'loop', ...common(draft, loop), items: given(draft, loop.items), ...settings, ...body };
  },

  condition(draft: Draft, { branches, otherwise }: ConditionParts, options: LooseOptions = {}): NodeSpec {
    const written = branches.map(({ when, body }) => ({
      when: givenCondition(draft, when),
      ...body(innerDraft(draft)),
    }));
    return {
      kind: 'condition',
      ...common(draft, options),
      branches: written,
      ...(otherwise && { otherwise: otherwise(innerDraft(draft)) }),
    };
  },

  parallel(draft: Draft, parallel: ParallelParts): NodeSpec {
    const { merge, maxConcurrency } = parallel;
    const branches = Object.entries(parallel.branches).map(([name, body]) => [name, body(innerDraft(draft))] as const);
    return {
      kind: 'parallel',
      ...common(draft, parallel),
      branches: Object.fromEntries(branches),
      ...defined({ merge, maxConcurrency }),
    };
  },
};

export interface LlmParts extends LooseOptions {
  readonly model: string;
  readonly system?: LooseGive<TemplateValue>;
  readonly prompt?: LooseGive<TemplateValue>;
  readonly messages?: LooseGive<TemplateValue>;
  readonly outputSchema?: JsonObject;
  readonly parameters?: NodeSpecOf<'llm'>['parameters'];
}

interface AskParts extends LooseOptions {
  readonly prompt: LooseGive<TemplateValue>;
  readonly session?: LooseGive<TemplateValue>;
  readonly maxTurns?: number;
  readonly memory?: NodeSpecOf<'agent'>['memory'];
}

export interface AgentParts extends AskParts {
  readonly agent: string;
  readonly outputSchema?: JsonObject;
}

export interface SwarmParts extends AskParts, Pick<NodeSpecOf<'swarm'>, 'strategy' | 'lead' | 'quorum' | 'maxRounds'> {
  readonly agents: readonly string[];
}

/** What agents are asked, and with what. */
function askOf(draft: Draft, { prompt, session, maxTurns, memory }: AskParts) {
  return {
    prompt: given(draft, prompt),
    ...(session !== undefined && { session: given(draft, session) }),
    ...defined({ maxTurns, memory }),
  };
}

export interface LoopParts extends LooseOptions {
  readonly items: LooseGive<TemplateValue>;
  readonly as?: string;
  readonly concurrency?: number;
  readonly maxIterations?: number;
  readonly body: WriteBody;
}

export interface ConditionParts {
  readonly branches: readonly { readonly when: LooseGive<Expr<boolean>>; readonly body: WriteBody }[];
  readonly otherwise: WriteBody | undefined;
}

export interface ParallelParts extends LooseOptions {
  readonly branches: Readonly<Record<string, WriteBody>>;
  readonly merge?: z.infer<typeof ParallelNode>['merge'];
  readonly maxConcurrency?: number;
}

/** What every kind may have. Copied one by one, so that nothing else of what the author gave enters the document. */
function common(draft: Draft, options: LooseOptions) {
  const { description, after, when, join, retry, limits, onFailure, onAbandon } = options;
  const condition = when === undefined ? undefined : givenCondition(draft, when);
  return defined({
    ...{ description, after: after && [...after], when: condition },
    ...{ join, retry, limits, onFailure, onAbandon },
  });
}

/** Leaves out what is undefined: in a document it would be a fault. */
function defined<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> }; // the filter above makes it so
}
