import { z } from 'zod';
import { JsonValue } from '../../blueprint/json-value.ts';
import { toJsonObject } from '../../blueprint/to-json-object.ts';
import type { Clock } from '../../core/clock.ts';
import { FactId } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { MemoryAnswer } from '../../memory/memory.ts';
import type { SemanticMemory } from '../../memory/semantic-memory.ts';
import type { WorkingMemory } from '../../memory/working-memory.ts';
import { failedEnd } from './agent-end.ts';
import { told, toldError, type AgentTool, type CallPlace, type ToolAnswer } from './agent-tool.ts';
import { patiently } from '../patiently.ts';
import { callKeyOf, uuidOf } from './call-key.ts';

interface Called<T> {
  readonly input: T;
  readonly at: CallPlace;
  readonly signal: AbortSignal;
}

/** A tool that is built in: its input is checked by the same schema that the model is told. */
const builtIn = <S extends z.ZodType>(
  { name, description, schema }: { readonly name: string; readonly description: string; readonly schema: S },
  call: (called: Called<z.infer<S>>) => Promise<ToolAnswer>,
): AgentTool => ({
  name,
  model: { name, description, input: toJsonObject(z.toJSONSchema(schema, { io: 'input' })) },
  async call(input, at, signal) {
    const parsed = schema.safeParse(input);
    if (parsed.success) return call({ input: parsed.data, at, signal });
    return toldError(`The input does not fit the tool "${name}": ${z.prettifyError(parsed.error)}`);
  },
});

/** A refusal is for the model, which may do otherwise; where the budget refuses nobody asks on. */
function answerOf<T>(answer: MemoryAnswer<T>, tell: (value: T) => Json): ToolAnswer {
  if (answer.ok) return told(tell(answer.value));
  const { cause, message, retryable } = answer.error;
  if (cause === 'canceled') return { type: 'stopped', end: { type: 'aborted' } };
  if (cause === 'budgetExceeded') return { type: 'stopped', end: failedEnd('budgetExceeded', message, retryable) };
  return toldError(message);
}

/** Names without hyphens: no registered tool is called so. */
export const workingTools = (memory: WorkingMemory): readonly AgentTool[] => [
  builtIn(
    {
      name: 'write_note',
      description: 'Keeps a value under a key for the rest of this execution; null deletes it.',
      schema: z.strictObject({ key: z.string(), value: JsonValue }),
    },
    async ({ input: { key, value } }) =>
      value === null
        ? answerOf(await memory.delete(key), (isThere) => (isThere ? 'deleted' : 'there was none'))
        : answerOf(await memory.set(key, value), () => 'kept'),
  ),
  builtIn(
    {
      name: 'read_note',
      description: 'Gives the value that was kept under a key; without a key, all keys.',
      schema: z.strictObject({ key: z.string().optional() }),
    },
    async ({ input: { key } }) =>
      key === undefined
        ? answerOf(memory.keys(), (keys) => [...keys])
        : answerOf(await memory.get(key), (value) => value ?? null),
  ),
];

interface SemanticToolsDeps {
  /** The idempotency key of the node. */
  readonly nodeKey: string;
  readonly lifetimeMs: number | undefined;
  readonly clock: Pick<Clock, 'delay'>;
}

export const semanticTools = (
  memory: SemanticMemory,
  { nodeKey, lifetimeMs, clock }: SemanticToolsDeps,
): readonly AgentTool[] => [
  builtIn(
    {
      name: 'recall',
      description: 'Finds the facts that are nearest in meaning to a question, with where they come from.',
      schema: z.strictObject({
        question: z.string(),
        limit: z.int().min(1).max(20).optional(),
        subject: z.string().optional().describe('Whom or what the facts are about.'),
      }),
    },
    async ({ input: { question, limit = 5, subject }, signal }) => {
      const how = { limit, ...(subject !== undefined && { subject }) };
      const found = await patiently(clock, () => memory.recall(question, how, signal), signal);
      return answerOf(found, (facts) =>
        facts.map(({ text, metadata, score }) => ({
          text,
          source: metadata,
          score: Math.round(score * 1_000) / 1_000,
        })),
      );
    },
  ),
  builtIn(
    {
      name: 'remember',
      description: 'Keeps a fact for later executions, to be found by its meaning.',
      schema: z.strictObject({
        text: z.string(),
        subject: z.string().optional().describe('Whom or what it is about; forgotten with it.'),
      }),
    },
    async ({ input, at, signal }) => {
      const { text, subject } = input;
      const given = { text, ...(subject !== undefined && { subject }) };
      const fact = {
        ...given,
        id: FactId.parse(uuidOf(callKeyOf({ nodeKey, at, tool: 'remember', input: given }))),
        ...(lifetimeMs !== undefined && { lifetimeMs }),
      };
      const kept = await patiently(clock, () => memory.remember([fact], signal), signal);
      return answerOf(kept, () => 'remembered');
    },
  ),
];
