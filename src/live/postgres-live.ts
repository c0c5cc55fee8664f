import type { BlueprintId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import { parseHintText, toHintText } from './hint-text.ts';
import type { BlueprintHint, LiveBus, LocalLive } from './live-bus.ts';

/** The channel of LISTEN and NOTIFY on which hints travel. */
export const LIVE_CHANNEL = 'iceos_live';

export interface PostgresLiveDeps {
  readonly local: LocalLive;
  /** Hears each NOTIFY, and `onConnected` after each (re)connect: what was said in between was lost. */
  readonly listen: (
    channel: string,
    hearing: { readonly onText: (text: string) => void; readonly onConnected: () => void },
  ) => Promise<() => void | Promise<void>>;
  /** Sends one NOTIFY; resolves when it has left. */
  readonly notify: (channel: string, text: string) => Promise<void>;
  /** Short and unique to this start of the process, so that it does not wake itself; without `|`. */
  readonly sender: string;
  readonly onNotifyFailed?: ((error: unknown) => void) | undefined;
  /** Another process listens: from now on hints are worth sending. */
  readonly onOtherHeard?: (() => void) | undefined;
}

/** The bus of several processes on one Postgres: the local one, and hints between them by LISTEN/NOTIFY. */
export interface PostgresLive extends LiveBus {
  /** The NOTIFY of what a batch commits: the store sends it in the same statement, so that it costs no round trip. */
  readonly hint: { readonly channel: string; readonly text: (committed: readonly Committed[]) => string };
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createPostgresLive(deps: PostgresLiveDeps): PostgresLive {
  const { local, sender } = deps;
  const outbox = createOutbox(deps);
  let stop: (() => void | Promise<void>) | undefined;

  function onText(text: string): void {
    const { sender: from, hints } = parseHintText(text);
    if (from === sender) return;
    deps.onOtherHeard?.();
    if (hints === 'look') return local.look();
    local.publish(hints.executions);
    for (const hint of hints.blueprints) local.publishBlueprint(hint);
  }

  function onConnected(): void {
    local.look();
    outbox.greet();
  }

  return {
    hint: {
      channel: LIVE_CHANNEL,
      text: (committed) => toHintText({ sender, executions: committed, blueprints: [] }),
    },
    async start() {
      stop ??= await deps.listen(LIVE_CHANNEL, { onText, onConnected });
      // Whoever is told that this process has started may rely on being heard by it.
      await outbox.flushed();
    },
    async close() {
      const listening = stop;
      stop = undefined;
      await listening?.();
      await outbox.flushed();
    },
    // Other processes have heard of it by `hint` already.
    publish: (committed) => local.publish(committed),
    publishBlueprint(hint) {
      local.publishBlueprint(hint);
      outbox.add(hint);
    },
    subscribe: local.subscribe,
    subscribeTenant: local.subscribeTenant,
    subscribeBlueprint: local.subscribeBlueprint,
  };
}

/** One NOTIFY in flight; what comes meanwhile leaves together with the next, one hint for each blueprint. */
function createOutbox({ notify, sender, onNotifyFailed }: PostgresLiveDeps) {
  const waiting = new Map<BlueprintId, BlueprintHint>();
  let isGreeting = false;
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    while (waiting.size > 0 || isGreeting) {
      isGreeting = false;
      const text = toHintText({ sender, executions: [], blueprints: [...waiting.values()] });
      waiting.clear();
      try {
        await notify(LIVE_CHANNEL, text);
      } catch (error) {
        // A lost hint costs latency only; the readers look by themselves.
        onNotifyFailed?.(error);
      }
    }
    sending = undefined;
  }

  return {
    /** Says that this process listens, before others find out by themselves; a NOTIFY without hints. */
    greet(): void {
      isGreeting = true;
      sending ??= sendAll();
    },
    add(hint: BlueprintHint): void {
      waiting.set(hint.id, hint);
      sending ??= sendAll();
    },
    flushed: async (): Promise<void> => sending,
  };
}
