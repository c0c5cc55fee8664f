import { builder } from '../builder.ts';
import { ExecutionEvent, toBigInt, type PlacedEventOf } from './event.ts';
import { EventCause } from './execution-enums.ts';

const executionEvent = { interfaces: [ExecutionEvent] };

builder.objectRef<PlacedEventOf<'pauseRequested'>>('PauseRequested').implement({
  ...executionEvent,
  description: 'Somebody asked that nothing more begins. What runs may end.',
  fields: (t) => ({
    requestedBy: t.string({
      description: 'Name of the API key or subject of the token.',
      resolve: ({ event }) => event.requestedBy,
    }),
    reason: t.string({ nullable: true, description: 'As it was given.', resolve: ({ event }) => event.reason ?? null }),
  }),
});

builder.objectRef<PlacedEventOf<'executionPaused'>>('ExecutionPaused').implement({
  ...executionEvent,
  description: 'The orchestrator begins nothing more until it is resumed.',
  fields: (t) => ({
    cause: t.field({
      type: EventCause,
      description: 'REQUESTED or BUDGET_SOFT_LIMIT.',
      resolve: ({ event }) => event.cause,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'resumeRequested'>>('ResumeRequested').implement({
  ...executionEvent,
  description: 'Somebody asked that a paused execution goes on, or changed the budget of one that runs.',
  fields: (t) => ({
    requestedBy: t.string({
      description: 'Name of the API key or subject of the token.',
      resolve: ({ event }) => event.requestedBy,
    }),
    maxCostUsdMicros: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The hard limit that was asked for. Null: as it was.',
      resolve: ({ event }) => toBigInt(event.budget?.maxCostUsdMicros),
    }),
    softCostUsdMicros: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'The soft limit that was asked for. Null: as it was.',
      resolve: ({ event }) => toBigInt(event.budget?.softCostUsdMicros),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'executionResumed'>>('ExecutionResumed').implement({
  ...executionEvent,
  description: 'The orchestrator goes on. The deadline moves by as long as the pause was.',
});
