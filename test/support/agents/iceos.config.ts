import type { Json } from '../../../src/core/json.ts';
import type { ScriptedAnswer, ScriptedRequest } from '../../../src/registry/config-file.ts';

type Script = (said: readonly string[], request: ScriptedRequest) => ScriptedAnswer;

const call = (name: string, input: Json): ScriptedAnswer => ({ text: 'One moment. ', toolCalls: [{ name, input }] });
const vote = (choice: string): ScriptedAnswer => ({ text: JSON.stringify({ choice, reason: `${choice} is clear.` }) });
const isVote = (text: string): boolean => text.includes('Which answer is the best?');

/** Of a member that answers by its name, and votes for that member as long as its round. */
const member =
  (name: string, choices: readonly string[]): Script =>
  (_, { messages }) => {
    const task = messages[1]?.text ?? '';
    const round = task.includes('No answer had enough votes') ? 2 : 1;
    if (!isVote(task)) return { text: `${name} says ${round}.` };
    return vote(choices[task.includes('says 2.') ? 1 : 0] ?? name);
  };

/** What each agent does: `said` is what came after the task, one text for each message. */
const scripts: Readonly<Record<string, Script>> = {
  greeter: ([, output]) =>
    output === undefined
      ? call('text-template', { template: 'Hello, {name}!', name: 'Ada' })
      : { text: `It says ${output}` },
  stubborn: () => call('text-template', { template: 'again' }),
  stepper: (said) =>
    said.length < 8 ? call('text-template', { template: `step ${said.length}` }) : { text: 'Eight steps. Done.' },
  lost: ([, output]) => (output === undefined ? call('text-templat', {}) : { text: output }),
  halved: ([, output]) =>
    output === undefined ? call('text-template', { template: 'x', '\ud800': 1 }) : { text: output },
  // One step of more than a value may be.
  endless: () => call('text-template', { template: 'x'.repeat(17 * 2 ** 20) }),
  counter: (said) => (said.length === 0 ? { text: 'nine' } : { text: '```json\n{"sure": 9}\n```' }),
  noter: (said) => {
    if (said.length === 0) return call('write_note', { key: 'colour', value: 'blue' });
    return said.length === 2 ? call('read_note', { key: 'colour' }) : { text: said.at(-1) ?? '' };
  },
  reader: (said) => (said.length === 0 ? call('read_note', { key: 'colour' }) : { text: said.at(-1) ?? '' }),
  keeper: (said, { messages }) =>
    said.length === 0 ? call('remember', { text: messages[1]?.text ?? '' }) : { text: 'Kept.' },
  seeker: (said, { messages }) =>
    said.length === 0 ? call('recall', { question: messages[1]?.text ?? '', limit: 1 }) : { text: said.at(-1) ?? '' },
  chatter: (_, { messages }) => ({ text: messages[1]?.text.split('<past>')[1] ?? 'Nothing before.' }),
  diarist: (said, { messages }) =>
    said.length < 4
      ? call('text-template', { template: `step ${said.length}` })
      : { text: messages[1]?.text.split('<past>')[1] ?? 'Nothing before.' },
  injected: (said, { tools }) =>
    said.length === 0
      ? call('http-request', { url: 'http://127.0.0.1:9/' })
      : { text: `${tools.join()} ${said.at(-1) ?? ''}` },
  ada: member('ada', ['ada', 'grace']),
  grace: member('grace', ['grace', 'grace']),
  joan: member('joan', ['joan', 'grace']),
  bold: (_, { messages }) =>
    (messages[1]?.text ?? '').startsWith('How well')
      ? { text: '{"score": 0.9, "reason": "Easy."}' }
      : { text: 'Bold did it.' },
  shy: () => ({ text: '{"score": 0.2, "reason": "Hard."}' }),
  lead: (said) =>
    said.length === 0
      ? call('hand_over', { agent: 'greeter', task: 'Greet Ada.' })
      : { text: `They found: ${said.at(-1) ?? ''}` },
};

const answer = (request: ScriptedRequest): ScriptedAnswer => {
  const script = Object.entries(scripts).find(([name]) => request.messages[0]?.text.startsWith(`You are ${name}.`));
  if (script === undefined) throw new Error('Nobody has these instructions.');
  return script[1](
    request.messages.slice(2).map(({ text }) => text),
    request,
  );
};

const agent = (name: string, more: object = {}) => ({
  ...{ version: '1.0.0', model: 'script', instructions: `You are ${name}.`, description: `Does what ${name} does.` },
  ...more,
});

/** Agents that answer by a script, for tests; the server runs this file as its configuration. */
export default {
  providers: {
    here: { protocol: 'local' },
    script: { protocol: 'scripted', answer },
    slow: { protocol: 'scripted', answer, wordDelayMs: 100 },
  },
  models: {
    meaning: { kind: 'embedding', provider: 'here', model: 'use-lite-en', dimensions: 512 },
    dear_meaning: {
      ...{ kind: 'embedding', provider: 'here', model: 'use-lite-en', dimensions: 512 },
      price: [{ from: '2020-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 0n } }],
    },
    script: { provider: 'script' },
    slow: { provider: 'slow' },
    priced: {
      provider: 'script',
      price: [{ from: '2020-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 2_000_000n } }],
    },
  },
  memories: {
    notes: { kind: 'working' },
    facts: { kind: 'semantic', model: 'meaning', guarantees: ['durable', 'vectorised'] },
    dear_facts: { kind: 'semantic', model: 'dear_meaning' },
    chat: { kind: 'episodic', guarantees: ['durable'] },
  },
  agents: {
    ...Object.fromEntries(Object.keys(scripts).map((name) => [name, agent(name)])),
    greeter: agent('greeter', { tools: ['text.template'] }),
    slow_greeter: agent('greeter', { tools: ['text.template'], model: 'slow' }),
    endless: agent('endless', { tools: ['text.template'] }),
    halved: agent('halved', { tools: ['text.template'] }),
    stepper: agent('stepper', { tools: ['text.template'], model: 'priced' }),
    ...Object.fromEntries(['bold', 'shy'].map((name) => [`dear_${name}`, agent(name, { model: 'priced' })])),
    slow_lead: agent('lead', { model: 'slow' }),
    slow_stepper: agent('stepper', { tools: ['text.template'], model: 'slow' }),
    stubborn: agent('stubborn', { tools: ['text.template'], maxTurns: 4 }),
    lost: agent('lost', { tools: ['text.template'] }),
    noter: agent('noter', { memories: ['notes'] }),
    keeper: agent('keeper', { memories: ['facts', 'chat'], model: 'priced' }),
    seeker: agent('seeker', { memories: ['facts'] }),
    dear_seeker: agent('seeker', { memories: ['dear_facts'] }),
    chatter: agent('chatter', { memories: ['chat'] }),
    diarist: agent('diarist', { tools: ['text.template'], memories: ['chat'], model: 'priced' }),
    reader: agent('reader', { memories: ['notes'] }),
    injected: agent('injected', { tools: ['http.request'] }),
  },
};
