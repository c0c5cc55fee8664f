import { err, ok, type Result } from '../core/result.ts';
import type { EmbedderFailure } from './embedder.ts';
import {
  checkGuarantees,
  OFFERED_GUARANTEES,
  type MemoryGuarantee,
  type MemoryKind,
} from '../blueprint/memory-guarantee.ts';

/** Why a memory did not do what it was asked for, and what to do. */
export interface MemoryRefusal {
  readonly reason:
    | 'guaranteeNotOffered'
    | 'notValidated'
    | 'invalidInput'
    | 'noCollection'
    | 'otherModel'
    | 'embedderFailed'
    | 'canceled';
  readonly message: string;
  /** Whether the same may work later. */
  readonly retryable: boolean;
  /** Of `embedderFailed`: why, where the embedder said it. */
  readonly cause?: EmbedderFailure['reason'];
}

export type MemoryAnswer<T> = Result<T, MemoryRefusal>;

/** One read or write, for the ledger and the counters. */
export interface MemoryUse {
  readonly kind: MemoryKind;
  readonly operation: 'read' | 'write';
  /** Of what was written, or of what was found. */
  readonly tokens: number;
  readonly items: number;
}

export interface MemoryDeps {
  /** What is asked of the memory; `validate` says whether it is offered. */
  readonly guarantees: readonly MemoryGuarantee[];
  /** Waited for: whoever counts may hold a use up. */
  readonly onUse?: ((use: MemoryUse) => void | Promise<void>) | undefined;
}

/** What all memories have in common. */
export interface Memory {
  readonly kind: MemoryKind;
  readonly offers: readonly MemoryGuarantee[];
  /** To be called once before use: reads and writes are refused until what was asked for is found to be offered. */
  validate(): Promise<MemoryAnswer<void>>;
}

export type Refused = Extract<MemoryAnswer<never>, { readonly ok: false }>;

export const refuse = (
  reason: MemoryRefusal['reason'],
  message: string,
  { retryable = false, cause }: Partial<Pick<MemoryRefusal, 'retryable' | 'cause'>> = {},
): Refused => err({ reason, message, retryable, ...(cause && { cause }) });

/** A token is some four bytes of text: what is said where nobody has counted. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);

export interface GuaranteeKeeper {
  readonly offers: readonly MemoryGuarantee[];
  validate(): Promise<MemoryAnswer<void>>;
  /** Why the memory may not be used, or not with this fault of the input; undefined when it may. */
  refusal(fault?: string): Refused | undefined;
  asksFor(guarantee: MemoryGuarantee): boolean;
}

/** Holds a memory to its guarantees: at start by `validate`, and at each use by `refusal`. */
export function createGuaranteeKeeper(
  kind: MemoryKind,
  requested: readonly MemoryGuarantee[],
  validateMore: () => Promise<MemoryAnswer<void>> = async () => ok(undefined),
): GuaranteeKeeper {
  let valid = false;
  return {
    offers: OFFERED_GUARANTEES[kind],
    async validate() {
      valid = false;
      const offered = checkGuarantees(kind, requested);
      if (!offered.ok) return refuse('guaranteeNotOffered', offered.error.message);
      const answer = await validateMore();
      valid = answer.ok;
      return answer;
    },
    refusal(fault) {
      if (valid) return fault === undefined ? undefined : refuse('invalidInput', fault);
      const message = `The ${kind} memory was not validated, so that nobody knows what it guarantees. Call validate() first, and use it only if that is well.`;
      return refuse('notValidated', message);
    },
    asksFor: (guarantee) => requested.includes(guarantee),
  };
}
