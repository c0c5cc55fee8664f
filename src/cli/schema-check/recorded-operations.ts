import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  Kind,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';

/** A document that clients send: operations with their fragments. */
export interface RecordedOperation {
  /** A file, or the hash of a trusted document. */
  readonly name: string;
  readonly document: DocumentNode;
}

/** A recorded document that a change of the schema makes invalid. */
export interface BrokenOperation {
  readonly name: string;
  /** Each with the operation or fragment that it lies in. */
  readonly faults: readonly string[];
}

/** The document of a text; throws what the parser says. */
export const recordedOperation = (name: string, text: string): RecordedOperation => ({ name, document: parse(text) });

/** The places of the schema that a document uses: `Type.field`, `Type.field.argument`, `Input.field`, `Enum.VALUE`, types. */
export function coordinatesOf(schema: GraphQLSchema, { document }: RecordedOperation): ReadonlySet<string> {
  const used = new Set<string>();
  const info = new TypeInfo(schema);
  const add = (...names: readonly (string | undefined)[]): void => {
    if (names.every((name) => name !== undefined)) used.add(names.join('.'));
  };
  // What a variable carries is not in the document: it may be anything that its type has.
  const addType = (name: string): void => {
    if (used.has(name)) return;
    add(name);
    const type = schema.getType(name);
    if (isEnumType(type)) for (const value of type.getValues()) add(name, value.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      add(name, field.name);
      addType(getNamedType(field.type).name);
    }
  };
  const typeOf = (): string | undefined => {
    const type = info.getInputType();
    return type ? getNamedType(type).name : undefined;
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node) {
        const parent = info.getParentType()?.name;
        if (node.kind === Kind.FIELD) {
          const type = info.getType();
          add(parent);
          add(parent, node.name.value);
          if (type) add(getNamedType(type).name);
        }
        if (node.kind === Kind.ARGUMENT) add(parent, info.getFieldDef()?.name, node.name.value);
        if (node.kind === Kind.NAMED_TYPE) addType(node.name.value);
        if (node.kind === Kind.ENUM) add(typeOf(), node.value);
        if (node.kind === Kind.OBJECT_FIELD) {
          const input = info.getParentInputType();
          if (input) add(getNamedType(input).name, node.name.value);
        }
      },
    }),
  );
  return used;
}

function definitionOf({ document }: RecordedOperation, { positions }: GraphQLError): string {
  const at = positions?.[0] ?? 0;
  const definition = document.definitions.find(({ loc }) => loc !== undefined && loc.start <= at && at < loc.end);
  if (definition?.kind === Kind.OPERATION_DEFINITION)
    return `${definition.operation} ${definition.name?.value ?? 'without a name'}`;
  return definition?.kind === Kind.FRAGMENT_DEFINITION ? `fragment ${definition.name.value}` : 'the document';
}

/** Faults that a document has on the schema after a change, and had not before. */
export function brokenOperations(
  before: GraphQLSchema,
  after: GraphQLSchema,
  operations: readonly RecordedOperation[],
): readonly BrokenOperation[] {
  return operations.flatMap((operation) => {
    const known = new Set(validate(before, operation.document).map(({ message }) => message));
    const errors = validate(after, operation.document).filter(({ message }) => !known.has(message));
    if (errors.length === 0) return [];
    return [
      {
        name: operation.name,
        faults: errors.map((error) => `${definitionOf(operation, error)}: ${error.message}`),
      },
    ];
  });
}
