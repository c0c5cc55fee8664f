import type { AgentDefinition } from '../registry/agent.ts';
import type { MemoryDefinition } from '../registry/memory.ts';
import type { ModelDefinition } from '../registry/model.ts';
import type { NodeKindDefinition } from '../registry/node-kind.ts';
import type { Registry } from '../registry/registry.ts';
import type { ToolDefinition } from '../registry/tool.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What a blueprint may refer to on this server; each list is by name. */
export interface RegistryUseCases {
  listNodeKinds(viewer: Viewer): readonly NodeKindDefinition[];
  listTools(viewer: Viewer): readonly ToolDefinition[];
  listModels(viewer: Viewer): readonly ModelDefinition[];
  listMemories(viewer: Viewer): readonly MemoryDefinition[];
  listAgents(viewer: Viewer): readonly AgentDefinition[];
}

export const createRegistryUseCases = (registry: Pick<Registry, keyof RegistryUseCases>): RegistryUseCases => ({
  listNodeKinds: forReaders(registry.listNodeKinds),
  listTools: forReaders(registry.listTools),
  listModels: forReaders(registry.listModels),
  listMemories: forReaders(registry.listMemories),
  listAgents: forReaders(registry.listAgents),
});

const forReaders =
  <T>(list: () => readonly T[]) =>
  (viewer: Viewer): readonly T[] => {
    requireScope(viewer, 'blueprints:read');
    return list();
  };
