import type { Session } from '../use-cases/authenticate.ts';

/** A stream ends within a second of the end of its credential: this, and the age of what is looked at. */
const WATCH_MS = 500;

/**
 * Looks twice a second whether a credential still holds, and calls `onEnd` once when it does not. Where the answer cannot be
 * had (the database is away), the stream goes on: it was begun with a valid one.
 */
export function watchSession(sessionNow: () => Session, onEnd: () => void): { stop(): void } {
  let asking = false;
  const look = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const session = sessionNow();
    const valid = await session.isValid().catch(() => true);
    asking = false;
    // It may have been replaced while the question was on its way.
    if (valid || session !== sessionNow()) return;
    clearInterval(timer);
    onEnd();
  };
  const timer = setInterval(() => void look(), WATCH_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
