import { MEMORY_KINDS } from '../blueprint/memory-guarantee.ts';
import { LOCAL_EMBEDDING_DIMENSIONS, LOCAL_EMBEDDING_MODEL } from '../core/local-embedding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { AgentDefinition } from './agent.ts';
import type { ConfigFile, ProviderEntry } from './config-file.ts';
import { guaranteeFaults, toMemoryDefinition, type MemoryDefinition, type SemanticMemoryDefinition } from './memory.ts';
import type { ModelDefinition } from './model.ts';
import { listed, suggestion } from './near-matches.ts';

/** What a configuration registers. */
export interface ConfigEntries {
  readonly models: readonly ModelDefinition[];
  readonly memories: readonly MemoryDefinition[];
  readonly agents: readonly AgentDefinition[];
}

/** What the entries of a configuration have to fit. */
export interface Installed {
  /** Names of the tools that are there. */
  readonly tools: readonly string[];
  /** Numbers of one vector, the most that a memory keeps. */
  readonly maxDimensions: number;
}

/** The entries of a configuration beside what is installed; all that does not fit together at once, as sentences. */
export function entriesOf(file: ConfigFile, installed: Installed): Result<ConfigEntries, readonly string[]> {
  const { tools, maxDimensions } = installed;
  const models = Object.entries(file.models).map(([name, entry]) => ({ ...entry, name, model: entry.model ?? name }));
  const memories = Object.entries(file.memories).map(([name, entry]) => toMemoryDefinition(name, entry));
  const agents = Object.entries(file.agents).map(([name, entry]) => ({ ...entry, name }));
  const faults = [
    ...Object.entries(file.providers).flatMap(([name, provider]) => providerFaults(name, provider)),
    ...models.flatMap((model) => modelFaults(model, file)),
    ...memories.flatMap((memory) => memoryFaults(memory, file, maxDimensions)),
    ...collectionFaults(memories, file),
    ...agents.flatMap((agent) => agentFaults(agent, file, tools)),
  ];
  return faults.length > 0 ? err(faults) : ok({ models, memories, agents });
}

const isIn = (map: object, name: string): boolean => Object.hasOwn(map, name);
const modelOf = ({ models }: ConfigFile, name: string) => (isIn(models, name) ? models[name] : undefined);

const providerFaults = (name: string, provider: ProviderEntry): readonly string[] =>
  provider.protocol === 'openai-compatible' && provider.baseUrl === undefined
    ? [
        `The provider "${name}" speaks openai-compatible, and nobody says where it answers. Give it a "baseUrl", such as http://127.0.0.1:11434/v1.`,
      ]
    : [];

function modelFaults(model: ModelDefinition, file: ConfigFile): readonly string[] {
  const { name, provider } = model;
  const unknown = isIn(file.providers, provider)
    ? []
    : [
        `The model "${name}" is of the provider "${provider}", which there is none of. ${suggestion(provider, Object.keys(file.providers))}`,
      ];
  const faults = [
    ...unknown,
    ...protocolFaults(model, isIn(file.providers, provider) ? file.providers[provider] : undefined),
  ];
  return model.kind === 'text'
    ? [...faults, ...model.fallbacks.flatMap((other) => fallbackFaults(name, other, file))]
    : faults;
}

/** What the provider of a model cannot serve. */
function protocolFaults(of: ModelDefinition, provider: ProviderEntry | undefined): readonly string[] {
  const { name, kind, model } = of;
  if (provider?.protocol === 'anthropic' && kind === 'embedding')
    return [
      `The model "${name}" makes vectors, and "${of.provider}" speaks anthropic, which has none. Use another provider.`,
    ];
  if (provider?.protocol === 'scripted' && kind === 'embedding')
    return [
      `The model "${name}" makes vectors, and "${of.provider}" is a script, which makes none. Use a provider that speaks local, openai or openai-compatible.`,
    ];
  if (provider?.protocol !== 'local') return [];
  if (kind === 'embedding' && model === LOCAL_EMBEDDING_MODEL && of.dimensions === LOCAL_EMBEDDING_DIMENSIONS)
    return [];
  return [
    `The model "${name}" is of the local provider "${of.provider}", which has one model alone. Write: { kind: "embedding", provider: "${of.provider}", model: "${LOCAL_EMBEDDING_MODEL}", dimensions: ${LOCAL_EMBEDDING_DIMENSIONS} }.`,
  ];
}

