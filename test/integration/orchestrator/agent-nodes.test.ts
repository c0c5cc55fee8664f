import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import { startTestApp, type Outcome, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';

const CONFIG = path.resolve('test/support/agents/iceos.config.ts');

/** What each step says, without where it stands. */
const stepsOf = ({ events }: Outcome): readonly unknown[] =>
  events.flatMap((event) => ('step' in event ? [shown(event)] : []));

function shown(event: Extract<ExecutionEvent, { step: number }>): unknown {
  const { type } = event;
  switch (type) {
    case 'agentTurned':
      return [type, event.thread, event.agent, event.turn, event.value];
    case 'toolCalled':
      return [type, event.thread, event.tool, event.isError, event.value];
    case 'taskHandedOver':
      return [type, event.thread, event.agent, event.to];
    case 'voteCast':
      return [type, event.round, event.agent, event.choice, event.score];
    case 'roundEnded':
      return [type, event.round, event.choice, event.tally];
    case 'noteWritten':
      return [type, event.key, event.value];
    case 'pastRecalled':
      return [type, event.thread, event.session, event.value];
  }
}

describe('agents', () => {
  let database: ServerTestDatabase;
  let app: TestApp;
  let asks = 0;

  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_CONFIG: CONFIG } });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const ask = (agent: string, more: object = {}) => ({
    name: `agent-${(asks += 1)}`,
    nodes: { a: { kind: 'agent', agent, prompt: 'Greet ${ input.name }.', ...more } },
    output: '${ nodes.a.output }',
  });
  const swarm = (strategy: string, agents: readonly string[], more: object = {}) => ({
    name: `swarm-${(asks += 1)}`,
    nodes: { s: { kind: 'swarm', strategy, agents, prompt: 'Say it.', ...more } },
    output: '${ nodes.s.output }',
  });
  const input = { name: 'Ada' };

  it('work with tools in the sandbox, and every turn and call is an event', async () => {
    const outcome = await app.run(ask('greeter'), input);
    expect(outcome.output).toEqual({
      text: 'It says {"text":"Hello, Ada!"}',
      finish: 'stop',
      agent: 'greeter',
      turns: 2,
    });
    expect(stepsOf(outcome)).toEqual([
      [
        ...['agentTurned', '', 'greeter', 1],
        {
          inline: {
            text: 'One moment. ',
            toolCalls: [{ id: 'call_2_0', name: 'text-template', input: { template: 'Hello, {name}!', name: 'Ada' } }],
          },
        },
      ],
      ['toolCalled', '', 'text.template', false, { inline: { text: 'Hello, Ada!' } }],
      ['agentTurned', '', 'greeter', 2, { inline: { text: 'It says {"text":"Hello, Ada!"}', toolCalls: [] } }],
    ]);
    const called = outcome.events.find(({ type }) => type === 'toolCalled');
    expect(called).toMatchObject({ receipt: { outcome: 'succeeded' } });
    const started = outcome.events.find(({ type }) => type === 'executionStarted');
    expect(started).toMatchObject({
      tools: { 'text.template': expect.any(String) },
      agents: { greeter: '1.0.0' },
      models: { script: 'script:script' },
    });
    const succeeded = outcome.events.find(({ type }) => type === 'attemptSucceeded');
    expect(succeeded).toMatchObject({ usage: { cpuMs: expect.any(Number), inputTokens: expect.any(Number) } });
  });

  it('that come to no end are told how many turns were too few', async () => {
    const outcome = await app.run(ask('stubborn', { maxTurns: 3 }), input);
    expect(outcome.failure).toMatchObject({
      reason: 'limitReached',
      message: expect.stringContaining('3 turns (maxTurns)'),
    });
    expect(stepsOf(outcome)).toHaveLength(6);
  });

  it('are refused the turn that their budget has no room for', async () => {
    const within = (maxCostUsdMicros: number) => app.run({ ...ask('stepper'), budget: { maxCostUsdMicros } }, input);
    const { failure } = await within(1);
    const first = Number(/may cost (\d+) micro-dollars/.exec(failure?.message ?? '')?.[1]);
    // Room for the first turn alone: the second one sends more.
    const { events, failure: later } = await within(first + 1);
    expect(later).toMatchObject({ reason: 'budgetExceeded', retryable: false });
    const turns = events.filter(({ type }) => type === 'agentTurned');
    expect(turns).toMatchObject([{ turn: 1, costUsdMicros: expect.any(Number) }]);
  });

  it('are told of a tool that they do not have', async () => {
    const outcome = await app.run(ask('lost'), input);
    expect(outcome.output).toMatchObject({
      text: '"There is no tool \\"text-templat\\". Did you mean \\"text-template\\"?"',
    });
  });

  it('fail by a step that says more than a value may be, and are not asked again', async () => {
    const outcome = await app.run(ask('endless', { retry: { attempts: 3 } }), input);
    expect(outcome.events.filter(({ type }) => type === 'attemptStarted')).toHaveLength(1);
    expect(outcome.events.at(-1)).toMatchObject({
      failure: {
        reason: 'limitReached',
        message: expect.stringMatching(/^What a step says is \d+ bytes as JSON/),
        path: 'a',
      },
    });
  });

  it('are told of an input that no tool takes, however broken it is', async () => {
    const outcome = await app.run(ask('halved'), input);
    expect(outcome.output).toMatchObject({ text: expect.stringContaining('half of a character') });
  });

  it('answer again until it fits the schema', async () => {
    const outputSchema = { type: 'object', properties: { sure: { type: 'integer' } }, required: ['sure'] };
    const outcome = await app.run(ask('counter', { outputSchema }), input);
    expect(outcome.output).toMatchObject({ json: { sure: 9 }, turns: 2 });
  });

  it('share notes over one execution, and not with another one', async () => {
    const both = {
      name: 'notes',
      nodes: {
        a: { kind: 'agent', agent: 'noter', prompt: 'Note.' },
        b: { kind: 'agent', agent: 'reader', prompt: 'Read.', after: ['a'], memory: { notes: ['durable'] } },
      },
      output: ['${ nodes.a.output.text }', '${ nodes.b.output.text }'],
    };
    const outcome = await app.run(both);
    expect(outcome.output).toEqual(['"blue"', '"blue"']);
    expect(stepsOf(outcome)).toContainEqual(['noteWritten', 'colour', { inline: 'blue' }]);
    expect((await app.run(ask('reader'), input)).output).toMatchObject({ text: 'null' });
  });

  it('reach nothing that they are not granted, whatever a model asks for', async () => {
    const outcome = await app.run(ask('injected'), input);
    expect(stepsOf(outcome)[1]).toMatchObject(['toolCalled', '', 'http.request', true, {}]);
    expect(outcome.output).toMatchObject({ text: expect.stringMatching(/^http-request .*grant/i) });
  });

  it('of a swarm agree by votes, round by round', async () => {
    const outcome = await app.run(swarm('consensus', ['ada', 'grace', 'joan']));
    expect(outcome.output).toEqual({ text: 'grace says 2.', agent: 'grace', rounds: 2 });
    expect(stepsOf(outcome).filter((step) => Array.isArray(step) && step[0] !== 'agentTurned')).toEqual([
      ['voteCast', 1, 'ada', 'ada', 1],
      ['voteCast', 1, 'grace', 'grace', 1],
      ['voteCast', 1, 'joan', 'joan', 1],
      ['roundEnded', 1, undefined, { ada: 1, grace: 1, joan: 1 }],
      ['voteCast', 2, 'ada', 'grace', 1],
      ['voteCast', 2, 'grace', 'grace', 1],
      ['voteCast', 2, 'joan', 'grace', 1],
      ['roundEnded', 2, 'grace', { grace: 3 }],
    ]);
    const failed = await app.run(swarm('consensus', ['ada', 'grace', 'joan'], { maxRounds: 1 }));
    expect(failed.failure).toMatchObject({ message: expect.stringContaining('did not agree') });
  });

  it('of a swarm are each told what their own turns cost, and all of it is what the execution cost', async () => {
    const { events } = await app.run(swarm('marketplace', ['dear_bold', 'dear_shy']));
    const turns = events.flatMap((event) => (event.type === 'agentTurned' ? [event.costUsdMicros] : []));
    const ended = events.flatMap((event) => ('usage' in event && event.usage ? [event.usage.costUsdMicros ?? 0] : []));
    expect(turns).toHaveLength(3);
    expect(ended).toEqual([turns.reduce((sum, cost) => sum + cost, 0)]);
    // Both bids answer the same question.
    const [one = 0, other = 0] = turns;
    expect(Math.abs(one - other)).toBeLessThan(one / 4);
  });

  it('of a swarm hand over to others, and the lead answers', async () => {
    const outcome = await app.run(swarm('hierarchical', ['lead', 'greeter']));
    expect(outcome.output).toMatchObject({ agent: 'lead', text: expect.stringContaining('Hello, Ada!') });
    expect(stepsOf(outcome)).toContainEqual(['taskHandedOver', '1.0/greeter', 'lead', 'greeter']);
  });

  it('of a swarm offer, and the surest does the work', async () => {
    const outcome = await app.run(swarm('marketplace', ['shy', 'bold']));
    expect(outcome.output).toEqual({ text: 'Bold did it.', agent: 'bold', rounds: 1 });
    expect(stepsOf(outcome)).toContainEqual(['roundEnded', 1, 'bold', { shy: 0.2, bold: 0.9 }]);
  });
});
