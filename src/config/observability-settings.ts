import { MINUTE_MS } from '../core/units.ts';
import { flag, ms, number, type Described } from './setting.ts';

const observability = (name: string, meaning: string): Described => ({ group: 'Observability', name, meaning });

/** What an operator is told of the process itself. */
export const OBSERVABILITY = {
  eventLoopLimitMs: number(
    observability(
      'ICEOS_EVENT_LOOP_LIMIT_MS',
      'How long the main thread may be held by one stretch of work; a longer one is counted as iceos_event_loop_holds_total.',
    ),
    { ...ms, min: 40, max: MINUTE_MS },
    200,
  ),
  eventLoopStacks: flag(
    observability(
      'ICEOS_EVENT_LOOP_STACKS',
      'Whether a thread watches the main thread, so that the log says with a stack what held it for longer.',
    ),
    'off',
    () => false,
  ),
};
