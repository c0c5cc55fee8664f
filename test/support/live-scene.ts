import type { Json } from '../../src/core/json.ts';
import { encodeGlobalId } from '../../src/gateway/global-id.ts';
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts';
import { openTestDatabase, type ServerTestDatabase } from './database.ts';
import { GraphQLAnswer, postGraphQL } from './gateway.ts';
import { createGate, scripted, type Gate } from './scripted-code.ts';

/** The whole program, spoken to as clients do, with code nodes that a test holds and lets go. */
export interface LiveScene {
  readonly app: TestApp;
  readonly database: ServerTestDatabase;
  readonly url: string;
  readonly key: string;
  /** Held by nodes whose input is `{ hold: true }`. */
  readonly gate: Gate;
  /** A further program on the same database. */
  open(): Promise<TestApp>;
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<GraphQLAnswer>;
  /** The answer of the one root field, of a request without errors. */
  field(query: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): Promise<void>;
}

/** `executors`: instead of code nodes that a test holds. `environment`: settings of the program. */
export async function openLiveScene(
  settings: Pick<TestAppOptions, 'executors' | 'environment'> = {},
): Promise<LiveScene> {
  const database = await openTestDatabase();
  const gate = createGate();
  const held = scripted(async ({ input }, signal) => {
    if (isHeld(input)) await gate.pass(signal);
    return input;
  });
  const { executors = held, environment = {} } = settings;
  const apps: TestApp[] = [];
  const open = async (): Promise<TestApp> => {
    const app = await startTestApp({ databaseUrl: database.url, executors, environment });
    apps.push(app);
    return app;
  };
  const app = await open();
  const made = await app.ensureFirstApiKey();
  if (made === undefined || app.url === undefined) throw new Error('The program has no key or no listener.');
  const { key } = made;
  const { url } = app;
  const ask: LiveScene['ask'] = async (query, variables = {}) => {
    const response = await postGraphQL(url, { query, variables }, { authorization: `Bearer ${key}` });
    return GraphQLAnswer.parse(await response.json());
  };
  return {
    app,
    database,
    url,
    key,
    gate,
    open,
    ask,
    async field(query, variables) {
      const { data, errors } = await ask(query, variables);
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return Object.values(data ?? {})[0];
    },
    async close() {
      gate.open();
      for (const one of apps) await one.close();
      await database.close();
    },
  };
}

const isHeld = (input: Json): boolean =>
  typeof input === 'object' && input !== null && 'hold' in input && input['hold'] === true;

export const executionGlobalId = (id: string): string => encodeGlobalId('Execution', id);
export const blueprintGlobalId = (id: string): string => encodeGlobalId('Blueprint', id);
