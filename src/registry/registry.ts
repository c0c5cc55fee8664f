import type { NotFoundError } from '../core/errors.ts';
import type { Result } from '../core/result.ts';
import type { AgentDefinition } from './agent.ts';
import { createCatalog, type Catalog, type DuplicateError } from './catalog.ts';
import type { MemoryDefinition } from './memory.ts';
import type { ModelDefinition } from './model.ts';
import { nodeKindDefinitions, type NodeKindDefinition } from './node-kind.ts';
import type { ToolDefinition } from './tool.ts';

/** What a blueprint may refer to: for each noun the same four. Lists are by name. */
export interface Registry {
  registerTool(tool: ToolDefinition): Result<ToolDefinition, DuplicateError>;
  getTool(name: string): Result<ToolDefinition, NotFoundError>;
  listTools(): readonly ToolDefinition[];
  hasTool(name: string): boolean;
  registerModel(model: ModelDefinition): Result<ModelDefinition, DuplicateError>;
  getModel(name: string): Result<ModelDefinition, NotFoundError>;
  listModels(): readonly ModelDefinition[];
  hasModel(name: string): boolean;
  registerMemory(memory: MemoryDefinition): Result<MemoryDefinition, DuplicateError>;
  getMemory(name: string): Result<MemoryDefinition, NotFoundError>;
  listMemories(): readonly MemoryDefinition[];
  hasMemory(name: string): boolean;
  registerAgent(agent: AgentDefinition): Result<AgentDefinition, DuplicateError>;
  getAgent(name: string): Result<AgentDefinition, NotFoundError>;
  listAgents(): readonly AgentDefinition[];
  hasAgent(name: string): boolean;
  registerNodeKind(kind: NodeKindDefinition): Result<NodeKindDefinition, DuplicateError>;
  getNodeKind(name: string): Result<NodeKindDefinition, NotFoundError>;
  listNodeKinds(): readonly NodeKindDefinition[];
  hasNodeKind(name: string): boolean;
}

export interface Registered {
  readonly tools: readonly ToolDefinition[];
  readonly models?: readonly ModelDefinition[];
  readonly memories?: readonly MemoryDefinition[];
  readonly agents?: readonly AgentDefinition[];
}

/** Makes a registry. Two entries of one name are a faulty installation, which cannot start: that throws. */
export function createRegistry({ tools, models = [], memories = [], agents = [] }: Registered): Registry {
  const toolCatalog = filled(createCatalog<ToolDefinition>('tool'), tools);
  const modelCatalog = filled(createCatalog<ModelDefinition>('model', fromConfig('models')), models);
  const memoryCatalog = filled(createCatalog<MemoryDefinition>('memory', fromConfig('memories')), memories);
  const agentCatalog = filled(createCatalog<AgentDefinition>('agent', fromConfig('agents')), agents);
  let made: Catalog<NodeKindDefinition> | undefined;
  // Only who asks pays for their JSON Schemas.
  const kinds = () => (made ??= filled(createCatalog<NodeKindDefinition>('node kind'), nodeKindDefinitions()));
  return {
    registerTool: toolCatalog.register,
    getTool: toolCatalog.get,
    listTools: toolCatalog.list,
    hasTool: toolCatalog.has,
    registerModel: modelCatalog.register,
    getModel: modelCatalog.get,
    listModels: modelCatalog.list,
    hasModel: modelCatalog.has,
    registerMemory: memoryCatalog.register,
    getMemory: memoryCatalog.get,
    listMemories: memoryCatalog.list,
    hasMemory: memoryCatalog.has,
    registerAgent: agentCatalog.register,
    getAgent: agentCatalog.get,
    listAgents: agentCatalog.list,
    hasAgent: agentCatalog.has,
    registerNodeKind: (kind) => kinds().register(kind),
    getNodeKind: (name) => kinds().get(name),
    listNodeKinds: () => kinds().list(),
    hasNodeKind: (name) => kinds().has(name),
  };
}

const fromConfig = (nouns: string): string =>
  `Write it under "${nouns}" in iceos.config.ts, which is looked for in the working directory, or name that file by ICEOS_CONFIG.`;

function filled<T extends { readonly name: string }>(catalog: Catalog<T>, entries: readonly T[]): Catalog<T> {
  for (const entry of entries) {
    const registered = catalog.register(entry);
    if (!registered.ok) throw new Error(registered.error.message);
  }
  return catalog;
}
