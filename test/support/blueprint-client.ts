import { transforms } from './blueprint-use-cases.ts';
import type { TestGateway } from './gateway.ts';

const UPDATE = `mutation Update($input: UpdateBlueprintInput!) {
  updateBlueprint(input: $input) {
    __typename
    ... on Error { message }
    ... on UpdateBlueprintSuccess {
      outcome
      blueprint { id version name hasUnpublishedChanges }
      revision { version change createdBy nodes { name kind after spec } issues { rule } }
    }
    ... on VersionConflict {
      expectedVersion actualVersion mergeable
      current { version }
      base { version nodes { name spec } }
      changes { node path side base yours theirs }
    }
    ... on InvalidBlueprintError { issues { rule path message } }
    ... on InvalidInputError { issues { rule path } }
    ... on NotFoundError { id }
    ... on NameTakenError { name }
  }
}`;

/** A client that speaks of blueprints alone. */
export interface BlueprintClient {
  /** The answer of the one root field; a request that failed as a whole is a fault of the test. */
  ask(query: string, variables?: Record<string, unknown>, key?: string): Promise<unknown>;
  /** Creates a blueprint of transform nodes and gives back its global ID. */
  create(name: string, outputs?: Readonly<Record<string, unknown>>): Promise<string>;
  update(id: string, expectedVersion: number, edits: readonly object[], options?: UpdateOptions): Promise<unknown>;
}

interface UpdateOptions {
  readonly onConflict?: 'REJECT' | 'MERGE';
  readonly key?: string;
}

export function createBlueprintClient({ run }: Pick<TestGateway, 'run'>): BlueprintClient {
  const ask: BlueprintClient['ask'] = async (query, variables = {}, key) => {
    const { data, errors } = await run(query, variables, key);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return Object.values(data ?? {})[0];
  };
  return {
    ask,
    async create(name, outputs = { a: 1, b: 1 }) {
      const query = `mutation ($source: String!) {
        createBlueprint(input: { source: $source }) {
          ... on CreateBlueprintSuccess { blueprint { id } }
          ... on Error { message }
        }
      }`;
      const answer = await ask(query, { source: transforms(name, outputs) });
      const { blueprint } = answer as { blueprint: { id: string } }; // what the query selects
      return blueprint.id;
    },
    update: (id, expectedVersion, edits, { key, ...options } = {}) =>
      ask(UPDATE, { input: { id, expectedVersion, edits, ...options } }, key),
  };
}

/** The edit that gives a transform node another output. */
export const setOutput = (name: string, output: unknown): object => ({ patchNode: { name, spec: { output } } });
