import type { Json } from '../../core/json.ts';
import { isJsonObject } from '../../core/json.ts';
import { NO_USAGE } from '../../usage/usage.ts';
import { builder } from '../builder.ts';
import { ExecutionEvent, NodeEvent, type PlacedEventOf } from './event.ts';
import { UsageType } from './execution-values.ts';
import { SandboxReceipt } from './sandbox-receipt.ts';

const nodeEvent = { interfaces: [ExecutionEvent, NodeEvent] };
const ATTEMPT = 'Which try at the node, counted from 1.';
const AGENT = 'Its registered name.';
const THREAD =
  'Which conversation: empty for an agent by itself, else what a member of a swarm was asked, such as `1/vote/ada`.';

/** A member of what a model said, which is recorded as one value. */
const memberOf = (value: Json, name: string): Json => (isJsonObject(value) ? (value[name] ?? null) : null);

builder.objectRef<PlacedEventOf<'agentTurned'>>('AgentTurned').implement({
  ...nodeEvent,
  description: 'A model answered an agent: with text, with calls of tools, or both.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    thread: t.string({ description: THREAD, resolve: ({ event }) => event.thread }),
    agent: t.string({ description: AGENT, resolve: ({ event }) => event.agent }),
    turn: t.int({ description: 'Of its conversation, counted from 1.', resolve: ({ event }) => event.turn }),
    model: t.string({ description: 'The registered model that answered.', resolve: ({ event }) => event.model }),
    text: t.string({
      description: 'What it said.',
      resolve: async ({ executionId, event }, _args, { load }) => {
        const text = memberOf(await load.value({ executionId, place: event.value }), 'text');
        return typeof text === 'string' ? text : '';
      },
    }),
    toolCalls: t.field({
      type: 'JSON',
      description: 'The tools that it asked for: a list of { id, name, input }.',
      resolve: async ({ executionId, event }, _args, { load }) =>
        memberOf(await load.value({ executionId, place: event.value }), 'toolCalls') ?? [],
    }),
    finish: t.string({
      description: 'Why it ended: stop, length, toolCalls, contentFilter or other.',
      resolve: ({ event }) => event.finish,
    }),
    usage: t.field({
      type: UsageType,
      description: 'What the turn cost.',
      resolve: ({ event: { inputTokens, outputTokens, costUsdMicros } }) => ({
        ...NO_USAGE,
        ...{ inputTokens, outputTokens, costUsdMicros: BigInt(costUsdMicros) },
      }),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'toolCalled'>>('ToolCalled').implement({
  ...nodeEvent,
  description: 'A tool that a model had asked for was called, or refused.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    thread: t.string({ description: THREAD, resolve: ({ event }) => event.thread }),
    agent: t.string({ description: AGENT, resolve: ({ event }) => event.agent }),
    turn: t.int({ description: 'Of its conversation, counted from 1.', resolve: ({ event }) => event.turn }),
    call: t.int({ description: 'Its place among the calls of the turn, from 0.', resolve: ({ event }) => event.call }),
    tool: t.string({
      description: 'The registered or built-in tool; of an unknown one the name that was asked for.',
      resolve: ({ event }) => event.tool,
    }),
    isError: t.boolean({
      description: 'True when the model is told why there is no output.',
      resolve: ({ event }) => event.isError,
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the model is told; large ones are loaded when asked for.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.value }),
    }),
    receipt: t.field({
      type: SandboxReceipt,
      nullable: true,
      description: 'Of the sandbox. Null: no worker was asked for.',
      resolve: ({ event }) => event.receipt ?? null,
    }),
  }),
});

builder.objectRef<PlacedEventOf<'taskHandedOver'>>('TaskHandedOver').implement({
  ...nodeEvent,
  description: 'An agent gave a task to another one.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    thread: t.string({ description: THREAD, resolve: ({ event }) => event.thread }),
    agent: t.string({ description: 'Who gave it.', resolve: ({ event }) => event.agent }),
    to: t.string({ description: 'Who got it.', resolve: ({ event }) => event.to }),
    task: t.field({
      type: 'JSON',
      description: 'What is to be done.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.value }),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'voteCast'>>('VoteCast').implement({
  ...nodeEvent,
  description: 'A member of a swarm chose among answers, or offered to do the work.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    agent: t.string({ description: AGENT, resolve: ({ event }) => event.agent }),
    round: t.int({ description: 'Counted from 1.', resolve: ({ event }) => event.round }),
    choice: t.string({
      nullable: true,
      description: 'The member whose answer, or whose work, it is for.',
      resolve: ({ event }) => event.choice,
    }),
    score: t.float({
      description: '0 to 1: 1 for a vote; for an offer how sure it is.',
      resolve: ({ event }) => event.score,
    }),
    reason: t.string({ nullable: true, description: 'As it said.', resolve: ({ event }) => event.reason }),
  }),
});

builder.objectRef<PlacedEventOf<'roundEnded'>>('RoundEnded').implement({
  ...nodeEvent,
  description: 'Every member of a swarm was heard.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    round: t.int({ description: 'Counted from 1.', resolve: ({ event }) => event.round }),
    choice: t.string({
      nullable: true,
      description: 'The member that was chosen. Null: not enough agreed.',
      resolve: ({ event }) => event.choice ?? null,
    }),
    tally: t.field({ type: 'JSON', description: 'Sum of the scores by member.', resolve: ({ event }) => event.tally }),
  }),
});

builder.objectRef<PlacedEventOf<'noteWritten'>>('NoteWritten').implement({
  ...nodeEvent,
  description: 'An agent wrote into the working memory of the execution, or deleted from it.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    agent: t.string({ description: AGENT, resolve: ({ event }) => event.agent }),
    key: t.string({ description: 'The name of the note.', resolve: ({ event }) => event.key }),
    bytes: t.field({
      type: 'SafeInt',
      description: 'Of the note as JSON; 0 when it was deleted.',
      resolve: ({ event }) => event.bytes,
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The note. Null: it was deleted.',
      resolve: ({ executionId, event }, _args, { load }) =>
        event.value === undefined ? null : load.value({ executionId, place: event.value }),
    }),
  }),
});

builder.objectRef<PlacedEventOf<'pastRecalled'>>('PastRecalled').implement({
  ...nodeEvent,
  description: 'An agent was told what its episodic memory knows of its session: before its first turn, and once.',
  fields: (t) => ({
    attempt: t.int({ description: ATTEMPT, resolve: ({ event }) => event.attempt }),
    thread: t.string({ description: THREAD, resolve: ({ event }) => event.thread }),
    agent: t.string({ description: AGENT, resolve: ({ event }) => event.agent }),
    memory: t.string({ description: 'The registered memory.', resolve: ({ event }) => event.memory }),
    session: t.string({ description: 'Whose past it is.', resolve: ({ event }) => event.session }),
    episodes: t.int({ description: 'How many there were.', resolve: ({ event }) => event.episodes }),
    past: t.field({
      type: 'JSON',
      description: 'The texts of the episodes, the oldest first; many are loaded when asked for.',
      resolve: ({ executionId, event }, _args, { load }) => load.value({ executionId, place: event.value }),
    }),
  }),
});
