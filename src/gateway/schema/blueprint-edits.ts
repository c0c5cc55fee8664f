import type { BlueprintEdit as Edit } from '../../blueprint/edits.ts';
import type { BlueprintEdit } from './blueprint-inputs.ts';

/** An edit as a client gives it: one member of the input object is set, which the schema has checked. */
export function toEdit(input: typeof BlueprintEdit.$inferInput): Edit {
  const { replace, rename, addNode, patchNode, renameNode, removeNode } = input;
  if (typeof replace === 'string') return { replace };
  if (typeof rename === 'string') return { rename };
  if (addNode) return { addNode: { ...addNode, spec: addNode.spec ?? null } };
  if (patchNode) return { patchNode };
  if (renameNode) return { renameNode };
  if (typeof removeNode === 'string') return { removeNode };
  throw new Error('An edit came without any of its members.');
}
