import { startApp, type App } from '../../src/app.ts';
import { parseConfig, type Environment } from '../../src/config.ts';
import type { BlueprintId, ExecutionId } from '../../src/core/ids.ts';
import type { Json } from '../../src/core/json.ts';
import type { ExecutionEvent, ExecutionEventType, Failure, RecordedEvent } from '../../src/execution/events.ts';
import { isTerminalEvent } from '../../src/execution/events.ts';
import { encodeCursor } from '../../src/live/cursor.ts';
import type { Executors } from '../../src/orchestrator/executor.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { StartExecutionInput } from '../../src/use-cases/start-execution.ts';
import { author } from './blueprint-use-cases.ts';

export interface TestAppOptions {
  readonly databaseUrl: string;
  readonly environment?: Environment;
  readonly executors?: (executors: Executors) => Executors;
}

/** How an execution ended, and its whole journal. */
export interface Outcome {
  readonly id: ExecutionId;
  readonly end: ExecutionEventType;
  /** Of an execution that succeeded. */
  readonly output: Json | undefined;
  /** Of an execution that failed. */
  readonly failure: Failure | undefined;
  readonly events: readonly ExecutionEvent[];
}

/** The whole program in this process, on a database that other programs may use too. */
export interface TestApp extends App {
  /** Lines of the log from `warn` on. */
  readonly log: readonly string[];
  publish(document: object): Promise<BlueprintId>;
  start(blueprintId: BlueprintId, input?: Json, more?: Partial<StartExecutionInput>): Promise<ExecutionId>;
  cancel(id: ExecutionId): Promise<void>;
  /** Follows an execution from its first event until one that suits; rejects when it ends without. */
  follow(id: ExecutionId, suits: (event: ExecutionEvent) => boolean): Promise<ExecutionEvent>;
  /** Follows it to its end. */
  finish(id: ExecutionId): Promise<Outcome>;
  /** Publishes, starts, and follows to the end. */
  run(document: object, input?: Json): Promise<Outcome>;
}

export async function startTestApp({ databaseUrl, environment, executors }: TestAppOptions): Promise<TestApp> {
  const log: string[] = [];
  const logger = createLogger({ level: 'warn', target: { write: (line) => log.push(line) } });
  const app = await startApp({ config: testConfig({ DATABASE_URL: databaseUrl, ...environment }), logger, executors });
  const { blueprints, executions } = app.useCases;

  async function publish(document: object): Promise<BlueprintId> {
    const created = await blueprints.createBlueprint(author, { source: JSON.stringify(document) });
    if (!created.ok) throw new Error(JSON.stringify(created.error));
    const { id, version } = created.value;
    const published = await blueprints.publishBlueprint(author, { id, expectedVersion: version });
    if (!published.ok) throw new Error(JSON.stringify(published.error));
    return id;
  }

  const start: TestApp['start'] = async (blueprintId, input = {}, more = {}) => {
    const started = await executions.startExecution(author, { blueprintId, input, ...more });
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    return started.value.execution.id;
  };

  async function* eventsOf(executionId: ExecutionId): AsyncGenerator<ExecutionEvent> {
    const followed = await executions.followExecution(author, { executionId, after: encodeCursor(executionId, 0) });
    if (!followed.ok) throw new Error(followed.error.message);
    for await (const message of followed.value.messages) {
      if (message.type === 'events') yield* message.events.map(known);
      else if (message.type !== 'snapshot') throw new Error(`The stream of ${executionId} said ${message.type}.`);
    }
  }

  async function finish(id: ExecutionId): Promise<Outcome> {
    const events: ExecutionEvent[] = [];
    for await (const event of eventsOf(id)) events.push(event);
    const last = events.at(-1);
    if (!last || !isTerminalEvent(last)) throw new Error(`The stream of ${id} ended before the execution.`);
    const output = last.type === 'executionSucceeded' ? await executions.resolveValue(author, last.output) : undefined;
    const failure = last.type === 'executionFailed' ? last.failure : undefined;
    return { id, end: last.type, output, failure, events };
  }

  return {
    ...app,
    get running() {
      return app.running;
    },
    log,
    publish,
    start,
    async cancel(id) {
      const canceled = await executions.cancelExecution(author, { id });
      if (!canceled.ok) throw new Error(canceled.error.message);
    },
    async follow(id, suits) {
      const seen: string[] = [];
      for await (const event of eventsOf(id)) {
        if (suits(event)) return event;
        seen.push(event.type);
      }
      throw new Error(`Execution ${id} ended without that event: ${seen.join(', ')}`);
    },
    finish,
    run: async (document, input) => finish(await start(await publish(document), input)),
  };
}

function known(event: RecordedEvent): ExecutionEvent {
  if (event.type === 'unknown') throw new Error(`Event ${event.sequence} is unknown.`);
  return event;
}

function testConfig(environment: Environment) {
  const config = parseConfig({
    ICEOS_PORT: '0',
    ICEOS_SANDBOX: 'best-available',
    ICEOS_WARM_WORKERS: '0',
    NODE_ENV: 'test',
    ...environment,
  });
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  return config.value;
}

/** Events of one type, of all paths or of one. */
export const eventsOfType = <T extends ExecutionEventType>(
  events: readonly ExecutionEvent[],
  type: T,
  path?: string,
): readonly Extract<ExecutionEvent, { type: T }>[] =>
  events.filter(
    (event): event is Extract<ExecutionEvent, { type: T }> =>
      event.type === type && (path === undefined || ('path' in event && event.path === path)),
  );
