import type { NotFoundError } from '../core/errors.ts';
import type { Result } from '../core/result.ts';
import { createCatalog, type DuplicateError } from './catalog.ts';
import { nodeKindDefinitions, type NodeKindDefinition } from './node-kind.ts';
import type { ToolDefinition } from './tool.ts';

/** What a blueprint may refer to. */
export interface Registry {
  registerTool(tool: ToolDefinition): Result<ToolDefinition, DuplicateError>;
  getTool(name: string): Result<ToolDefinition, NotFoundError>;
  /** By name. */
  listTools(): readonly ToolDefinition[];
  hasTool(name: string): boolean;
  /** The kinds that this release carries out, each with its JSON Schema. */
  listNodeKinds(): readonly NodeKindDefinition[];
}

/** Makes a registry. Two tools of one name are a faulty installation, which cannot start: that throws. */
export function createRegistry({ tools }: { readonly tools: readonly ToolDefinition[] }): Registry {
  const toolCatalog = createCatalog<ToolDefinition>('tool');
  for (const tool of tools) {
    const registered = toolCatalog.register(tool);
    if (!registered.ok) throw new Error(registered.error.message);
  }
  let nodeKinds: readonly NodeKindDefinition[] | undefined;
  return {
    registerTool: toolCatalog.register,
    getTool: toolCatalog.get,
    listTools: toolCatalog.list,
    hasTool: toolCatalog.has,
    listNodeKinds: () => (nodeKinds ??= nodeKindDefinitions()),
  };
}
