import type { Clock } from '../core/clock.ts';

/** The clock of the journal: this machine's, corrected to the database's at each heartbeat. */
export interface JournalClock extends Clock {
  /** Takes over the database's present instant, as it was half way between asking and hearing. */
  correct(databaseNow: number, askedAtMs: number): void;
}

export function createJournalClock(clock: Clock): JournalClock {
  let offsetMs = 0;
  return {
    now: () => clock.now() + offsetMs,
    monotonicMs: () => clock.monotonicMs(),
    delay: (ms, signal) => clock.delay(ms, signal),
    correct(databaseNow, askedAtMs) {
      const halfWayMs = (clock.monotonicMs() - askedAtMs) / 2;
      offsetMs = Math.round(databaseNow + halfWayMs - clock.now());
    },
  };
}
