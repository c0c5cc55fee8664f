import path from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { encodeCursor } from '../../../src/live/cursor.ts';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';

const FIELDS = `type sequence ... on NodeEvent { path } ... on ExecutionStarted { agents models }
  ... on AgentTurned { attempt thread agent turn model text toolCalls usage { inputTokens outputTokens } }
  ... on ToolCalled { thread agent turn call tool isError output receipt { outcome } }
  ... on TaskHandedOver { thread agent to task }
  ... on VoteCast { agent round choice score reason }
  ... on RoundEnded { round choice tally }
  ... on NoteWritten { agent key bytes value }
  ... on PastRecalled { attempt thread agent memory session episodes past }
  ... on AttemptAbandoned { cause }`;
const EVENTS = `query ($id: ID!) { node(id: $id) { ... on Execution { events(first: 100) { edges { node { ${FIELDS} } } } } } }`;
const LISTEN = `subscription ($id: ID!) { executionEvents(executionId: $id) {
  __typename ... on ExecutionDelta { path channel offset text } } }`;
const FOLLOW = `subscription ($id: ID!, $after: String) { executionEvents(executionId: $id, after: $after) {
  __typename ... on ExecutionEvents { events { ${FIELDS} } } } }`;

describe('clients of executions with agents', () => {
  let scene: LiveScene;
  beforeAll(async () => {
    const environment = { ICEOS_CONFIG: path.resolve('test/support/agents/iceos.config.ts') };
    scene = await openLiveScene({ executors: (executors) => executors, environment });
  });
  afterAll(() => scene.close());

  const connect = () =>
    createClient({
      url: `${scene.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${scene.key}` },
    });

  /** Every event of an execution of these nodes, as a query gives it. */
  async function eventsOf(nodes: object) {
    const outcome = await scene.app.run({ name: Object.keys(nodes).join('-'), nodes });
    const id = executionGlobalId(outcome.id);
    const { events } = Object(await scene.field(EVENTS, { id }));
    const seen: readonly unknown[] = events.edges.map((edge: object) => Object(edge).node);
    return { local: outcome.id, id, events: seen };
  }

  it('see every turn, call and note', async () => {
    const { events } = await eventsOf({ a: { kind: 'agent', agent: 'noter', prompt: 'Note.' } });
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'EXECUTION_STARTED', agents: { noter: '1.0.0' } }),
        expect.objectContaining({
          ...{ type: 'AGENT_TURNED', path: 'a', attempt: 1, thread: '', agent: 'noter', turn: 1, model: 'script' },
          text: 'One moment. ',
          toolCalls: [{ id: 'call_2_0', name: 'write_note', input: { key: 'colour', value: 'blue' } }],
          usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
        }),
        expect.objectContaining({ type: 'NOTE_WRITTEN', agent: 'noter', key: 'colour', bytes: 6, value: 'blue' }),
        expect.objectContaining({
          ...{ type: 'TOOL_CALLED', tool: 'write_note', turn: 1, call: 0, isError: false, output: 'kept' },
          receipt: null,
        }),
      ]),
    );
  });

  it('see what an agent was told of the past of its session', async () => {
    const asked = (prompt: string) => ({ kind: 'agent', agent: 'chatter', prompt, session: 'told' });
    const { events } = await eventsOf({ first: asked('Once.'), then: { ...asked('Again.'), after: ['first'] } });
    const told = { type: 'PAST_RECALLED', attempt: 1, thread: '', agent: 'chatter', memory: 'chat', session: 'told' };
    expect(events.filter((event) => Object(event).type === 'PAST_RECALLED')).toMatchObject([
      { ...told, path: 'first', episodes: 0, past: [] },
      { ...told, path: 'then', episodes: 1, past: ['Asked: Once.\nAnswered: Nothing before.'] },
    ]);
  });

  it('see tasks, votes and rounds', async () => {
    const { events } = await eventsOf({
      vote: { kind: 'swarm', strategy: 'consensus', agents: ['ada', 'grace', 'joan'], prompt: 'Say it.' },
      lead: { kind: 'swarm', strategy: 'hierarchical', agents: ['lead', 'greeter'], prompt: 'Say it.' },
    });
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ type: 'VOTE_CAST', path: 'vote', agent: 'ada', round: 2, choice: 'grace', score: 1 },
          reason: 'grace is clear.',
        }),
        expect.objectContaining({ type: 'ROUND_ENDED', round: 1, choice: null, tally: { ada: 1, grace: 1, joan: 1 } }),
        expect.objectContaining({ type: 'ROUND_ENDED', round: 2, choice: 'grace' }),
        expect.objectContaining({ type: 'TASK_HANDED_OVER', agent: 'lead', to: 'greeter', task: 'Greet Ada.' }),
      ]),
    );
  });

  it('see the same by a subscription, in order and each once', async () => {
    const { local, id, events } = await eventsOf({ b: { kind: 'agent', agent: 'greeter', prompt: 'Greet.' } });
    const client = connect();
    const streamed: unknown[] = [];
    for await (const { data, errors } of client.iterate({
      query: FOLLOW,
      variables: { id, after: encodeCursor(local, 0) },
    })) {
      expect(errors).toBeUndefined();
      streamed.push(...(Object(Object(data).executionEvents).events ?? []));
    }
    await client.dispose();
    expect(streamed).toEqual(events);
  });

  it('see what an agent says while it says it, turn behind turn', async () => {
    const nodes = { slow: { kind: 'agent', agent: 'slow_greeter', prompt: 'Greet.' } };
    const id = executionGlobalId(await scene.app.start(await scene.app.publish({ name: 'slow', nodes })));
    const client = connect();
    let text = '';
    let pieces = 0;
    for await (const { data } of client.iterate({ query: LISTEN, variables: { id } })) {
      const message: unknown = Object(data).executionEvents;
      if (Object(message).__typename !== 'ExecutionDelta') continue;
      text = text.slice(0, Object(message).offset) + String(Object(message).text);
      pieces += 1;
    }
    await client.dispose();
    expect(text).toBe('One moment. It says {"text":"Hello, Ada!"}');
    expect(pieces).toBeGreaterThan(2);
  });
});
