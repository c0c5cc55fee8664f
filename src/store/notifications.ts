import type { Database } from './database.ts';

/** Class of the session locks of those who listen: "icd" in hex. */
export const LISTENER_LOCKS = 0x69_63_64;

export interface Hearing {
  readonly onText: (text: string) => void;
  /** After each (re)connect: what was said before it was not heard. */
  readonly onConnected?: (() => void) | undefined;
}

/** LISTEN and NOTIFY. What is said while the connection is away is lost: hints only. */
export interface Notifications {
  /** Names a channel by `[a-z_]+`; resolves to the way to stop hearing. */
  listen(channel: string, hearing: Hearing): Promise<() => Promise<void>>;
  /** At most 7,999 bytes. */
  notify(channel: string, text: string): Promise<void>;
}

export function createNotifications({
  database,
}: {
  readonly database: Pick<Database, 'across' | 'listener' | 'instance'>;
}): Notifications {
  const { across, listener, instance } = database;
  const listening = new Map<string, number>();

  return {
    async listen(channel, { onText, onConnected }) {
      if (!/^[a-z_]{1,60}$/.test(channel)) throw new Error(`"${channel}" is no name of a channel.`);
      listening.set(channel, (listening.get(channel) ?? 0) + 1);
      const stopHearing = listener.onNotification((heard, text) => {
        if (heard === channel) onText(text);
      });
      const stopConnecting = await listener.onConnect(async (ask) => {
        await ask({ text: `listen ${channel}` });
        await ask({
          text: 'select pg_try_advisory_lock_shared($1::int4, $2::int4)',
          values: [LISTENER_LOCKS, instance],
        });
        onConnected?.();
      });
      let stopped = false;
      return async () => {
        if (stopped) return;
        stopped = true;
        stopHearing();
        stopConnecting();
        const left = (listening.get(channel) ?? 1) - 1;
        listening.set(channel, left);
        if (left > 0) return;
        // Away: then there is nothing to stop.
        await listener.query({ text: `unlisten ${channel}` }).catch(() => undefined);
      };
    },
    async notify(channel, text) {
      await across('notify').query({ name: 'iceos_notify', text: 'select pg_notify($1, $2)', values: [channel, text] });
    },
  };
}
