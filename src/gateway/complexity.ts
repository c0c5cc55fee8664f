import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** What a field says of its own complexity, as `extensions.complexity`; its description says it too. */
export interface FieldComplexity {
  /** On top of the objects that it gives. Default: 10 for a mutation, else 0. */
  readonly weight?: number;
  /** Items that a list is taken to have where no argument says it. Default 10. */
  readonly listSize?: number;
}

const LIST_SIZE = 10;
const PAGE_SIZE = 20;
const MUTATION_WEIGHT = 10;
/** Arguments that say how long a list is; of `ids` its length. */
const SLICING: ReadonlySet<string> = new Set(['first', 'last', 'ids']);

/** How complexity is counted, for the description of `Query`. */
export const COMPLEXITY_RULE =
  `The complexity of an operation is the number of objects that its answer may have, and ${MUTATION_WEIGHT} for each mutation. ` +
  `A list is taken to be as long as \`first\`, \`last\` or \`ids\` say, else ${PAGE_SIZE} items as a page and ${LIST_SIZE} as ` +
  `another list. Fields that count for more say so. An operation above ICEOS_MAX_COMPLEXITY is refused before it runs.`;

interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * The complexity of the operation that would run. What validation refuses afterwards counts nothing.
 */
export function complexityOf(schema: GraphQLSchema, { document, operationName, variables }: Operation): number {
  const named = operationNamed(document, operationName);
  if (named === undefined) return 0;
  const operation: OperationDefinitionNode = named;
  const mutation = schema.getMutationType();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  /** Of a fragment, by its name and the size of the page that it is spread in. */
  const spread = new Map<string, number>();

  function ofFragment(name: string, page: number | undefined): number {
    const key = `${name} ${page ?? ''}`;
    const known = spread.get(key);
    if (known !== undefined) return known;
    // A fragment that spreads itself counts as nothing; validation refuses it.
    spread.set(key, 0);
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    const sum = fragment === undefined ? 0 : ofSelection(fragment.selectionSet, type, page);
    spread.set(key, sum);
    return sum;
  }

  function ofSelection(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    page: number | undefined,
  ): number {
    let sum = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) sum += ofField(selection, type, page);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum += ofFragment(selection.name.value, page);
      else {
        const inner = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : type;
        sum += ofSelection(selection.selectionSet, inner, page);
      }
    }
    return sum;
  }

  function ofField(node: FieldNode, parent: GraphQLNamedType | undefined, page: number | undefined): number {
    const field = fieldOf(parent, node.name.value) ?? INTROSPECTION[node.name.value];
    if (field === undefined) return 0;
    const isAboutTheSchema = parent?.name.startsWith('__') === true;
    const {
      weight = parent === mutation ? MUTATION_WEIGHT : 0,
      listSize = isAboutTheSchema ? schemaListOf(field) : LIST_SIZE,
    } = complexityIn(field);
    const type = getNamedType(field.type);
    const said = sliceOf(node, operation, variables);
    const isList = isListOf(field.type);
    // The list of a page is one below the field that is told its size.
    const inner = isList ? undefined : (said ?? (isPage(field) ? PAGE_SIZE : undefined));
    const within = node.selectionSet === undefined ? 0 : ofSelection(node.selectionSet, type, inner);
    const object = isCompositeType(type) ? 1 : 0;
    return weight + (isList ? (said ?? page ?? listSize) : 1) * (object + within);
  }

  const root = schema.getRootType(operation.operation) ?? undefined;
  return ofSelection(operation.selectionSet, root, undefined);
}

/** What root fields count for on top of the objects that they give: it is taken whatever the answer has. */
export function weightOf(schema: GraphQLSchema, rootFields: readonly string[]): number {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()];
  const weights = rootFields.map((name) => {
    const field = fieldOf(mutation ?? undefined, name);
    if (field !== undefined) return complexityIn(field).weight ?? MUTATION_WEIGHT;
    const read = fieldOf(query ?? undefined, name);
    return read === undefined ? 0 : (complexityIn(read).weight ?? 0);
  });
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/** Of every schema, and in the list of fields of none. */
const INTROSPECTION: Readonly<Record<string, AnyField>> = { __schema: SchemaMetaFieldDef, __type: TypeMetaFieldDef };

/** Lists of a schema, so that one look at all of it passes, and a look at all of it many times does not. */
const schemaListOf = ({ name }: AnyField): number => (name === 'types' ? 60 : 4);

export type AnyField = GraphQLField<unknown, unknown>;

// What `extensions.complexity` is, the types of the schema builder have checked.
/** What a field says of its own complexity. */
export const complexityIn = ({ extensions }: AnyField): FieldComplexity => extensions['complexity'] ?? {};

const fieldOf = (parent: GraphQLNamedType | undefined, name: string): AnyField | undefined =>
  isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;

const isListOf = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type);

const isPage = ({ args }: AnyField): boolean => args.some(({ name }) => name === 'first' || name === 'last');

const operationNamed = (document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined =>
  document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .find((operation) => typeof name !== 'string' || name === '' || operation.name?.value === name);

/** How many items the arguments ask for; undefined where none says it. */
function sliceOf(
  { arguments: given = [] }: FieldNode,
  operation: OperationDefinitionNode,
  variables: Operation['variables'],
): number | undefined {
  const sizes = given.flatMap(({ name, value }: ArgumentNode) =>
    SLICING.has(name.value) ? (sizeOf(value, operation, variables) ?? []) : [],
  );
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

function sizeOf(
  value: ValueNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Operation['variables'],
): number | undefined {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values.length;
  if (value.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  const given = variables?.[name];
  if (typeof given === 'number') return given;
  if (Array.isArray(given)) return given.length;
  const fallback = variableDefinitions.find(({ variable }) => variable.name.value === name)?.defaultValue;
  // A default is a constant.
  return fallback?.kind === Kind.INT
    ? Number(fallback.value)
    : fallback?.kind === Kind.LIST
      ? fallback.values.length
      : undefined;
}
