import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '../../src/cli/client.ts';
import { CommandFailure, EXIT } from '../../src/cli/exit-code.ts';
import {
  CreateBlueprintDocument,
  FindBlueprintDocument,
  PublishBlueprintDocument,
  StartExecutionDocument,
  UpdateBlueprintDocument,
} from '../../src/cli/generated/graphql.ts';
import { ROOT } from '../build.ts';

export const blueprintFile = (name: string): string => path.join(ROOT, 'examples', name, 'blueprint.yaml');

/** Stores the example and makes it the one that runs; a second demo finds it there already. */
export async function publishExample(client: Client, name: string): Promise<string> {
  const { id, version } = await store(client, name, await readFile(blueprintFile(name), 'utf8'));
  const { publishBlueprint } = await client.request(PublishBlueprintDocument, {
    input: { id, expectedVersion: version },
  });
  if (publishBlueprint?.__typename !== 'PublishBlueprintSuccess') throw refused(publishBlueprint);
  return id;
}

async function store(
  client: Client,
  name: string,
  source: string,
): Promise<{ readonly id: string; readonly version: number }> {
  const { blueprint } = await client.request(FindBlueprintDocument, { name });
  if (!blueprint) {
    const { createBlueprint } = await client.request(CreateBlueprintDocument, { input: { source } });
    if (createBlueprint?.__typename !== 'CreateBlueprintSuccess') throw refused(createBlueprint);
    return createBlueprint.blueprint;
  }
  const input = { id: blueprint.id, expectedVersion: blueprint.version, edits: [{ replace: source }] };
  const { updateBlueprint } = await client.request(UpdateBlueprintDocument, { input });
  if (updateBlueprint?.__typename !== 'UpdateBlueprintSuccess') throw refused(updateBlueprint);
  return updateBlueprint.blueprint;
}

/** Starts it; answers with the execution's ID. */
export async function startExample(client: Client, blueprintId: string, input: object): Promise<string> {
  const { startExecution } = await client.request(StartExecutionDocument, { input: { blueprintId, input } });
  if (startExecution?.__typename !== 'StartExecutionSuccess') throw refused(startExecution);
  return startExecution.execution.id;
}

const refused = (answer: object | null | undefined): CommandFailure =>
  new CommandFailure(EXIT.failed, `The server refused: ${JSON.stringify(answer)}`);
