import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { Committed } from '../execution/committed.ts';
import { toHintText } from '../live/hint-text.ts';
import { createLocalLive } from '../live/live-bus.ts';
import type { LiveBus } from '../live/live-bus.ts';
import { createPostgresLive, LIVE_CHANNEL } from '../live/postgres-live.ts';
import { createArtifactStore } from '../store/artifact-store.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import { createBatcher } from '../store/batcher.ts';
import type { BatchReport } from '../store/batcher.ts';
import { createBlueprintStore } from '../store/blueprint-store.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import { createCredentialStore } from '../store/credential-store.ts';
import type { CredentialStore } from '../store/credential-store.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { createEventStore } from '../store/event-store.ts';
import type { EventStore } from '../store/event-store.ts';
import { createExecutionStore } from '../store/execution-store.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import { createLeaseStore } from '../store/lease-store.ts';
import type { LeaseStore } from '../store/lease-store.ts';
import { createNotifications } from '../store/notifications.ts';
import type { Notifications } from '../store/notifications.ts';
import type { InstallationPaths } from './installation.ts';

export interface OpenStoreDeps {
  readonly config: Config;
  readonly paths: InstallationPaths;
  readonly clock: Clock;
  readonly newId: () => string;
  /** What this process has committed; other processes' commits are no business of its metrics. */
  readonly onCommitted: (committed: readonly Committed[]) => void;
  readonly onBatch: (report: BatchReport) => void;
  readonly reportFault: (error: unknown) => void;
}

/** The database with everything that is kept in it, and the bus that tells of what was just committed. */
export interface OpenStore {
  readonly database: Database;
  readonly blueprints: BlueprintStore;
  readonly executions: ExecutionStore;
  readonly events: EventStore;
  readonly leases: LeaseStore;
  readonly artifacts: ArtifactStore;
  readonly credentials: CredentialStore;
  readonly live: LiveBus;
  readonly notifications: Notifications;
  setOthersListen(othersListen: boolean): void;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore(deps: OpenStoreDeps): Promise<OpenStore> {
  const { config, paths, clock, reportFault } = deps;
  const database = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
    threadFile: paths.databaseThread,
    migrationsFolder: paths.migrations,
    clock,
  });
  const notifications = createNotifications({ database });
  const local = createLocalLive({ onListenerFailed: reportFault });
  // Distinguishes the hints of this start of the process from those of others; no secret, no order.
  const sender = deps.newId().slice(-12);
  let othersListen = false;
  const live = createPostgresLive({
    local,
    sender,
    notify: (text) => notifications.notify(LIVE_CHANNEL, text),
    listen: (hearing) => notifications.listen(LIVE_CHANNEL, hearing),
    othersListen: () => othersListen,
    onNotifyFailed: reportFault,
  });
  const onCommitted = (committed: readonly Committed[]): void => {
    // Other processes hear by the NOTIFY that left with the commit.
    local.publish(committed);
    deps.onCommitted(committed);
  };
  const hint = {
    channel: LIVE_CHANNEL,
    text: (committed: readonly Committed[]) => toHintText({ sender, executions: committed, blueprints: [] }),
  };
  const batcher = createBatcher({ journal: database.journal, clock, onCommitted, onBatch: deps.onBatch, reportFault, hint });
  return {
    database,
    blueprints: createBlueprintStore({ database }),
    executions: createExecutionStore({ database, batcher }),
    events: createEventStore({ database, batcher, onCommitted, hint }),
    leases: createLeaseStore({ database }),
    artifacts: createArtifactStore({ database }),
    credentials: createCredentialStore({ database }),
    live,
    notifications,
    setOthersListen(value) {
      othersListen = value;
      batcher.setOthersListen(value);
    },
    start: () => live.start(),
    async close() {
      await batcher.close();
      await live.close();
      await database.close();
    },
  };
}
