import type { Clock } from '../core/clock.ts';
import type {
  DailyLimitExceededError,
  EmbeddingFailedError,
  InvalidInputError,
  NotFoundError,
} from '../core/errors.ts';
import type { TenantId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { Embedder } from '../memory/embedder.ts';
import type { MemoryRefusal, MemoryUse } from '../memory/memory.ts';
import { createSemanticMemory, type SemanticMemory } from '../memory/semantic-memory.ts';
import type { MemoryDefinition, SemanticMemoryDefinition } from '../registry/memory.ts';
import type { EmbeddingModelDefinition } from '../registry/model.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import type { Viewer } from './viewer.ts';

/** One request of a client to memory: its tenant is charged for the vectors, and each use is counted. */
export interface MemoryRequest {
  /** What its tenant's requests may cost in the day in which it was made. */
  readonly dailyLimit: Pick<DailyLimitExceededError, 'limitUsdMicros' | 'freesAt'>;
  embedderOf(model: EmbeddingModelDefinition): Embedder;
  count(memory: string, use: MemoryUse): Promise<void>;
}

export interface MemoryUseCasesDeps {
  readonly store: MemoryStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly findMemory: (name: string) => Result<MemoryDefinition, NotFoundError>;
  readonly findModel: (name: string) => EmbeddingModelDefinition | undefined;
  /** `field` is what the client asked for; it stands in the ledger. */
  readonly openRequest: (tenant: TenantId, field: string) => MemoryRequest;
}

export type MemoryError = NotFoundError | InvalidInputError | EmbeddingFailedError | DailyLimitExceededError;

/** A registered memory of one kind. */
export function findMemory<Kind extends MemoryDefinition['kind']>(
  { findMemory: find }: Pick<MemoryUseCasesDeps, 'findMemory'>,
  name: string,
  kind: Kind,
): Result<Extract<MemoryDefinition, { kind: Kind }>, NotFoundError> {
  const found = find(name);
  if (!found.ok) return found;
  if (isOf(found.value, kind)) return ok(found.value);
  const message = `The memory "${name}" is of the kind ${found.value.kind}, and this needs one of the kind ${kind}. The query memories lists them.`;
  return err({ kind: 'NotFoundError', id: name, message });
}

const isOf = <Kind extends MemoryDefinition['kind']>(
  memory: MemoryDefinition,
  kind: Kind,
): memory is Extract<MemoryDefinition, { kind: Kind }> => memory.kind === kind;

interface Asked {
  readonly memory: string;
  readonly field: string;
}

interface OpenedSemantic {
  readonly memory: SemanticMemory;
  readonly request: MemoryRequest;
}

/** A semantic memory for one request of a viewer, found to keep its guarantees; the tenant's collection is made if need be. */
export async function openSemantic(
  deps: MemoryUseCasesDeps,
  viewer: Viewer,
  { memory: name, field }: Asked,
): Promise<Result<OpenedSemantic, MemoryError>> {
  const found = findMemory(deps, name, 'semantic');
  if (!found.ok) return found;
  const { collection, guarantees } = found.value;
  const model = modelOf(deps, found.value);
  if (!model.ok) return model;
  const request = deps.openRequest(viewer.tenant, field);
  const memory = createSemanticMemory({
    ...{ tenant: viewer.tenant, collection, guarantees, store: deps.store, clock: deps.clock },
    embedder: request.embedderOf(model.value),
    onUse: (use) => request.count(name, use),
  });
  const valid = await memory.validate();
  return valid.ok ? ok({ memory, request }) : err(toMemoryError(valid.error, request));
}

/** The model that makes the vectors of a memory. */
export function modelOf(
  { findModel }: Pick<MemoryUseCasesDeps, 'findModel'>,
  memory: SemanticMemoryDefinition,
): Result<EmbeddingModelDefinition, InvalidInputError> {
  const model = findModel(memory.model);
  if (model !== undefined) return ok(model);
  return err(
    invalidInput(`The memory "${memory.name}" finds by meaning with "${memory.model}", which is not registered.`),
  );
}

/** A model that does not answer is waited for so long, with all that is tried again. */
export const patience = (): AbortSignal => AbortSignal.timeout(MINUTE_MS);

export const invalidInput = (message: string): InvalidInputError => ({
  kind: 'InvalidInputError',
  message,
  issues: [{ rule: 'memory', path: '', message }],
});

/** What a memory refused, as an error that clients expect. */
export function toMemoryError(
  { reason, message, retryable, cause }: MemoryRefusal,
  { dailyLimit }: Pick<MemoryRequest, 'dailyLimit'>,
): Exclude<MemoryError, NotFoundError> {
  if (cause === 'budgetExceeded') return { kind: 'DailyLimitExceededError', message, ...dailyLimit };
  return reason === 'embedderFailed' ? { kind: 'EmbeddingFailedError', message, retryable } : invalidInput(message);
}
