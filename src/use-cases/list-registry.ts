import type { ModelDefinition } from '../registry/model.ts';
import type { NodeKindDefinition } from '../registry/node-kind.ts';
import type { Registry } from '../registry/registry.ts';
import type { ToolDefinition } from '../registry/tool.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What a blueprint may refer to on this server. */
export interface RegistryUseCases {
  listNodeKinds(viewer: Viewer): readonly NodeKindDefinition[];
  /** By name. */
  listTools(viewer: Viewer): readonly ToolDefinition[];
  /** By name. */
  listModels(viewer: Viewer): readonly ModelDefinition[];
}

export const createRegistryUseCases = (
  registry: Pick<Registry, 'listNodeKinds' | 'listTools' | 'listModels'>,
): RegistryUseCases => ({
  listNodeKinds(viewer) {
    requireScope(viewer, 'blueprints:read');
    return registry.listNodeKinds();
  },
  listTools(viewer) {
    requireScope(viewer, 'blueprints:read');
    return registry.listTools();
  },
  listModels(viewer) {
    requireScope(viewer, 'blueprints:read');
    return registry.listModels();
  },
});
