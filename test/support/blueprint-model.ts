/** What a blueprint is to the model: its name and one number for each node. */
export interface ModelDocument {
  readonly name: string;
  readonly nodes: Readonly<Record<string, number>>;
}

export type ModelEdit =
  | { readonly type: 'add' | 'patch'; readonly node: string; readonly value: number }
  | { readonly type: 'remove'; readonly node: string }
  | { readonly type: 'rename'; readonly name: string };

export type ModelAnswer =
  | 'applied'
  | 'merged'
  | 'unchanged'
  | 'VersionConflict'
  | 'NotFoundError'
  | 'InvalidInputError'
  | 'NameTakenError'
  | 'InvalidBlueprintError';

interface Row {
  /** By version, from 1: never changed, only added to. */
  readonly history: ModelDocument[];
  published: ModelDocument['nodes'] | undefined;
  archived: boolean;
  deleted: boolean;
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null ? Object.fromEntries(Object.entries(inner).toSorted()) : inner,
  );

/** The version lock as one page of arithmetic: no database, no concurrency, no YAML. */
export class BlueprintModel {
  readonly rows: Row[] = [];

  create(document: ModelDocument): ModelAnswer {
    if (this.isTaken(document.name, undefined)) return 'NameTakenError';
    this.rows.push({ history: [document], published: undefined, archived: false, deleted: false });
    return 'applied';
  }

  update(at: number, expected: number, onConflict: 'reject' | 'merge', edits: readonly ModelEdit[]): ModelAnswer {
    const row = this.rows[at];
    if (row === undefined || row.deleted) return 'NotFoundError';
    const current = currentOf(row);
    if (expected > row.history.length) return 'InvalidInputError';
    const base = row.history[expected - 1];
    const yours = base && applyEdits(base, edits);
    if (base !== undefined && yours === undefined) return 'InvalidBlueprintError';
    if (same(yours, current) || same(applyEdits(current, edits), current)) return 'unchanged';
    if (expected === row.history.length) return this.write(row, yours, 'applied');
    const merged = base && yours && merge(base, yours, current);
    if (onConflict === 'reject' || merged === undefined) return 'VersionConflict';
    if (same(merged, current)) return 'unchanged';
    const answer = this.write(row, merged, 'merged');
    return answer === 'NameTakenError' ? 'VersionConflict' : answer;
  }

  publish(at: number, expected: number, version = expected): ModelAnswer {
    const row = this.rows[at];
    if (row === undefined || row.deleted) return 'NotFoundError';
    const target = row.history[version - 1];
    if (expected > row.history.length || version > expected || target === undefined) return 'InvalidInputError';
    if (same(row.published, target.nodes)) return 'unchanged';
    return this.lock(row, expected, () => (row.published = target.nodes));
  }

  archive(at: number, expected: number): ModelAnswer {
    const row = this.rows[at];
    if (row === undefined || row.deleted) return 'NotFoundError';
    return this.lock(row, expected, () => (row.archived = true), row.archived);
  }

  delete(at: number, expected: number): ModelAnswer {
    const row = this.rows[at];
    if (row === undefined) return 'NotFoundError';
    return this.lock(row, expected, () => (row.deleted = true), row.deleted);
  }

  restore(at: number, expected: number): ModelAnswer {
    const row = this.rows[at];
    if (row === undefined) return 'NotFoundError';
    const isDone = !row.archived && !row.deleted;
    if (!isDone && expected === row.history.length && this.isTaken(currentOf(row).name, row)) return 'NameTakenError';
    return this.lock(row, expected, () => (row.archived = row.deleted = false), isDone);
  }

  private lock(row: Row, expected: number, change: () => unknown, done = false): ModelAnswer {
    if (expected > row.history.length) return 'InvalidInputError';
    if (done) return 'unchanged';
    if (expected < row.history.length) return 'VersionConflict';
    change();
    row.history.push(currentOf(row));
    return 'applied';
  }

  private write(row: Row, document: ModelDocument | undefined, outcome: 'applied' | 'merged'): ModelAnswer {
    if (document === undefined) return 'VersionConflict';
    if (this.isTaken(document.name, row)) return 'NameTakenError';
    row.history.push(document);
    return outcome;
  }

  private isTaken(name: string, except: Row | undefined): boolean {
    return this.rows.some((row) => row !== except && !row.deleted && currentOf(row).name === name);
  }
}

export function currentOf(row: Row): ModelDocument {
  const current = row.history.at(-1);
  if (current === undefined) throw new Error('A row has at least one version.');
  return current;
}

function applyEdits(document: ModelDocument, edits: readonly ModelEdit[]): ModelDocument | undefined {
  let { name, nodes } = document;
  for (const edit of edits) {
    if (edit.type === 'rename') name = edit.name;
    else if (edit.node in nodes === (edit.type === 'add')) return undefined;
    else if (edit.type !== 'remove') nodes = { ...nodes, [edit.node]: edit.value };
    else nodes = Object.fromEntries(Object.entries(nodes).filter(([node]) => node !== edit.node));
  }
  return { name, nodes };
}

function merge(base: ModelDocument, yours: ModelDocument, theirs: ModelDocument): ModelDocument | undefined {
  const clash = Symbol('clash');
  const pick = <T>(from: T, one: T, other: T): T | typeof clash =>
    one === other || other === from ? one : one === from ? other : clash;
  const name = pick(base.name, yours.name, theirs.name);
  if (name === clash) return undefined;
  const nodes: Record<string, number> = {};
  for (const node of new Set([...Object.keys(base.nodes), ...Object.keys(yours.nodes), ...Object.keys(theirs.nodes)])) {
    const value = pick(base.nodes[node], yours.nodes[node], theirs.nodes[node]);
    if (value === clash) return undefined;
    if (value !== undefined) nodes[node] = value;
  }
  return { name, nodes };
}
