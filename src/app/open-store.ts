import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { Committed } from '../execution/committed.ts';
import { createLocalLive } from '../live/live-bus.ts';
import type { LiveBus } from '../live/live-bus.ts';
import { createPostgresLive } from '../live/postgres-live.ts';
import type { BatchReport } from '../store/batcher.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { createNotifications } from '../store/notifications.ts';
import { createStores } from '../store/stores.ts';
import type { Stores } from '../store/stores.ts';
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
export interface OpenStore extends Stores {
  readonly database: Database;
  readonly live: LiveBus;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore({ config, paths, clock, ...deps }: OpenStoreDeps): Promise<OpenStore> {
  const { reportFault } = deps;
  const database = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
    threadFile: paths.databaseThread,
    migrationsFolder: paths.migrations,
    clock,
  });
  const { listen, notify } = createNotifications({ database });
  const live = createPostgresLive({
    local: createLocalLive({ onListenerFailed: reportFault }),
    // Distinguishes the hints of this start of the process from those of others; no secret, no order.
    sender: deps.newId().slice(-12),
    notify,
    listen,
    onNotifyFailed: reportFault,
    onOtherHeard: () => stores.batcher.setOthersListen(true),
  });
  const onCommitted = (committed: readonly Committed[]): void => {
    live.publish(committed);
    deps.onCommitted(committed);
  };
  const stores = createStores({ database, clock, onCommitted, onBatch: deps.onBatch, reportFault, hint: live.hint });
  return {
    ...stores,
    database,
    live,
    // Nobody else can have the embedded database open.
    start: () => (database.kind === 'postgres' ? live.start() : Promise.resolve()),
    async close() {
      await stores.batcher.close();
      await live.close();
      await database.close();
    },
  };
}