function fallbackFaults(name: string, other: string, file: ConfigFile): readonly string[] {
  if (other === name) return [`The model "${name}" falls back to itself.`];
  const found = modelOf(file, other);
  if (found === undefined)
    return [
      `The model "${name}" falls back to ${listed([other], 'and')}, which there is none of. ${suggestion(other, Object.keys(file.models))}`,
    ];
  return found.kind === 'text' ? [] : [`The model "${name}" falls back to "${other}", which does not answer in text.`];
}

function memoryFaults(memory: MemoryDefinition, file: ConfigFile, maxDimensions: number): readonly string[] {
  const faults = guaranteeFaults(memory);
  if (memory.kind !== 'semantic') return faults;
  const model = modelOf(file, memory.model);
  const subject = `The memory "${memory.name}" finds by meaning with "${memory.model}"`;
  if (model?.kind === 'embedding')
    return model.dimensions <= maxDimensions
      ? faults
      : [
          ...faults,
          `${subject}, whose vectors have ${model.dimensions} numbers, and memories keep at most ${maxDimensions} (ICEOS_MEMORY_MAX_DIMENSIONS). Ask the model for fewer "dimensions", or raise the setting.`,
        ];
  const fault =
    model === undefined
      ? `${subject}, and no model has that name. ${suggestion(memory.model, Object.keys(file.models))}`
      : `${subject}, which answers in text. Name a model of kind "embedding".`;
  return [...faults, fault];
}

/** Of a collection that two memories share with two kinds of vectors one memory would never open. */
function collectionFaults(memories: readonly MemoryDefinition[], file: ConfigFile): readonly string[] {
  const first = new Map<string, SemanticMemoryDefinition>();
  return memories.flatMap((memory) => {
    if (memory.kind !== 'semantic') return [];
    const other = first.get(memory.collection);
    if (other === undefined) first.set(memory.collection, memory);
    if (other === undefined || vectorsOf(other, file) === vectorsOf(memory, file)) return [];
    return [
      `The memories ${listed([other.name, memory.name], 'and')} share the collection "${memory.collection}", and find with different models, "${other.model}" and "${memory.model}". Give them one model, or each a "collection" of its own.`,
    ];
  });
}

/** What tells vectors apart; an unknown model is told of by itself. */
function vectorsOf({ model: name }: SemanticMemoryDefinition, file: ConfigFile): string | undefined {
  const model = modelOf(file, name);
  return model?.kind === 'embedding' ? JSON.stringify([model.model ?? name, model.dimensions]) : undefined;
}

function agentFaults(agent: AgentDefinition, file: ConfigFile, tools: readonly string[]): readonly string[] {
  const model = modelOf(file, agent.model);
  const subject = `The agent "${agent.name}"`;
  const faults: string[] = [];
  if (model === undefined)
    faults.push(
      `${subject} asks an unknown model "${agent.model}". ${suggestion(agent.model, Object.keys(file.models))}`,
    );
  else if (model.kind !== 'text')
    faults.push(`${subject} asks "${agent.model}", which makes vectors and no text. Name a text model.`);
  for (const tool of agent.tools)
    if (!tools.includes(tool)) faults.push(`${subject} has an unknown tool "${tool}". ${suggestion(tool, tools)}`);
  const memories = agent.memories.flatMap((name) => {
    const found = isIn(file.memories, name) ? file.memories[name] : undefined;
    if (found === undefined)
      faults.push(`${subject} has an unknown memory "${name}". ${suggestion(name, Object.keys(file.memories))}`);
    return found ?? [];
  });
  for (const kind of MEMORY_KINDS)
    if (memories.filter((memory) => memory.kind === kind).length > 1)
      faults.push(`${subject} has more than one ${kind} memory, and would not know which to use. Leave one.`);
  return faults;
}
