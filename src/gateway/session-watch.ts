import type { Session } from '../use-cases/authenticate.ts';

/** A stream ends within a second of the end of its credential: this, and the age of what is looked at. */
const WATCH_MS = 500;

/** One whose session is looked at. */
export interface Watched {
  /** May change: a stream can be given another credential. */
  readonly session: Session;
  /** Called once, when the credential does not hold any more. */
  readonly onEnd: () => void;
}

export interface SessionWatch {
  add(watched: Watched): { stop(): void };
}

/**
 * Looks twice a second whether the credentials of all streams still hold: one timer, and one look for each credential,
 * however many streams it has. Where the answer cannot be had (the database is away), a stream goes on: it was begun with
 * a valid one.
 */
export function createSessionWatch(): SessionWatch {
  const all = new Set<Watched>();
  /** Credentials whose look is on its way. */
  const asking = new Set<Session | string>();
  let timer: NodeJS.Timeout | undefined;

  async function look(key: Session | string, session: Session, streams: readonly Watched[]): Promise<void> {
    asking.add(key);
    const valid = await session.isValid().catch(() => true);
    asking.delete(key);
    if (valid) return;
    for (const watched of streams) {
      // It may have been replaced, or have ended, while the question was on its way.
      if (keyOf(watched.session) === key && all.delete(watched)) watched.onEnd();
    }
  }

  function lookAtAll(): void {
    const byKey = new Map<Session | string, Watched[]>();
    for (const watched of all) {
      const key = keyOf(watched.session);
      const streams = byKey.get(key);
      if (streams === undefined) byKey.set(key, [watched]);
      else streams.push(watched);
    }
    for (const [key, streams] of byKey) {
      const [first] = streams;
      if (first !== undefined && !asking.has(key)) void look(key, first.session, streams);
    }
  }

  return {
    add(watched) {
      all.add(watched);
      if (timer === undefined) {
        timer = setInterval(lookAtAll, WATCH_MS);
        timer.unref();
      }
      return {
        stop() {
          all.delete(watched);
          if (all.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        },
      };
    },
  };
}

const keys = new WeakMap<Session, Session | string>();

/** Sessions of one credential hold or end together; what a ticket stands on its session alone knows. */
function keyOf(session: Session): Session | string {
  const known = keys.get(session);
  if (known !== undefined) return known;
  const { credential } = session;
  const key = credential.type === 'ticket' ? session : JSON.stringify(credential);
  keys.set(session, key);
  return key;
}
