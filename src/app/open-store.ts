import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Committed } from '../execution/committed.ts';
import { createLocalLive } from '../live/live-bus.ts';
import type { LiveBus } from '../live/live-bus.ts';
import { createLocalTexts } from '../live/live-texts.ts';
import type { LiveTexts } from '../live/live-texts.ts';
import { createPostgresLive } from '../live/postgres-live.ts';
import { createPostgresTexts } from '../live/postgres-texts.ts';
import type { BatchReport } from '../store/batcher.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { createNotifications } from '../store/notifications.ts';
import { createStores } from '../store/stores.ts';
import type { Stores } from '../store/stores.ts';
import { memoryLimitsOf } from './memory-limits-of.ts';
import type { InstallationPaths } from './installation.ts';

/** For how long a process counts as listening after it was heard, whatever the database says of it. */
const HEARD_MS = 10 * SECOND_MS;

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
  readonly texts: LiveTexts;
  /** Whether another process listens: nothing is sent while nobody does. */
  setOthersListen(othersListen: boolean): void;
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
  let heardAtMs = Number.NEGATIVE_INFINITY;
  // Distinguishes what this start of the process says from what others say; no secret, no order.
  const said = { sender: deps.newId().slice(-12), listen, notify, onNotifyFailed: reportFault };
  const live = createPostgresLive({
    local: createLocalLive({ onListenerFailed: reportFault }),
    ...said,
    onOtherHeard() {
      heardAtMs = clock.monotonicMs();
      setOthersListen(true);
    },
  });
  const { liveTextBytes: maxBytes, maxLagMs } = config;
  const texts = createPostgresTexts({
    // Who is further behind is told to subscribe again, and gets a snapshot.
    local: createLocalTexts({ clock, maxBytes, lingerMs: maxLagMs + SECOND_MS }),
    ...said,
    clock,
  });
  const onCommitted = (committed: readonly Committed[]): void => {
    texts.onCommitted(committed);
    live.publish(committed);
    deps.onCommitted(committed);
  };
  const journal = { onCommitted, onBatch: deps.onBatch, reportFault, hint: live.hint };
  const stores = createStores({ database, clock, ...journal, memoryLimits: memoryLimitsOf(config) });
  function setOthersListen(othersListen: boolean): void {
    // The database may not know yet of a process that has just said that it listens.
    if (!othersListen && clock.monotonicMs() - heardAtMs < HEARD_MS) return;
    stores.batcher.setOthersListen(othersListen);
    texts.setOthersListen(othersListen);
  }
  return {
    ...stores,
    database,
    live,
    texts,
    setOthersListen,
    async start() {
      // Nobody else can have the embedded database open.
      if (database.kind !== 'postgres') return;
      // Text first: who is told by the other that this process listens may speak at once.
      await texts.start();
      await live.start();
    },
    async close() {
      await stores.batcher.close();
      await texts.close();
      await live.close();
      await database.close();
    },
  };
}
