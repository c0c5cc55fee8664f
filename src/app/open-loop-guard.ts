import type { Part } from '../core/scope.ts';
import { createLoopGuard } from '../telemetry/loop-guard.ts';
import type { Shared } from './shared.ts';

/** Counts what holds up everything else in this process, and says in the log by what, if it is asked to. */
export const openLoopGuard = ({
  config,
  logger,
  metrics,
  paths,
}: Pick<Shared, 'config' | 'logger' | 'metrics' | 'paths'>): Part =>
  createLoopGuard({
    limitMs: config.eventLoopLimitMs,
    threadFile: config.eventLoopStacks ? paths.loopGuardThread : undefined,
    onThreadEnd(why) {
      logger.warn('the thread that finds what holds the event loop has ended; holds are counted without a stack', {
        why,
      });
    },
    onHold({ forMs, stack }) {
      metrics.add('eventLoopHolds', {});
      // Without its cause it is a number, and /metrics has that.
      if (config.eventLoopStacks) logger.warn('the event loop was held', { forMs: Math.round(forMs), stack });
    },
  });
