import type { Clock } from '../core/clock.ts';
import type { LiveTexts, LocalTexts, VoiceHearer } from './live-texts.ts';
import type { PostgresLiveDeps } from './postgres-live.ts';
import { parseTextFrame } from './text-frame.ts';
import { createTextOutbox } from './text-outbox.ts';

/** The channel of LISTEN and NOTIFY on which text travels; another than that of hints, which older releases read. */
export const TEXT_CHANNEL = 'iceos_text';

export interface PostgresTextsDeps extends Pick<PostgresLiveDeps, 'listen' | 'notify' | 'sender' | 'onNotifyFailed'> {
  readonly local: LocalTexts;
  readonly clock: Pick<Clock, 'delay'>;
}

/** The texts of several processes on one Postgres: what is said here is told to the others while they listen. */
export interface PostgresTexts extends LiveTexts {
  setOthersListen(othersListen: boolean): void;
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createPostgresTexts({ local, sender, ...deps }: PostgresTextsDeps): PostgresTexts {
  const outbox = createTextOutbox({ ...deps, sender, notify: (text) => deps.notify(TEXT_CHANNEL, text) });
  let othersListen = false;
  let stop: (() => void | Promise<void>) | undefined;
  const hearer: VoiceHearer = {
    willSay(texts) {
      if (othersListen) outbox.note(texts);
    },
    async hasEnded(texts) {
      if (othersListen) await outbox.close(texts);
    },
  };

  function onText(text: string): void {
    const { sender: from, parts } = parseTextFrame(text);
    if (from === sender) return;
    for (const { of, said } of parts) {
      if (said === undefined) local.end(of);
      else local.receive(of, said);
    }
  }

  return {
    ...local,
    open: (of) => local.open(of, hearer),
    setOthersListen(listen) {
      othersListen = listen;
      if (!listen) outbox.stop();
    },
    async start() {
      stop ??= await deps.listen(TEXT_CHANNEL, { onText, onConnected: local.onConnected });
    },
    async close() {
      const listening = stop;
      stop = undefined;
      othersListen = false;
      outbox.stop();
      await listening?.();
    },
  };
}
