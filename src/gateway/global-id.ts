/** Types that have a global ID, and what their IDs hold after the type's name. */
export const NODE_TYPES = [
  'Blueprint',
  'BlueprintRevision',
  'Execution',
  'ExecutionNode',
  'LedgerEntry',
  'ApiKey',
  'TokenDenial',
  'AuditEntry',
  'Secret',
] as const;
export type NodeType = (typeof NODE_TYPES)[number];

export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

/** A global ID: base64url without `=` of `Type:id`. Opaque for clients. */
export const encodeGlobalId = (typename: string, id: string | number | bigint): string =>
  Buffer.from(`${typename}:${id}`, 'utf8').toString('base64url');

/** Never throws: what is no ID of ours has the type `''`, so that it answers like an ID that does not exist. */
export function decodeGlobalId(globalId: string): GlobalId {
  const text = Buffer.from(globalId, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  const typename = text.slice(0, Math.max(colon, 0));
  const id = text.slice(colon + 1);
  // One thing has one ID: other spellings of the same bytes are no IDs, or caches would hold it twice.
  const canonical = encodeGlobalId(typename, id) === globalId;
  return isNodeType(typename) && canonical ? { typename, id } : { typename: '', id: globalId };
}

/** The part behind the type's name, or undefined when the ID is none of that type. */
export function localId(type: NodeType, globalId: string): string | undefined {
  const { typename, id } = decodeGlobalId(globalId);
  return typename === type ? id : undefined;
}

const isNodeType = (name: string): name is NodeType => NODE_TYPES.some((type) => type === name);
