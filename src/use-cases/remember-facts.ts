import { FactId } from '../core/ids.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { err, type Result } from '../core/result.ts';
import type { FactInput, Remembered } from '../memory/semantic-memory.ts';
import { auditOf } from './audit.ts';
import {
  invalidInput,
  openSemantic,
  patience,
  toMemoryError,
  type MemoryError,
  type MemoryUseCasesDeps,
} from './open-memory.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface RememberFactsInput {
  readonly memory: string;
  readonly facts: readonly {
    /** A UUID of the client's own; what has it already stays as it is. */
    readonly id?: string | undefined;
    readonly subject?: string | undefined;
    readonly text: string;
    readonly metadata?: Json | undefined;
    readonly lifetimeMs?: number | undefined;
  }[];
}

export type RememberFacts = (viewer: Viewer, input: RememberFactsInput) => Promise<Result<Remembered, MemoryError>>;

/** Keeps facts, all or none; durable when it resolves. */
export const createRememberFacts =
  (deps: MemoryUseCasesDeps): RememberFacts =>
  async (viewer, { memory: name, facts: given }) => {
    requireScope(viewer, 'memory:write');
    const facts: FactInput[] = [];
    for (const [at, { id, subject, text, metadata, lifetimeMs }] of given.entries()) {
      const parsed = id === undefined ? undefined : FactId.safeParse(id.toLowerCase());
      if (parsed?.success === false)
        return err(invalidInput(`facts/${at}/id is "${id}", and no UUID. Leave it out, or give one.`));
      if (metadata !== undefined && !isJsonObject(metadata))
        return err(invalidInput(`facts/${at}/metadata is no object. Write: { "file": "a.md" }.`));
      facts.push({
        text,
        ...(parsed !== undefined && { id: parsed.data }),
        ...(subject !== undefined && { subject }),
        ...(metadata !== undefined && { metadata }),
        ...(lifetimeMs !== undefined && { lifetimeMs }),
      });
    }
    const opened = await openSemantic(deps, viewer, { memory: name, field: 'rememberFacts' });
    if (!opened.ok) return opened;
    const { memory, request } = opened.value;
    const audit = auditOf(viewer, 'rememberFacts', { at: deps.clock.now(), nounId: name, fields: ['facts'] });
    const answer = await memory.remember(facts, patience(), audit);
    return answer.ok ? answer : err(toMemoryError(answer.error, request));
  };
