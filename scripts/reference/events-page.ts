import { isInterfaceType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import {
  EVENT_FORMAT,
  EVENT_TYPE_CODES,
  isTerminalEvent,
  type ExecutionEventType,
} from '../../src/execution/events.ts';
import { table } from './table.ts';

/** The format with which each type came. A type without one does not compile; the newest has to be `EVENT_FORMAT`. */
const SINCE: Readonly<Record<ExecutionEventType, number>> = {
  executionRequested: 1,
  executionStarted: 1,
  attemptStarted: 1,
  attemptSucceeded: 1,
  attemptFailed: 1,
  attemptAbandoned: 1,
  attemptCanceled: 1,
  nodeFailed: 1,
  nodeSkipped: 1,
  bodySucceeded: 1,
  cancelRequested: 1,
  executionSucceeded: 1,
  executionFailed: 1,
  executionCanceled: 1,
  pauseRequested: 2,
  executionPaused: 2,
  resumeRequested: 2,
  executionResumed: 2,
  agentTurned: 3,
  toolCalled: 3,
  taskHandedOver: 3,
  voteCast: 3,
  roundEnded: 3,
  noteWritten: 3,
  pastRecalled: 4,
};

const fieldRow = ({ name, type, description }: GraphQLField<unknown, unknown>): readonly string[] => [
  `\`${name}\``,
  `\`${type.toString()}\``,
  description ?? '',
];

function fieldsOf(schema: GraphQLSchema, name: string): readonly GraphQLField<unknown, unknown>[] {
  const type = schema.getType(name);
  if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`The schema has no type ${name} for an event.`);
  return Object.values(type.getFields());
}

function section(schema: GraphQLSchema, type: ExecutionEventType): readonly string[] {
  const name = type.replace(/^./, (first) => first.toUpperCase());
  const shared = new Set(fieldsOf(schema, 'ExecutionEvent').map((field) => field.name));
  const own = fieldsOf(schema, name).filter((field) => !shared.has(field.name));
  const notes = [`Since format ${SINCE[type]}`, ...(isTerminalEvent({ type }) ? ['terminal: nothing follows it'] : [])];
  return [
    `## ${name}`,
    '',
    `${schema.getType(name)?.description ?? ''} _${notes.join('; ')}._`,
    '',
    ...(own.length === 0 ? [] : [...table(['field', 'type', 'meaning'], own.map(fieldRow)), '']),
  ];
}

/** docs/events.md: every type of event, as subscribers and readers of pages see it. */
export function eventsPage(schema: GraphQLSchema): string {
  const newest = Math.max(...Object.values(SINCE));
  if (newest !== EVENT_FORMAT)
    throw new Error(`EVENT_FORMAT is ${EVENT_FORMAT}, but no event came with it: mend SINCE.`);
  // Keys of a record over the types are the types.
  const types = Object.keys(EVENT_TYPE_CODES) as ExecutionEventType[];
  return [
    '# Events',
    '',
    'An execution is its events: only ever appended, in order, the same for each reader. Read them by the subscription',
    '`executionEvents` and the pages of `Execution.events` ([API](api.md)). This page is generated from `src/execution/events.ts` and the',
    'schema by `npm run codegen`.',
    '',
    `**Formats.** The journal is in format ${EVENT_FORMAT}. A format rises when a type is added. A process claims only executions whose`,
    'format it knows, so an older release leaves alone what a newer one wrote; it shows types that it does not know as `UnknownEvent`,',
    'and those that it knows without the members that it does not know.',
    'Clients should do so too: what every event has is enough to show one.',
    '',
    '## What every event has',
    '',
    ...table(['field', 'type', 'meaning'], fieldsOf(schema, 'ExecutionEvent').map(fieldRow)),
    '',
    ...types.flatMap((type) => section(schema, type)),
  ].join('\n');
}
