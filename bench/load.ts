import type { App } from '../src/app.ts';
import type { Blueprint } from '../src/blueprint/blueprint.ts';
import { DEFAULT_TENANT } from '../src/core/ids.ts';
import type { BlueprintId, ExecutionId } from '../src/core/ids.ts';
import { isTerminalEvent } from '../src/execution/events.ts';
import { SCOPES } from '../src/use-cases/viewer.ts';
import type { Viewer } from '../src/use-cases/viewer.ts';

export const VIEWER: Viewer = { tenant: DEFAULT_TENANT, subject: 'bench', scopes: new Set(SCOPES) };

/** Starts executions through the use case and sees their ends as a follower in the process does. */
export interface Load {
  publish(document: Blueprint): Promise<BlueprintId>;
  /** From the call of the use case to the terminal event; rejects unless the execution succeeded. */
  runToEnd(blueprintId: BlueprintId, input: { readonly n: number }): Promise<ExecutionId>;
  close(): void;
}

export function openLoad(app: App): Load {
  const finished = new Map<string, string>();
  const waiting = new Map<string, (type: string) => void>();
  const stop = app.live.subscribeTenant(DEFAULT_TENANT, (news) => {
    const last = news === 'look' ? undefined : news.events?.at(-1);
    if (news === 'look' || last === undefined || !isTerminalEvent(last)) return;
    const tell = waiting.get(news.executionId);
    waiting.delete(news.executionId);
    if (tell) tell(last.type);
    else finished.set(news.executionId, last.type);
  });

  function ending(id: ExecutionId): Promise<string> {
    const known = finished.get(id);
    finished.delete(id);
    return known === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(known);
  }

  return {
    async publish(document) {
      const created = await app.useCases.blueprints.createBlueprint(VIEWER, { source: JSON.stringify(document) });
      if (!created.ok) throw new Error(created.error.message);
      const { id, version } = created.value;
      const published = await app.useCases.blueprints.publishBlueprint(VIEWER, { id, expectedVersion: version });
      if (!published.ok) throw new Error(published.error.message);
      return id;
    },
    async runToEnd(blueprintId, input) {
      const started = await app.useCases.executions.startExecution(VIEWER, { blueprintId, input });
      if (!started.ok) throw new Error(started.error.message);
      const { id } = started.value.execution;
      const end = await ending(id);
      if (end !== 'executionSucceeded') throw new Error(`Execution ${id} ended with ${end}.`);
      return id;
    },
    close: stop,
  };
}
