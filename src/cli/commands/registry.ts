import type { CliDeps } from '../cli-deps.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { ListRegistryDocument, type ListRegistryQuery } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

/** `iceos registry`: what blueprints may refer to on the server. */
export async function listRegistry(options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const lines = linesOf(await client.request(ListRegistryDocument, {}));
  const { terminal } = deps;
  if (options.json) for (const { what, entry } of lines) terminal.out(`${JSON.stringify({ what, ...entry })}\n`);
  else {
    const rows = lines.map(({ what, name, is, entry }) => [what, name, is, entry.description ?? '']);
    terminal.out(table(['what', 'name', 'is', 'description'], rows));
  }
  return EXIT.succeeded;
}

interface Line {
  readonly what: string;
  readonly name: string;
  /** What tells it from others of its sort at a glance. */
  readonly is: string;
  readonly entry: { readonly description?: string | null };
}

function linesOf({ agents, memories, models, nodeKinds, tools }: ListRegistryQuery): readonly Line[] {
  if (!agents || !memories || !models || !nodeKinds || !tools) throw noAnswer();
  return [
    ...tools.map((entry) => ({ what: 'tool', name: entry.name, is: entry.version, entry })),
    ...models.map((entry) => ({ what: 'model', name: entry.name, is: entry.version, entry })),
    ...memories.map((entry) => ({ what: 'memory', name: entry.name, is: entry.kind.toLowerCase(), entry })),
    ...agents.map((entry) => ({ what: 'agent', name: entry.name, is: `${entry.version} on ${entry.model}`, entry })),
    ...nodeKinds.map((entry) => ({ what: 'node kind', name: entry.kind, is: '', entry })),
  ];
}
