import type { ExecutionId } from '../../core/ids.ts';
import { ExecutionId as ExecutionIdSchema } from '../../core/ids.ts';
import type { ExecutionNow, NodeNow } from '../../live/follow-message.ts';
import { builder } from '../builder.ts';
import { localId } from '../global-id.ts';

// Declared before their fields, as types refer to each other.
export const ExecutionType = builder.objectRef<ExecutionNow>('Execution');
export const ExecutionNode = builder.objectRef<NodeNow>('ExecutionNode');

/** The execution that a global ID names, or undefined when it names none. */
export const toExecutionId = (globalId: string): ExecutionId | undefined =>
  toLocalExecutionId(localId('Execution', globalId));

/** The local part of an execution's ID, parsed. IDs have one spelling, as they are keys of caches. */
export function toLocalExecutionId(id: string | undefined): ExecutionId | undefined {
  const parsed = ExecutionIdSchema.safeParse(id);
  return parsed.success && parsed.data === parsed.data.toLowerCase() ? parsed.data : undefined;
}

/** `<execution>:<path>`, the local part of a node's ID. */
export const nodeLocalId = ({ executionId, path }: Pick<NodeNow, 'executionId' | 'path'>): string =>
  `${executionId}:${path}`;

/** The execution and path in the local part of a node's ID. */
export function parseNodeLocalId(id: string): { readonly executionId: ExecutionId; readonly path: string } | undefined {
  const colon = id.indexOf(':');
  const executionId = toLocalExecutionId(id.slice(0, Math.max(colon, 0)));
  return executionId && { executionId, path: id.slice(colon + 1) };
}
