import type { Issue } from './issue.ts';

/**
 * Expected errors: values in a `Result`, members of a GraphQL result union. Each one is here because a client would act
 * on it differently. `VersionConflict` lies in `blueprint`, as it carries what was changed.
 */
export interface NotFoundError {
  readonly kind: 'NotFoundError';
  readonly message: string;
  /** The ID as the client gave it. */
  readonly id: string;
}

export interface InvalidBlueprintError {
  readonly kind: 'InvalidBlueprintError';
  readonly message: string;
  readonly issues: readonly Issue[];
}

export interface InvalidInputError {
  readonly kind: 'InvalidInputError';
  readonly message: string;
  readonly issues: readonly Issue[];
}

export interface NameTakenError {
  readonly kind: 'NameTakenError';
  readonly message: string;
  readonly name: string;
}

/** The key was used with other arguments, for this execution. */
export interface IdempotencyConflict {
  readonly kind: 'IdempotencyConflict';
  readonly message: string;
  readonly executionId: string;
}

export interface AlreadyFinishedError {
  readonly kind: 'AlreadyFinishedError';
  readonly message: string;
  readonly executionId: string;
}

/** It would cost more than it may. */
export interface BudgetExceededError {
  readonly kind: 'BudgetExceededError';
  readonly message: string;
  readonly limitUsdMicros: bigint;
  /** What it has cost, or would. */
  readonly estimateUsdMicros: bigint;
}

/** The model of embeddings did not make the vectors. */
export interface EmbeddingFailedError {
  readonly kind: 'EmbeddingFailedError';
  readonly message: string;
  /** Whether the same may work later. */
  readonly retryable: boolean;
}

/** With it a tenant's clients would pass what their own calls of models may cost in a day. */
export interface DailyLimitExceededError {
  readonly kind: 'DailyLimitExceededError';
  readonly message: string;
  readonly limitUsdMicros: bigint;
  /** When the next day begins, milliseconds since 1970. */
  readonly freesAt: number;
}

export interface CursorExpired {
  readonly kind: 'CursorExpired';
  readonly message: string;
  readonly cursor: string;
}
