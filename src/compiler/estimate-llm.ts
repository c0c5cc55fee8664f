import { ModelAsk } from '../blueprint/model-ask.ts';
import type { LlmPlan } from '../blueprint/plan.ts';
import { mostTokensOf } from '../usage/token-bound.ts';
import { partOfCalls, type EstimateDeps } from './estimate-call.ts';
import { NOTHING, type EstimatePart } from './estimate-part.ts';

/** The likely tokens of a text: four bytes each, and each value that an expression gives taken for so many bytes. */
export const BYTES_A_TOKEN = 4;
const BYTES_A_VALUE = 1_000;

/** What a node that asks a model takes: one call an attempt. */
export function partOfLlm(node: LlmPlan, deps: EstimateDeps): EstimatePart {
  const { model: name, parameters } = node.spec;
  const model = deps.findModel(name);
  if (model === undefined) return NOTHING;
  const written = writtenIn(node);
  const least = tokensOf(node, written ?? [said('user', '')]);
  // By the text itself where all of it is written, else by what the model takes at most.
  const most = written === undefined ? least + model.maxInputBytes : least;
  const input = { least, likely: Math.min(likelyOf(node), most), most };
  const maxOutputTokens = parameters?.maxOutputTokens;
  return partOfCalls({ node: node.name, model, mostCalls: node.retry.attempts, input, maxOutputTokens }, deps);
}

const said = (role: 'system' | 'user' | 'assistant', text: string): string =>
  JSON.stringify(role === 'assistant' ? { role, text, toolCalls: [] } : { role, text });

/** As a call is reserved: a token for each byte, and what providers add. */
const tokensOf = ({ spec }: LlmPlan, messages: readonly string[]): number =>
  mostTokensOf([...messages, ...(spec.outputSchema === undefined ? [] : [JSON.stringify(spec.outputSchema)])]);

/** The messages to the model, where no expression has a part in them. */
function writtenIn({ input }: LlmPlan): readonly string[] | undefined {
  const written = input.constant ? input.evaluate({}) : undefined;
  const ask = written?.ok === true ? ModelAsk.safeParse(written.value) : undefined;
  if (ask?.success !== true) return undefined;
  const { system, prompt = '', messages } = ask.data;
  const asText = (value: typeof prompt): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return [
    ...(system === undefined ? [] : [said('system', asText(system))]),
    ...(messages?.map(({ role, text }) => said(role, text)) ?? [said('user', asText(prompt))]),
  ];
}

function likelyOf({ spec, input }: LlmPlan): number {
  const { system, prompt, messages, outputSchema } = spec;
  const written = Buffer.byteLength(JSON.stringify({ system, prompt, messages, outputSchema }));
  return Math.ceil((written + BYTES_A_VALUE * input.references.length) / BYTES_A_TOKEN);
}
