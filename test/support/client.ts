import { z } from 'zod';
import { ask } from './server-process.ts';

/** A server and a key for it. */
export interface Address {
  readonly url: string;
  readonly key: string;
}

const Created = z.object({
  createBlueprint: z.object({ blueprint: z.object({ id: z.string(), version: z.number() }) }),
});
const Started = z.object({ startExecution: z.object({ execution: z.object({ id: z.string() }) }) });
const Statuses = z.object({ nodes: z.array(z.object({ status: z.string() })) });

/** Creates and publishes a blueprint; answers with its global ID. */
export async function publish(address: Address, source: object): Promise<string> {
  const created = await ask(
    address,
    `mutation ($source: String!) { createBlueprint(input: { source: $source }) {
      ... on CreateBlueprintSuccess { blueprint { id version } } ... on Error { message } } }`,
    { variables: { source: JSON.stringify(source) }, schema: Created },
  );
  const { id, version } = created.createBlueprint.blueprint;
  const published = await ask(
    address,
    `mutation ($id: ID!, $version: Int!) { publishBlueprint(input: { id: $id, expectedVersion: $version }) {
      __typename ... on InvalidBlueprintError { issues { path message } } ... on Error { message } } }`,
    { variables: { id, version }, schema: z.object({ publishBlueprint: z.looseObject({ __typename: z.string() }) }) },
  );
  if (published.publishBlueprint.__typename === 'PublishBlueprintSuccess') return id;
  throw new Error(`Not published: ${JSON.stringify(published.publishBlueprint)}`);
}

/** Starts an execution; answers with its global ID once the request is durable. */
export async function start(
  address: Address,
  blueprintId: string,
  input: object,
  idempotencyKey?: string,
): Promise<string> {
  const started = await ask(
    address,
    `mutation ($input: StartExecutionInput!) { startExecution(input: $input) {
      ... on StartExecutionSuccess { execution { id } } ... on Error { message } } }`,
    { variables: { input: { blueprintId, input, idempotencyKey } }, schema: Started },
  );
  return started.startExecution.execution.id;
}

/** Requests the end of an execution; answers with the type of the result. */
export async function cancel(address: Address, id: string): Promise<string> {
  const schema = z.object({ cancelExecution: z.object({ __typename: z.string() }) });
  const answer = await ask(address, `mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename } }`, {
    variables: { id },
    schema,
  });
  return answer.cancelExecution.__typename;
}

/** Statuses in the order of the IDs. */
export async function statusesOf(address: Address, ids: readonly string[]): Promise<readonly string[]> {
  const { nodes } = await ask(address, `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Execution { status } } }`, {
    variables: { ids },
    schema: Statuses,
  });
  return nodes.map(({ status }) => status);
}
