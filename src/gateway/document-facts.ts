import {
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { fieldPairsOf } from './field-pairs.ts';

/** How large an operation is after its fragments are spread. */
export interface OperationSize {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
}

/** `first`, `last` or the length of `ids` of a field: a number, or the name of the variable that holds it. */
export interface PageSizeArgument {
  readonly field: string;
  readonly argument: string;
  readonly size: number | { readonly variable: string; readonly fallback: number | undefined };
}

export interface OperationFacts {
  readonly type: OperationTypeNode;
  readonly name: string | undefined;
  readonly size: OperationSize;
  /** One for each time that it is resolved: names of the answer that stand for the same field count apart. */
  readonly rootFields: readonly string[];
}

/** What can be said of a document before it is validated, and without its variables. */
export interface DocumentFacts {
  readonly document: DocumentNode;
  readonly operations: readonly OperationFacts[];
  readonly pageSizes: readonly PageSizeArgument[];
  readonly introspects: boolean;
  /** How often fields would be compared by validation; not counted where an operation has too many of them. */
  readonly fieldPairs: number;
}

/** Beyond what nothing more is found out about a document. */
export interface ReadLimits {
  readonly maxTokens: number;
  readonly maxFields: number;
  readonly maxFieldPairs: number;
}

const NOTHING: OperationSize = { depth: 0, fields: 0, aliases: 0, directives: 0 };
/**
 * Selections within selections, through fields and fragments alike. Each is a call within a call, which is slow long before
 * the stack is full; and validation, which counts no levels, would do the same.
 */
export const MOST_LEVELS = 200;
const PAGE_ARGUMENTS: ReadonlySet<string> = new Set(['first', 'last', 'ids']);

/**
 * Throws a syntax error for what cannot be parsed or has more than `maxTokens` tokens, and a RangeError for what is nested
 * too deeply to be looked at.
 */
export function readDocument(text: string, limits: ReadLimits): DocumentFacts {
  const document = parse(text, { maxTokens: limits.maxTokens });
  const fragments = fragmentsOf(document);
  const sizes = new Map<string, OperationSize>();
  const facts = { pageSizes: new Array<PageSizeArgument>(), introspects: false };

  let level = 0;

  const sizeOfFragment = (name: string): OperationSize => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    // A fragment that spreads itself counts as nothing here; validation refuses it afterwards.
    sizes.set(name, NOTHING);
    const fragment = fragments.get(name);
    const size = fragment === undefined ? NOTHING : sizeOfSelection(fragment.selectionSet);
    sizes.set(name, size);
    return size;
  };

  const sizeOfField = (field: FieldNode): OperationSize => {
    const introspection = field.name.value.startsWith('__');
    if (introspection && field.name.value !== '__typename') facts.introspects = true;
    const inner = field.selectionSet === undefined ? NOTHING : sizeOfSelection(field.selectionSet);
    const aliased = field.alias !== undefined && field.alias.value !== field.name.value;
    return {
      // How deep introspection may go is the GraphQL library's business.
      depth: introspection ? 1 : inner.depth + 1,
      fields: inner.fields + 1,
      aliases: inner.aliases + (aliased ? 1 : 0),
      directives: inner.directives + (field.directives?.length ?? 0),
    };
  };

  const sizeOfSelection = ({ selections }: SelectionSetNode): OperationSize => {
    level += 1;
    if (level > MOST_LEVELS) throw new RangeError(`There are more than ${MOST_LEVELS} selections within each other.`);
    let sum = NOTHING;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        sum = add(sum, sizeOfField(selection), 0);
        continue;
      }
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? sizeOfSelection(selection.selectionSet)
          : sizeOfFragment(selection.name.value);
      sum = add(sum, inner, selection.directives?.length ?? 0);
    }
    level -= 1;
    return sum;
  };

  const operations = operationsOf(document);
  const sized = operations.map((operation) => ({
    type: operation.operation,
    name: operation.name?.value,
    size: add(NOTHING, sizeOfSelection(operation.selectionSet), operation.directives?.length ?? 0),
    rootFields: rootFieldsOf(operation, fragments),
  }));
  facts.pageSizes.push(...pageSizesOf(document, operations));
  const isLong = sized.some(({ size }) => size.fields > limits.maxFields);
  const fieldPairs = isLong ? 0 : fieldPairsOf(document, limits.maxFieldPairs);
  return { ...facts, document, operations: sized, fieldPairs };
}

const add = (a: OperationSize, b: OperationSize, directives: number): OperationSize => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives + directives,
});

const operationsOf = (document: DocumentNode): readonly OperationDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);

const fragmentsOf = (document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );

function rootFieldsOf(
  { selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly string[] {
  const fields = new Map<string, string>();
  const spread = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.set((selection.alias ?? selection.name).value, selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(selectionSet);
  return [...fields.values()].filter((name) => !name.startsWith('__'));
}

/** Every `first`, `last` and `ids` in the document, each once, wherever it stands. */
function pageSizesOf(document: DocumentNode, operations: readonly OperationDefinitionNode[]): PageSizeArgument[] {
  const fallbacks = new Map(
    operations.flatMap(({ variableDefinitions = [] }) =>
      variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, toNumber(defaultValue)] as const),
    ),
  );
  const found: PageSizeArgument[] = [];
  const visit = (selectionSet: SelectionSetNode | undefined): void => {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.FIELD) found.push(...pageSizesOfField(selection, fallbacks));
      visit(selection.selectionSet);
    }
  };
  for (const definition of document.definitions) {
    if ('selectionSet' in definition) visit(definition.selectionSet);
  }
  return found;
}

function pageSizesOfField(
  { name, arguments: given = [] }: FieldNode,
  fallbacks: ReadonlyMap<string, number | undefined>,
): PageSizeArgument[] {
  return given.flatMap(({ name: { value: argument }, value }): PageSizeArgument[] => {
    if (!PAGE_ARGUMENTS.has(argument)) return [];
    if (value.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      return [{ field: name.value, argument, size: { variable, fallback: fallbacks.get(variable) } }];
    }
    const size = toNumber(value);
    return size === undefined ? [] : [{ field: name.value, argument, size }];
  });
}

const toNumber = (value: ValueNode | undefined): number | undefined =>
  value?.kind === Kind.INT ? Number(value.value) : value?.kind === Kind.LIST ? value.values.length : undefined;
