import type { HttpProblemCode } from '../../src/gateway/rest/refused.ts';
import type { ProblemCode } from '../../src/gateway/problem.ts';
import type { FailureReason } from '../../src/execution/event-parts.ts';

/** What a page says of one error: when it comes, what to do, and whether the same may work when it is sent again. */
export interface ErrorAdvice {
  readonly when: string;
  readonly todo: string;
  readonly again: string;
}

const NO = 'no';

/** Of what refuses a request, or a field of it. A code without a row does not compile. */
export const CODES: Readonly<Record<ProblemCode | HttpProblemCode, ErrorAdvice>> = {
  BAD_REQUEST: {
    when: 'The request cannot be read, is not valid, or is too large, deep or complex',
    todo: 'Mend it: the message names the place or the number that was passed',
    again: NO,
  },
  UNAUTHENTICATED: {
    when: 'No credential, or one that is unknown, expired, revoked or denied',
    todo: 'Send another one',
    again: 'with another credential',
  },
  FORBIDDEN: {
    when: 'The credential lacks a scope, the origin or the document is not allowed',
    todo: 'Ask for the scope that the message names',
    again: NO,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    when: 'No trusted document has this hash',
    todo: 'Send the text too, or register the document',
    again: 'with the text',
  },
  NOT_FOUND: {
    when: 'There is no such route or thing, or it is not yours to see',
    todo: 'Look at the ID and the tenant of the credential',
    again: NO,
  },
  METHOD_NOT_ALLOWED: { when: 'The route has no such method', todo: 'Take one of those in `Allow`', again: NO },
  NOT_ACCEPTABLE: { when: '`Accept` names no type that the route can make', todo: 'Name one of them', again: NO },
  NAME_TAKEN: { when: 'Another blueprint has the name', todo: 'Take another name, or change that one', again: NO },
  VERSION_CONFLICT: {
    when: 'Somebody else wrote first',
    todo: 'Read what changed, and write on top of it; or ask for a merge',
    again: 'from the new version',
  },
  TOO_LARGE: { when: 'The body is larger than `ICEOS_MAX_BODY_BYTES`', todo: 'Send less', again: NO },
  UNSUPPORTED_MEDIA_TYPE: { when: 'The route does not read that `Content-Type`', todo: 'Send JSON or YAML', again: NO },
  INVALID_BLUEPRINT: {
    when: 'The document cannot be read, or the compiler found faults',
    todo: 'Mend each issue: it has its place',
    again: NO,
  },
  INVALID_INPUT: { when: 'An argument is not what it must be', todo: 'Mend each issue: it has its place', again: NO },
  VERSION_LOCK_REQUIRED: {
    when: 'A change came without `X-Version-Lock`',
    todo: 'Send the version that it was made from',
    again: 'with the lock',
  },
  RATE_LIMITED: {
    when: 'It came too often, or costs more than is free',
    todo: 'Wait for `retryAfterMs`',
    again: 'yes, after that',
  },
  TIMEOUT: {
    when: 'It took longer than `ICEOS_OPERATION_TIMEOUT_MS`',
    todo: 'Ask for less at once. A mutation may have been done: read before you repeat it',
    again: 'queries: yes',
  },
  UNAVAILABLE: {
    when: 'The database or the issuer of tokens does not answer',
    todo: 'Try again, later each time. Repeat `startExecution` with its idempotency key',
    again: 'yes',
  },
  INTERNAL: {
    when: 'A bug on our side, which was logged',
    todo: 'Report it with its `errorId`',
    again: 'once, if nothing was changed',
  },
};

/** What to do about a member of a result union; when it comes is the schema's own description. */
export const MEMBERS: Readonly<Record<string, Omit<ErrorAdvice, 'when'>>> = {
  AlreadyFinishedError: { todo: 'Read how it ended; start another one', again: NO },
  BudgetExceededError: { todo: 'Raise the budget, or ask for less', again: 'with a larger budget' },
  CursorExpired: {
    todo: 'Subscribe without `after`: the snapshot says how it stands. This release deletes no events, and does not send it yet',
    again: 'without `after`',
  },
  DailyLimitExceededError: { todo: 'Wait for `freesAt`, or have the setting raised', again: 'yes, after that' },
  EmbeddingFailedError: { todo: 'Look at `retryable`', again: 'if `retryable`' },
  IdempotencyConflict: { todo: 'Take another key, or the execution that the key started', again: NO },
  InvalidBlueprintError: { todo: 'Mend each of `issues`', again: NO },
  InvalidInputError: { todo: 'Mend each of `issues`', again: NO },
  NameTakenError: { todo: 'Take another name', again: NO },
  NotFoundError: { todo: 'Look at the ID and the tenant of the credential', again: NO },
  PolicyVersionConflict: { todo: 'Read the policy, and change what is there now', again: 'from the new version' },
  SecretVersionConflict: { todo: 'Read its version, and decide anew', again: 'from the new version' },
  VersionConflict: {
    todo: 'Look at `changes`; send it again, or with `onConflict: MERGE`',
    again: 'from `actualVersion`',
  },
};

/** Why an attempt, a node or an execution failed. `retryable` of each failure has the last word. */
export const REASONS: Readonly<Record<FailureReason, ErrorAdvice>> = {
  threw: {
    when: 'The code threw, or its process ended',
    todo: 'Read the message and the log',
    again: 'unless the error says no',
  },
  limitReached: {
    when: 'It met a limit of CPU, memory, output, processes or disk',
    todo: 'Raise the limit, or do less',
    again: NO,
  },
  timedOut: { when: 'It took longer than `timeoutMs`', todo: 'Raise it, or do less', again: 'yes' },
  badOutput: {
    when: 'The answer does not fit the declared schema, or is no message',
    todo: 'Mend the tool or its schema',
    again: NO,
  },
  toolUnavailable: {
    when: 'The tool, its version, or the layer it needs is not there',
    todo: 'Register it; `iceos doctor` says what this machine gives',
    again: NO,
  },
  agentUnavailable: {
    when: 'The agent is not registered in the pinned version',
    todo: 'Register that version',
    again: NO,
  },
  modelUnavailable: {
    when: 'The provider and all fallbacks failed or were away',
    todo: 'Look at the provider and the key',
    again: 'if the provider says so',
  },
  modelRefused: { when: 'The model or its provider refused the request', todo: 'Change the request', again: NO },
  expressionFailed: { when: 'An expression had no value', todo: 'Mend the expression, or what it reads', again: NO },
  budgetExceeded: {
    when: 'The next call of a model might pass the budget',
    todo: 'Raise it (`resumeExecution`, or a new start)',
    again: NO,
  },
  orchestratorCrashed: {
    when: 'The process died in the attempt, and the node says `onAbandon: fail`',
    todo: 'See what the attempt has done before you start anew',
    again: NO,
  },
  historyTooLong: {
    when: 'The execution has as many events as it may',
    todo: 'Cut the work into several executions',
    again: NO,
  },
  deadlinePassed: { when: '`budget.maxWallMs` is over', todo: 'Raise it, or do less', again: NO },
  canceled: { when: 'Somebody canceled it', todo: 'Nothing', again: NO },
};
