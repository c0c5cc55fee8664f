/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which entry. */
export type AllowTokenInput = {
  /** Of the entry. */
  id: string | number;
};

/** What was done: the mutation of that name, or what its description says. */
export type AuditAction =
  /** `allowToken`. */
  | 'ALLOW_TOKEN'
  /** `archiveBlueprint`. */
  | 'ARCHIVE_BLUEPRINT'
  /** `cancelExecution`. */
  | 'CANCEL_EXECUTION'
  /** `cancelReembedding`. */
  | 'CANCEL_REEMBEDDING'
  /** `createApiKey`. */
  | 'CREATE_API_KEY'
  /** `createBlueprint`. */
  | 'CREATE_BLUEPRINT'
  /** The server made the first key of an empty store. */
  | 'CREATE_FIRST_API_KEY'
  /** `createStreamTicket`. */
  | 'CREATE_STREAM_TICKET'
  /** `deleteBlueprint`. */
  | 'DELETE_BLUEPRINT'
  /** `deleteSecret`. */
  | 'DELETE_SECRET'
  /** `denyToken`. */
  | 'DENY_TOKEN'
  /** `exportAuditLog`. */
  | 'EXPORT_AUDIT_LOG'
  /** `exportLedger`. */
  | 'EXPORT_LEDGER'
  /** `forgetFacts`. */
  | 'FORGET_FACTS'
  /** `forgetSession`. */
  | 'FORGET_SESSION'
  /** `forgetSubject`. */
  | 'FORGET_SUBJECT'
  /** `pauseExecution`. */
  | 'PAUSE_EXECUTION'
  /** `publishBlueprint`. */
  | 'PUBLISH_BLUEPRINT'
  /** `reembedCollection`. */
  | 'REEMBED_COLLECTION'
  /** A scope or a rate limit refused a request: a sample. */
  | 'REFUSE_REQUEST'
  /** `rememberFacts`. */
  | 'REMEMBER_FACTS'
  /** `renewStream`. */
  | 'RENEW_STREAM'
  /** `restoreBlueprint`. */
  | 'RESTORE_BLUEPRINT'
  /** `resumeExecution`. */
  | 'RESUME_EXECUTION'
  /** A tool was given the plain text of a secret; the subject is the execution. */
  | 'REVEAL_SECRET'
  /** `revokeApiKey`. */
  | 'REVOKE_API_KEY'
  /** `rotateApiKey`. */
  | 'ROTATE_API_KEY'
  /** The operator gave the tenant a new data key. */
  | 'ROTATE_DATA_KEY'
  /** The operator wrapped the data key with another master key. */
  | 'ROTATE_MASTER_KEY'
  /** `setBlueprintLayout`. */
  | 'SET_BLUEPRINT_LAYOUT'
  /** `setSecret`. */
  | 'SET_SECRET'
  /** `startExecution`. */
  | 'START_EXECUTION'
  /** `updateBlueprint`. */
  | 'UPDATE_BLUEPRINT'
  /** `updatePolicy`. */
  | 'UPDATE_POLICY';

/** Which entries. All that is given must hold; null or absent: all. */
export type AuditFilter = {
  /** Only these actions. An empty list: none. */
  actions?: Array<AuditAction> | null | undefined;
  /** Only entries of this instant or later. */
  from?: string | null | undefined;
  /** Only what was done to the thing with this global ID. */
  nounId?: string | number | null | undefined;
  /** Only what exactly this subject did. */
  subject?: string | null | undefined;
  /** Only entries before this instant. */
  to?: string | null | undefined;
};

/** How it ended. */
export type AuditOutcome =
  /** It was refused. */
  | 'DENIED'
  /** It was done. */
  | 'DONE';

/** One edit: exactly one of these. */
export type BlueprintEdit =
  {   /** A new node at the top level. */
  addNode: BlueprintNodeInput; patchNode?: never; removeNode?: never; rename?: never; renameNode?: never; replace?: never; }
  |  { addNode?: never;   /** A change of one node. */
  patchNode: PatchNodeInput; removeNode?: never; rename?: never; renameNode?: never; replace?: never; }
  |  { addNode?: never; patchNode?: never;   /** Name of a node to take away. */
  removeNode: string; rename?: never; renameNode?: never; replace?: never; }
  |  { addNode?: never; patchNode?: never; removeNode?: never;   /** A new name for the blueprint. */
  rename: string; renameNode?: never; replace?: never; }
  |  { addNode?: never; patchNode?: never; removeNode?: never; rename?: never;   /** A new name for a node. */
  renameNode: RenameNodeInput; replace?: never; }
  |  { addNode?: never; patchNode?: never; removeNode?: never; rename?: never; renameNode?: never;   /** The whole document, YAML or JSON; another `name` in it renames. */
  replace: string; };

/** A new node at the top level. */
export type BlueprintNodeInput = {
  /** Nodes to wait for although nothing is read of them. Default none. */
  after?: Array<string>;
  /** One of `nodeKinds`. */
  kind: string;
  /** Unique in the blueprint: `[a-z][a-z0-9_]*`, at most 64 characters. */
  name: string;
  /** What the JSON Schema of the kind asks for besides. */
  spec: unknown;
};

/** What the execution may use at most; it can only lower the hard limits of the blueprint. */
export type BudgetInput = {
  /** The most that it may cost, in micro-dollars: a call that could pass it is refused. */
  maxCostUsdMicros?: string | number | null | undefined;
  /** The longest that it may take, in ms. Default 24 h. */
  maxWallMs?: number | null | undefined;
  /** The cost in micro-dollars at which it pauses. Above the hard limit it never does. */
  softCostUsdMicros?: string | number | null | undefined;
};

/** What was used: a model, and what it was asked for, or memory. More may come in minor releases. */
export type CallKind =
  /** Vectors. */
  | 'EMBEDDING'
  /** Text, or calls of tools. */
  | 'LLM'
  /** No call of a model: a read or a write of what agents remember, free by itself. Its input is what was written, its output what was found. */
  | 'MEMORY';

/** Where the tokens and the cost of a call come from. */
export type CallUsageSource =
  /** Nobody received what the provider counted: the call is charged the most that was reserved for it. */
  | 'ESTIMATED'
  /** The provider said how many tokens it counted. */
  | 'RECEIVED';

/** What shall end. */
export type CancelExecutionInput = {
  /** Of the execution. */
  id: string | number;
  /** Recorded with the request; at most 1,000 characters. */
  reason?: string | null | undefined;
};

/** Which control groups of Linux bound all processes of a worker together. */
export type CgroupVersion =
  /** A hierarchy for each resource. */
  | 'V1'
  /** One hierarchy for all resources. */
  | 'V2';

/** What the key shall be. */
export type CreateApiKeyInput = {
  /** From then on it is void. Default: never. */
  expiresAt?: string | null | undefined;
  /** 1 to 128 characters. Stands in revisions and events as the author. */
  name: string;
  /** What it may do: at least one of `audit:read`, `blueprints:read`, `blueprints:write`, `executions:read`, `executions:write`, `grants:write`, `keys`, `memory:read`, `memory:write`, `secrets`. Only what you may do yourself. */
  scopes: Array<string>;
};

/** A new blueprint. */
export type CreateBlueprintInput = {
  /** The whole document, YAML or JSON, at most 1 MiB. */
  source: string;
};

/** By what somebody says who asks. */
export type CredentialKind =
  /** An API key. */
  | 'API_KEY'
  /** A token of the issuer (JWT). */
  | 'TOKEN';

/** Which secret. */
export type DeleteSecretInput = {
  /** The version that you have seen. */
  expectedVersion: number;
  /** Its name. */
  name: string;
};

/** What an attempt says while it runs. */
export type DeltaChannel =
  /** What a tool or code prints, a line each. */
  | 'LOG'
  /** What a model says. */
  | 'TEXT';

/** Which tokens. */
export type DenyTokenInput = {
  /** Until when. Default: with `JTI` until no such token can be valid any more, with `SUB` until it is taken away. */
  expiresAt?: string | null | undefined;
  /** Which claim is meant. */
  kind: TokenDenialKind;
  /** The value of that claim; at most 256 characters. */
  value: string;
};

/** Why something was skipped, stopped, abandoned or paused. More may come in minor releases. */
export type EventCause =
  /** What was spent reached the soft limit of its budget. */
  | 'BUDGET_SOFT_LIMIT'
  /** The execution is being canceled. */
  | 'CANCEL_REQUESTED'
  /** Its `when` was false. */
  | 'CONDITION_FALSE'
  /** The execution took longer than it may. */
  | 'DEADLINE_PASSED'
  /** Something that it needs was skipped. */
  | 'DEPENDENCY_SKIPPED'
  /** What it stands in for has succeeded. */
  | 'FALLBACK_NOT_NEEDED'
  /** Enough other branches have succeeded. */
  | 'NOT_NEEDED'
  /** Its process died. */
  | 'OWNER_DIED'
  /** It stopped where it can go on when the execution is resumed. */
  | 'PAUSED'
  /** Somebody asked for it. */
  | 'REQUESTED'
  /** Its process was shut down before it ended. */
  | 'SHUTDOWN'
  /** A failure beside it ended what surrounds both. */
  | 'SIBLING_FAILED';

/** What an event says. More may come in minor releases. */
export type ExecutionEventType =
  /** A model answered an agent. */
  | 'AGENT_TURNED'
  /** The process that ran a try is gone. */
  | 'ATTEMPT_ABANDONED'
  /** A try was stopped. */
  | 'ATTEMPT_CANCELED'
  /** A try failed; there may be another. */
  | 'ATTEMPT_FAILED'
  /** A try at a node began; of a composite: it opened. */
  | 'ATTEMPT_STARTED'
  /** A node has its output. */
  | 'ATTEMPT_SUCCEEDED'
  /** An iteration of a loop or a branch ended well. */
  | 'BODY_SUCCEEDED'
  /** Somebody asked that the execution ends. */
  | 'CANCEL_REQUESTED'
  /** The last event of one that was canceled. */
  | 'EXECUTION_CANCELED'
  /** The last event of one that failed. */
  | 'EXECUTION_FAILED'
  /** Nothing more begins. */
  | 'EXECUTION_PAUSED'
  /** The first event of each execution. */
  | 'EXECUTION_REQUESTED'
  /** It goes on. */
  | 'EXECUTION_RESUMED'
  /** An orchestrator took it up. */
  | 'EXECUTION_STARTED'
  /** The last event of one that ended well. */
  | 'EXECUTION_SUCCEEDED'
  /** A composite failed, or an expression of a node. */
  | 'NODE_FAILED'
  /** A node did not have to run. */
  | 'NODE_SKIPPED'
  /** An agent wrote into the working memory. */
  | 'NOTE_WRITTEN'
  /** An agent was told the past of its session. */
  | 'PAST_RECALLED'
  /** Somebody asked that nothing more begins. */
  | 'PAUSE_REQUESTED'
  /** Somebody asked that it goes on, or changed its budget. */
  | 'RESUME_REQUESTED'
  /** Every member of a swarm was heard. */
  | 'ROUND_ENDED'
  /** An agent gave a task to another one. */
  | 'TASK_HANDED_OVER'
  /** A tool that a model had asked for was called, or refused. */
  | 'TOOL_CALLED'
  /** Written by a newer release than this gateway. */
  | 'UNKNOWN'
  /** A member of a swarm chose, or offered to do the work. */
  | 'VOTE_CAST';

/** Which executions. Null or absent: all. */
export type ExecutionFilter = {
  /** Only executions of this blueprint. */
  blueprintId?: string | number | null | undefined;
  /** Only executions that stand so. */
  statuses?: Array<ExecutionStatus> | null | undefined;
};

/** How a node of an execution stands. SUCCEEDED, FAILED, SKIPPED and CANCELED are final. */
export type ExecutionNodeStatus =
  /** Something that it needs has not ended. */
  | 'BLOCKED'
  /** It was stopped, or given up before it began. */
  | 'CANCELED'
  /** It ended by a failure. */
  | 'FAILED'
  /** It may begin. */
  | 'READY'
  /** An attempt runs; of a composite: something in it may run. */
  | 'RUNNING'
  /** It did not have to run. */
  | 'SKIPPED'
  /** It ended well. */
  | 'SUCCEEDED'
  /** It waits for a time, such as that of a retry. */
  | 'WAITING';

/** How an execution stands. SUCCEEDED, FAILED and CANCELED are final. */
export type ExecutionStatus =
  /** Ended because somebody asked for it. */
  | 'CANCELED'
  /** Ended by a failure. */
  | 'FAILED'
  /** Nothing begins until it is resumed; what runs may end. */
  | 'PAUSED'
  /** Requested; nothing has begun. */
  | 'PENDING'
  /** Something runs or is about to. */
  | 'RUNNING'
  /** Ended well; there is an output. */
  | 'SUCCEEDED'
  /** Nothing runs until a time comes, such as that of a retry. */
  | 'WAITING';

/** What is taken away. */
export type ExportAuditLogInput = {
  /** Which entries. Default: all. */
  filter?: AuditFilter | null | undefined;
};

/** What is taken away. */
export type ExportLedgerInput = {
  /** Which calls. Default: all. */
  filter?: LedgerFilter | null | undefined;
};

/** Something to be remembered. */
export type FactInput = {
  /** A UUID of your own: a fact that has it already stays as it is. Default: a new one. */
  id?: string | number | null | undefined;
  /** After so many milliseconds nobody finds it. Default: until it is forgotten, or the collection is full of newer ones. */
  lifetimeMs?: number | null | undefined;
  /** An object of your own, at most 4 KiB (ICEOS_MEMORY_MAX_METADATA_BYTES) and 4 levels deep. Default: empty. */
  metadata?: unknown;
  /** Whom or what it is about, at most 256 characters; forgetSubject deletes by it. */
  subject?: string | null | undefined;
  /** At most 8 KiB (ICEOS_MEMORY_MAX_TEXT_BYTES). */
  text: string;
};

/** What to forget. */
export type ForgetFactsInput = {
  /** 1 to 1,000; those that are not there are passed over. */
  ids: Array<string | number>;
  /** Name of a registered memory of kind `semantic`. */
  memory: string;
};

/** Which session to forget. */
export type ForgetSessionInput = {
  /** Exactly as the node names it; where it names none, the ID of its execution. */
  session: string;
};

/** Whom or what to forget. */
export type ForgetSubjectInput = {
  /** Exactly as facts and episodes name it. */
  subject: string;
};

/** Which calls of models. All that is given must hold; null or absent: all. */
export type LedgerFilter = {
  /** Only calls of executions of this blueprint. */
  blueprintId?: string | number | null | undefined;
  /** Only calls of the root of this execution and of all that it started: what one budget pays for. */
  executionId?: string | number | null | undefined;
  /** Only calls settled at this instant or later. */
  from?: string | null | undefined;
  /** Only calls that asked for this. */
  kind?: CallKind | null | undefined;
  /** Only calls of the model with exactly this name. */
  model?: string | null | undefined;
  /** Only calls settled before this instant. */
  to?: string | null | undefined;
  /** Only calls whose usage comes from there. */
  usageSource?: CallUsageSource | null | undefined;
};

/** What a memory promises; the server does not start with one that its kind cannot keep. */
export type MemoryGuarantee =
  /** Kept whatever process dies. */
  | 'DURABLE'
  /** Gone with its execution. */
  | 'EPHEMERAL'
  /** Gone after its lifetime. */
  | 'TTL'
  /** Found by meaning. */
  | 'VECTORISED';

/** What agents remember. */
export type MemoryKind =
  /** What happened in past executions, by session. */
  | 'EPISODIC'
  /** Facts, found by meaning. */
  | 'SEMANTIC'
  /** What one execution knows; it goes with the execution. */
  | 'WORKING';

/** What a model answers with. */
export type ModelKind =
  /** Vectors. */
  | 'EMBEDDING'
  /** Text, and calls of tools. */
  | 'TEXT';

/** What to do when someone else wrote first. */
export type OnConflict =
  /** Merge when both sides touched different nodes and the outcome compiles. */
  | 'MERGE'
  /** Answer with VersionConflict. */
  | 'REJECT';

/** A change of one node; what is absent stays. */
export type PatchNodeInput = {
  /** Replaces the list. Absent: it stays. */
  after?: Array<string> | null | undefined;
  /** Which node at the top level. */
  name: string;
  /** JSON Merge Patch (RFC 7396) of the spec: null removes a member. */
  spec?: unknown;
};

/** What shall hold still. */
export type PauseExecutionInput = {
  /** Of the execution. */
  id: string | number;
  /** Recorded with the request; at most 1,000 characters. */
  reason?: string | null | undefined;
};

/** A secret, bound to where and how it may be sent. */
export type PolicySecretInput = {
  /** The one header that may carry it. Default authorization. */
  header?: string;
  /** At most 32. Each `host:port`, such as `api.example.com:443`. */
  hosts: Array<string>;
  /** Small letters, digits, `_` and `-`. */
  name: string;
  /** Whether tools may have the plain text. Default false. */
  reveal?: boolean;
};

/** Which version shall run when none is named. */
export type PublishBlueprintInput = {
  /** The `version` that you have seen. */
  expectedVersion: number;
  /** Of the blueprint. */
  id: string | number;
  /** Which to publish; the expected one by default. */
  version?: number | null | undefined;
};

/** What to remember. */
export type RememberFactsInput = {
  /** 1 to 64 (ICEOS_MEMORY_MAX_FACTS_PER_WRITE): all are kept, or none. */
  facts: Array<FactInput>;
  /** Name of a registered memory of kind `semantic`. */
  memory: string;
};

/** A new name for a node; references to it follow. */
export type RenameNodeInput = {
  /** Its present name. */
  from: string;
  /** Its new name. */
  to: string;
};

/** What the execution may cost from now on, with all that it has cost; what is absent stays as it is. */
export type ResumeBudgetInput = {
  /** The hard limit in micro-dollars, at most what the blueprint allows. */
  maxCostUsdMicros?: string | number | null | undefined;
  /** The cost in micro-dollars at which it pauses again. Above the hard limit it never does. */
  softCostUsdMicros?: string | number | null | undefined;
};

/** What shall go on. */
export type ResumeExecutionInput = {
  /** A larger one where it paused at its soft limit. Taken also while it runs. */
  budget?: ResumeBudgetInput | null | undefined;
  /** Of the execution. */
  id: string | number;
};

/** Which key. */
export type RevokeApiKeyInput = {
  /** Of the key. */
  id: string | number;
};

/** Which key, and how long the old one stays. */
export type RotateApiKeyInput = {
  /** Of the key. */
  id: string | number;
  /** For how many milliseconds the old key stays valid. Default 0: it ends at once. At most 7 days (ICEOS_MAX_KEY_OVERLAP_MS). */
  overlapMs?: number | null | undefined;
};

/** What confines a worker; each has what the ones before it have. */
export type SandboxLayer =
  /** Limits, no new privileges, Landlock and seccomp. */
  | 'BASE'
  /** Nothing: a timeout and a bound on its output alone. */
  | 'DEVELOPMENT'
  /** That, and namespaces with a private root. */
  | 'FULL';

/** How a worker ended. More may come in minor releases. */
export type SandboxOutcome =
  /** It wrote what is no message on the channel of the sandbox. */
  | 'BROKE_PROTOCOL'
  /** It was stopped because nobody needed it any more. */
  | 'CANCELED'
  /** It used more CPU time than `limits.cpuMs`. */
  | 'CPU_EXCEEDED'
  /** It wrote more than `limits.scratchBytes`. */
  | 'DISK_EXCEEDED'
  /** Its process ended by itself before it answered. */
  | 'EXITED'
  /** It needed more RAM than `limits.memoryBytes`. */
  | 'MEMORY_EXCEEDED'
  /** Its output, or the text that it wrote, was too large. */
  | 'OUTPUT_EXCEEDED'
  /** The kernel stopped it for a system call; see `deniedCall`. */
  | 'POLICY_VIOLATED'
  /** It wanted more processes than `limits.processes`. */
  | 'PROCESSES_EXCEEDED'
  /** No worker could be started or confined: no fault of the code. */
  | 'SANDBOX_FAILED'
  /** A signal ended its process before it answered. */
  | 'SIGNALED'
  /** It answered. */
  | 'SUCCEEDED'
  /** The code threw, or answered what is no JSON. */
  | 'THREW'
  /** It took longer than `limits.timeoutMs`. */
  | 'TIMED_OUT';

/** What a kind of worker may do. */
export type SandboxProfile =
  /** JavaScript: it starts no process and opens no socket. */
  | 'JS'
  /** Other languages: it may start processes in its private root, and opens no socket. */
  | 'SHELL';

/** A secret as it shall be. Send the value as a variable, never in the text of the document. */
export type SetSecretInput = {
  /** The version that you have seen; 0 to make it. */
  expectedVersion: number;
  /** Small letters, digits, `_` and `-`, a letter first; at most 64. */
  name: string;
  /** Text of 8 bytes to 16 KiB (ICEOS_MAX_SECRET_BYTES). */
  value: string;
};

/** What to run, and on what. */
export type StartExecutionInput = {
  /** Of the blueprint. */
  blueprintId: string | number;
  /** Default: as the blueprint says. */
  budget?: BudgetInput | null | undefined;
  /** Your name for this start, 1 to 255 characters: the same key with the same arguments is the same execution. */
  idempotencyKey?: string | null | undefined;
  /** Must match the blueprint's `input`; at most 16 MiB as JSON. Default {}. */
  input?: unknown;
  /** Which version. Default: the published one. */
  version?: number | null | undefined;
};

/** What of a token an entry of the deny-list names. */
export type TokenDenialKind =
  /** One token, by its claim `jti`. */
  | 'JTI'
  /** All tokens of a subject, by their claim `sub`. */
  | 'SUB';

/** A change of content or name. */
export type UpdateBlueprintInput = {
  /** Applied in order, all or none, as one version; 1 to 1,000. */
  edits: Array<BlueprintEdit>;
  /** The `version` that you have seen. */
  expectedVersion: number;
  /** Of the blueprint. */
  id: string | number;
  /** When someone else wrote first. Default REJECT. */
  onConflict?: OnConflict;
};

/** How an accepted change ended. */
export type UpdateOutcome =
  /** Written as asked: a new version. */
  | 'APPLIED'
  /** Merged with what others had changed meanwhile: a new version. */
  | 'MERGED'
  /** Equal to what is there already: no new version. */
  | 'UNCHANGED';

/** The whole policy as it shall be. */
export type UpdatePolicyInput = {
  /** The version that you have seen; 0 for the first change. */
  expectedVersion: number;
  /** At most 100, of those that the operator has named. */
  folders: Array<string>;
  /** At most 1,000. Each `host:port`, such as `api.example.com:443`. */
  hosts: Array<string>;
  /** At most 100, each name once. */
  secrets: Array<PolicySecretInput>;
};

/** By what sums are made. More may come in minor releases. */
export type UsageGrouping =
  /** The blueprint whose execution made the call. */
  | 'BLUEPRINT'
  /** Days of UTC, by when calls were settled; days without a call are left out. */
  | 'DAY'
  /** Hours of UTC in the same way. */
  | 'HOUR'
  /** What was used: a model, and what it was asked for, or memory. */
  | 'KIND'
  /** The name of the model, or of the memory. */
  | 'MODEL';

/** Who measured what an attempt used. */
export type UsageSource =
  /** The same, before and after one call of a worker that serves several. */
  | 'DELTA'
  /** Nobody: no worker was started, or it was gone too soon. */
  | 'NONE'
  /** A look at `/proc` now and then: only in the DEVELOPMENT layer, and less than it was. */
  | 'PROC'
  /** The parent process of the worker, at its end: exact, with all its children. */
  | 'SUPERVISOR'
  /** The worker itself: only in the DEVELOPMENT layer, and not proof against lies. */
  | 'WORKER';

export type ShownFailureFragment = { reason: string, message: string, path: string | null };

export type ShownExecutionFragment = { id: string, status: ExecutionStatus, requestedAt: string, finishedAt: string | null, progress: { done: number, total: number }, failure: { reason: string, message: string, path: string | null } | null };

export type ShownNodeFragment = { path: string, kind: string, status: ExecutionNodeStatus, attempt: number, startedAt: string | null, finishedAt: string | null, retryAt: string | null, progress: { done: number, total: number } | null, failure: { reason: string, message: string, path: string | null } | null, receipt: { outcome: SandboxOutcome, deniedCall: string | null } | null };

export type ShownTextFragment = { path: string, attempt: number, text: string | null, textOffset: number, log: string | null, logOffset: number };

export type ShownDeltaFragment = { path: string, attempt: number, channel: DeltaChannel, offset: number, text: string };

export type ShownEndFragment = { outcome: SandboxOutcome, deniedCall: string | null };

export type ShownReceiptFragment = { outcome: SandboxOutcome, deniedCall: string | null, profile: SandboxProfile, layer: SandboxLayer, cgroup: CgroupVersion | null, hasProc: boolean | null, cpuMs: number, wallMs: number, peakMemoryBytes: number, source: UsageSource, reused: boolean, bytesIn: number, bytesOut: number, hostCalls: number, hostBytesSent: number, hostBytesReceived: number, grants: Array<string>, limits: { timeoutMs: number, cpuMs: number, memoryBytes: number, outputBytes: number, processes: number, scratchBytes: number } };

type ShownEvent_AgentTurned_Fragment = { __typename: 'AgentTurned', path: string, attempt: number, agent: string, turn: number, model: string, cursor: string, sequence: number, type: ExecutionEventType, at: string, usage: { inputTokens: number, outputTokens: number, costUsdMicros: string } };

type ShownEvent_AttemptAbandoned_Fragment = { __typename: 'AttemptAbandoned', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_AttemptCanceled_Fragment = { __typename: 'AttemptCanceled', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_AttemptFailed_Fragment = { __typename: 'AttemptFailed', path: string, attempt: number, retryAt: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null }, receipt: { outcome: SandboxOutcome, deniedCall: string | null } | null };

type ShownEvent_AttemptStarted_Fragment = { __typename: 'AttemptStarted', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_AttemptSucceeded_Fragment = { __typename: 'AttemptSucceeded', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_BodySucceeded_Fragment = { __typename: 'BodySucceeded', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_CancelRequested_Fragment = { __typename: 'CancelRequested', reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ExecutionCanceled_Fragment = { __typename: 'ExecutionCanceled', quietMs: number, cursor: string, sequence: number, type: ExecutionEventType, at: string, stopped: Array<{ path: string, attempt: number }> };

type ShownEvent_ExecutionFailed_Fragment = { __typename: 'ExecutionFailed', cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null } };

type ShownEvent_ExecutionPaused_Fragment = { __typename: 'ExecutionPaused', cause: EventCause, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ExecutionRequested_Fragment = { __typename: 'ExecutionRequested', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ExecutionResumed_Fragment = { __typename: 'ExecutionResumed', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ExecutionStarted_Fragment = { __typename: 'ExecutionStarted', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ExecutionSucceeded_Fragment = { __typename: 'ExecutionSucceeded', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_NodeFailed_Fragment = { __typename: 'NodeFailed', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null } };

type ShownEvent_NodeSkipped_Fragment = { __typename: 'NodeSkipped', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_NoteWritten_Fragment = { __typename: 'NoteWritten', path: string, attempt: number, agent: string, key: string, bytes: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_PastRecalled_Fragment = { __typename: 'PastRecalled', path: string, attempt: number, agent: string, session: string, episodes: number, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_PauseRequested_Fragment = { __typename: 'PauseRequested', reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ResumeRequested_Fragment = { __typename: 'ResumeRequested', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_RoundEnded_Fragment = { __typename: 'RoundEnded', path: string, attempt: number, round: number, choice: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_TaskHandedOver_Fragment = { __typename: 'TaskHandedOver', path: string, attempt: number, agent: string, to: string, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_ToolCalled_Fragment = { __typename: 'ToolCalled', path: string, attempt: number, agent: string, turn: number, tool: string, isError: boolean, cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_UnknownEvent_Fragment = { __typename: 'UnknownEvent', cursor: string, sequence: number, type: ExecutionEventType, at: string };

type ShownEvent_VoteCast_Fragment = { __typename: 'VoteCast', path: string, attempt: number, agent: string, round: number, choice: string | null, score: number, reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string };

export type ShownEventFragment =
  | ShownEvent_AgentTurned_Fragment
  | ShownEvent_AttemptAbandoned_Fragment
  | ShownEvent_AttemptCanceled_Fragment
  | ShownEvent_AttemptFailed_Fragment
  | ShownEvent_AttemptStarted_Fragment
  | ShownEvent_AttemptSucceeded_Fragment
  | ShownEvent_BodySucceeded_Fragment
  | ShownEvent_CancelRequested_Fragment
  | ShownEvent_ExecutionCanceled_Fragment
  | ShownEvent_ExecutionFailed_Fragment
  | ShownEvent_ExecutionPaused_Fragment
  | ShownEvent_ExecutionRequested_Fragment
  | ShownEvent_ExecutionResumed_Fragment
  | ShownEvent_ExecutionStarted_Fragment
  | ShownEvent_ExecutionSucceeded_Fragment
  | ShownEvent_NodeFailed_Fragment
  | ShownEvent_NodeSkipped_Fragment
  | ShownEvent_NoteWritten_Fragment
  | ShownEvent_PastRecalled_Fragment
  | ShownEvent_PauseRequested_Fragment
  | ShownEvent_ResumeRequested_Fragment
  | ShownEvent_RoundEnded_Fragment
  | ShownEvent_TaskHandedOver_Fragment
  | ShownEvent_ToolCalled_Fragment
  | ShownEvent_UnknownEvent_Fragment
  | ShownEvent_VoteCast_Fragment
;

export type ShownIssueFragment = { rule: string, path: string, message: string, line: number | null, column: number | null };

export type FindBlueprintQueryVariables = Exact<{
  name: string;
}>;


export type FindBlueprintQuery = { blueprint: { id: string, name: string, version: number, hasUnpublishedChanges: boolean, publishedRevision: { version: number } | null } | null };

export type ListBlueprintsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ListBlueprintsQuery = { blueprints: { edges: Array<{ node: { name: string, version: number, hasUnpublishedChanges: boolean, publishedRevision: { version: number } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ListExecutionsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: ExecutionFilter | null | undefined;
}>;


export type ListExecutionsQuery = { executions: { edges: Array<{ node: { id: string, status: ExecutionStatus, requestedAt: string, finishedAt: string | null, revision: { name: string, version: number }, progress: { done: number, total: number }, failure: { reason: string, message: string, path: string | null } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type FindExecutionQueryVariables = Exact<{
  id: string | number;
}>;


export type FindExecutionQuery = { execution: { startCursor: string, output: unknown, id: string, status: ExecutionStatus, requestedAt: string, finishedAt: string | null, revision: { name: string, version: number }, progress: { done: number, total: number }, failure: { reason: string, message: string, path: string | null } | null } | null };

export type ListReceiptsQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type ListReceiptsQuery = { execution: { events: { edges: Array<{ node:
          | { path: string, at: string }
          | { path: string, at: string }
          | { path: string, attempt: number, at: string, receipt: { outcome: SandboxOutcome, deniedCall: string | null, profile: SandboxProfile, layer: SandboxLayer, cgroup: CgroupVersion | null, hasProc: boolean | null, cpuMs: number, wallMs: number, peakMemoryBytes: number, source: UsageSource, reused: boolean, bytesIn: number, bytesOut: number, hostCalls: number, hostBytesSent: number, hostBytesReceived: number, grants: Array<string>, limits: { timeoutMs: number, cpuMs: number, memoryBytes: number, outputBytes: number, processes: number, scratchBytes: number } } | null }
          | { path: string, attempt: number, at: string, receipt: { outcome: SandboxOutcome, deniedCall: string | null, profile: SandboxProfile, layer: SandboxLayer, cgroup: CgroupVersion | null, hasProc: boolean | null, cpuMs: number, wallMs: number, peakMemoryBytes: number, source: UsageSource, reused: boolean, bytesIn: number, bytesOut: number, hostCalls: number, hostBytesSent: number, hostBytesReceived: number, grants: Array<string>, limits: { timeoutMs: number, cpuMs: number, memoryBytes: number, outputBytes: number, processes: number, scratchBytes: number } } | null }
          | { path: string, at: string }
          | { path: string, attempt: number, at: string, receipt: { outcome: SandboxOutcome, deniedCall: string | null, profile: SandboxProfile, layer: SandboxLayer, cgroup: CgroupVersion | null, hasProc: boolean | null, cpuMs: number, wallMs: number, peakMemoryBytes: number, source: UsageSource, reused: boolean, bytesIn: number, bytesOut: number, hostCalls: number, hostBytesSent: number, hostBytesReceived: number, grants: Array<string>, limits: { timeoutMs: number, cpuMs: number, memoryBytes: number, outputBytes: number, processes: number, scratchBytes: number } } | null }
          | { path: string, at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { at: string }
          | { path: string, at: string }
          | { path: string, at: string }
          | { path: string, at: string }
          | { path: string, at: string }
          | { at: string }
          | { at: string }
          | { path: string, at: string }
          | { path: string, at: string }
          | { path: string, at: string }
          | { at: string }
          | { path: string, at: string }
         }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { viewer: { subject: string, scopes: Array<string> } | null };

export type CreateBlueprintMutationVariables = Exact<{
  input: CreateBlueprintInput;
}>;


export type CreateBlueprintMutation = { createBlueprint:
    | { __typename: 'CreateBlueprintSuccess', blueprint: { id: string, version: number } }
    | { __typename: 'InvalidBlueprintError', message: string, issues: Array<{ rule: string, path: string, message: string, line: number | null, column: number | null }> }
    | { __typename: 'NameTakenError', message: string }
   | null };

export type UpdateBlueprintMutationVariables = Exact<{
  input: UpdateBlueprintInput;
}>;


export type UpdateBlueprintMutation = { updateBlueprint:
    | { __typename: 'InvalidBlueprintError', message: string, issues: Array<{ rule: string, path: string, message: string, line: number | null, column: number | null }> }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NameTakenError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'UpdateBlueprintSuccess', outcome: UpdateOutcome, blueprint: { id: string, version: number } }
    | { __typename: 'VersionConflict', message: string }
   | null };

export type PublishBlueprintMutationVariables = Exact<{
  input: PublishBlueprintInput;
}>;


export type PublishBlueprintMutation = { publishBlueprint:
    | { __typename: 'InvalidBlueprintError', message: string, issues: Array<{ rule: string, path: string, message: string, line: number | null, column: number | null }> }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'PublishBlueprintSuccess', outcome: UpdateOutcome, blueprint: { version: number, publishedRevision: { version: number } | null } }
    | { __typename: 'VersionConflict', message: string }
   | null };

export type StartExecutionMutationVariables = Exact<{
  input: StartExecutionInput;
}>;


export type StartExecutionMutation = { startExecution:
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InvalidBlueprintError', message: string, issues: Array<{ rule: string, path: string, message: string, line: number | null, column: number | null }> }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ rule: string, path: string, message: string, line: number | null, column: number | null }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'StartExecutionSuccess', created: boolean, execution: { id: string, status: ExecutionStatus, revision: { version: number } } }
   | null };

export type CancelExecutionMutationVariables = Exact<{
  input: CancelExecutionInput;
}>;


export type CancelExecutionMutation = { cancelExecution:
    | { __typename: 'AlreadyFinishedError', message: string }
    | { __typename: 'CancelExecutionSuccess', execution: { id: string, status: ExecutionStatus } }
    | { __typename: 'NotFoundError', message: string }
   | null };

export type PauseExecutionMutationVariables = Exact<{
  input: PauseExecutionInput;
}>;


export type PauseExecutionMutation = { pauseExecution:
    | { __typename: 'AlreadyFinishedError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'PauseExecutionSuccess', execution: { id: string, status: ExecutionStatus } }
   | null };

export type ResumeExecutionMutationVariables = Exact<{
  input: ResumeExecutionInput;
}>;


export type ResumeExecutionMutation = { resumeExecution:
    | { __typename: 'AlreadyFinishedError', message: string }
    | { __typename: 'BudgetExceededError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ResumeExecutionSuccess', execution: { id: string, status: ExecutionStatus } }
   | null };

export type WatchExecutionSubscriptionVariables = Exact<{
  executionId: string | number;
  after?: string | null | undefined;
}>;


export type WatchExecutionSubscription = { executionEvents:
    | { __typename: 'CursorExpired', message: string }
    | { __typename: 'ExecutionDelta', path: string, attempt: number, channel: DeltaChannel, offset: number, text: string }
    | { __typename: 'ExecutionEvents', cursor: string, events: Array<
        | { __typename: 'AgentTurned', path: string, attempt: number, agent: string, turn: number, model: string, cursor: string, sequence: number, type: ExecutionEventType, at: string, usage: { inputTokens: number, outputTokens: number, costUsdMicros: string } }
        | { __typename: 'AttemptAbandoned', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'AttemptCanceled', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'AttemptFailed', path: string, attempt: number, retryAt: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null }, receipt: { outcome: SandboxOutcome, deniedCall: string | null } | null }
        | { __typename: 'AttemptStarted', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'AttemptSucceeded', path: string, attempt: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'BodySucceeded', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'CancelRequested', reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ExecutionCanceled', quietMs: number, cursor: string, sequence: number, type: ExecutionEventType, at: string, stopped: Array<{ path: string, attempt: number }> }
        | { __typename: 'ExecutionFailed', cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null } }
        | { __typename: 'ExecutionPaused', cause: EventCause, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ExecutionRequested', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ExecutionResumed', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ExecutionStarted', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ExecutionSucceeded', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'NodeFailed', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string, failure: { reason: string, message: string, path: string | null } }
        | { __typename: 'NodeSkipped', path: string, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'NoteWritten', path: string, attempt: number, agent: string, key: string, bytes: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'PastRecalled', path: string, attempt: number, agent: string, session: string, episodes: number, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'PauseRequested', reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ResumeRequested', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'RoundEnded', path: string, attempt: number, round: number, choice: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'TaskHandedOver', path: string, attempt: number, agent: string, to: string, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'ToolCalled', path: string, attempt: number, agent: string, turn: number, tool: string, isError: boolean, cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'UnknownEvent', cursor: string, sequence: number, type: ExecutionEventType, at: string }
        | { __typename: 'VoteCast', path: string, attempt: number, agent: string, round: number, choice: string | null, score: number, reason: string | null, cursor: string, sequence: number, type: ExecutionEventType, at: string }
      >, execution: { id: string, status: ExecutionStatus, requestedAt: string, finishedAt: string | null, progress: { done: number, total: number }, failure: { reason: string, message: string, path: string | null } | null }, nodes: Array<{ path: string, kind: string, status: ExecutionNodeStatus, attempt: number, startedAt: string | null, finishedAt: string | null, retryAt: string | null, progress: { done: number, total: number } | null, failure: { reason: string, message: string, path: string | null } | null, receipt: { outcome: SandboxOutcome, deniedCall: string | null } | null }> }
    | { __typename: 'ExecutionSnapshot', cursor: string, execution: { id: string, status: ExecutionStatus, requestedAt: string, finishedAt: string | null, progress: { done: number, total: number }, failure: { reason: string, message: string, path: string | null } | null }, nodes: Array<{ path: string, kind: string, status: ExecutionNodeStatus, attempt: number, startedAt: string | null, finishedAt: string | null, retryAt: string | null, text: string | null, textOffset: number, log: string | null, logOffset: number, progress: { done: number, total: number } | null, failure: { reason: string, message: string, path: string | null } | null, receipt: { outcome: SandboxOutcome, deniedCall: string | null } | null }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'StreamLagged', resumeAfter: string }
   | null };

export type ShownPolicyFragment = { version: number, hosts: Array<string>, folders: Array<string>, updatedAt: string | null, updatedBy: string | null, secrets: Array<{ name: string, hosts: Array<string>, header: string, reveal: boolean }> };

export type ShowPolicyQueryVariables = Exact<{ [key: string]: never; }>;


export type ShowPolicyQuery = { policy: { version: number, hosts: Array<string>, folders: Array<string>, updatedAt: string | null, updatedBy: string | null, secrets: Array<{ name: string, hosts: Array<string>, header: string, reveal: boolean }> } | null };

export type UpdatePolicyMutationVariables = Exact<{
  input: UpdatePolicyInput;
}>;


export type UpdatePolicyMutation = { updatePolicy:
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'PolicyVersionConflict', message: string }
    | { __typename: 'UpdatePolicySuccess', outcome: UpdateOutcome, policy: { version: number, hosts: Array<string>, folders: Array<string>, updatedAt: string | null, updatedBy: string | null, secrets: Array<{ name: string, hosts: Array<string>, header: string, reveal: boolean }> } }
   | null };

export type HasExecutionQueryVariables = Exact<{
  id: string | number;
}>;


export type HasExecutionQuery = { execution: { id: string } | null };

export type UsageTotalsQueryVariables = Exact<{
  groupBy: UsageGrouping;
  filter?: LedgerFilter | null | undefined;
}>;


export type UsageTotalsQuery = { usageTotals: Array<{ startsAt: string | null, blueprintId: string | null, model: string | null, kind: CallKind | null, calls: number, estimatedCalls: number, inputTokens: number, cachedInputTokens: number, cacheWriteTokens: number, outputTokens: number, reasoningTokens: number, costUsdMicros: string, blueprint: { name: string } | null }> | null };

export type ExportLedgerMutationVariables = Exact<{
  input: ExportLedgerInput;
}>;


export type ExportLedgerMutation = { exportLedger:
    | { __typename: 'ExportLedgerSuccess' }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type ListLedgerQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: LedgerFilter | null | undefined;
}>;


export type ListLedgerQuery = { ledger: { edges: Array<{ node: { at: string, executionId: string | null, rootExecutionId: string | null, blueprintId: string | null, path: string, attempt: number, call: number, kind: CallKind, model: string, inputTokens: number, cachedInputTokens: number, cacheWriteTokens: number, outputTokens: number, reasoningTokens: number, costUsdMicros: string, usageSource: CallUsageSource, blueprint: { name: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ListRegistryQueryVariables = Exact<{ [key: string]: never; }>;


export type ListRegistryQuery = { agents: Array<{ name: string, version: string, description: string | null, model: string, tools: Array<string>, memories: Array<string>, grants: Array<string>, maxTurns: number }> | null, memories: Array<{ name: string, kind: MemoryKind, guarantees: Array<MemoryGuarantee>, description: string | null, model: string | null, collection: string | null, lifetimeMs: number | null }> | null, models: Array<{ name: string, version: string, kind: ModelKind, description: string | null, isFree: boolean, maxOutputTokens: number | null, fallbacks: Array<string>, dimensions: number | null }> | null, nodeKinds: Array<{ kind: string, description: string }> | null, tools: Array<{ name: string, version: string, description: string, limits: unknown, grants: unknown, runtime: string | null }> | null };

export type SearchMemoryQueryVariables = Exact<{
  memory: string;
  about: string;
  first?: number | null | undefined;
  subject?: string | null | undefined;
}>;


export type SearchMemoryQuery = { facts: Array<{ score: number, fact: { id: string, subject: string | null, text: string, metadata: unknown, createdAt: string, expiresAt: string | null } }> | null };

export type ListFactIdsQueryVariables = Exact<{
  memory: string;
  metadata: unknown;
  after?: string | null | undefined;
}>;


export type ListFactIdsQuery = { storedFacts: { edges: Array<{ node: { id: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type RememberFactsMutationVariables = Exact<{
  input: RememberFactsInput;
}>;


export type RememberFactsMutation = { rememberFacts:
    | { __typename: 'DailyLimitExceededError', message: string }
    | { __typename: 'EmbeddingFailedError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RememberFactsSuccess', ids: Array<string>, evicted: number }
   | null };

export type ForgetFactsMutationVariables = Exact<{
  input: ForgetFactsInput;
}>;


export type ForgetFactsMutation = { forgetFacts:
    | { __typename: 'ForgetFactsSuccess', forgotten: number }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   | null };

export type ForgetSessionMutationVariables = Exact<{
  input: ForgetSessionInput;
}>;


export type ForgetSessionMutation = { forgetSession:
    | { __typename: 'ForgetSessionSuccess', episodes: number }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type ForgetSubjectMutationVariables = Exact<{
  input: ForgetSubjectInput;
}>;


export type ForgetSubjectMutation = { forgetSubject:
    | { __typename: 'ForgetSubjectSuccess', facts: number, episodes: number }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type ShownKeyFragment = { id: string, name: string, scopes: Array<string>, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null };

export type ListKeysQueryVariables = Exact<{
  first: number;
}>;


export type ListKeysQuery = { apiKeys: { edges: Array<{ node: { id: string, name: string, scopes: Array<string>, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } }>, pageInfo: { hasNextPage: boolean } } | null };

export type CreateKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateKeyMutation = { createApiKey:
    | { __typename: 'CreateApiKeySuccess', key: string, apiKey: { id: string, name: string, scopes: Array<string>, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type RotateKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;


export type RotateKeyMutation = { rotateApiKey:
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RotateApiKeySuccess', key: string, apiKey: { id: string, name: string, scopes: Array<string>, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } }
   | null };

export type RevokeKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeKeyMutation = { revokeApiKey:
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'RevokeApiKeySuccess', apiKey: { id: string, name: string, scopes: Array<string>, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } }
   | null };

export type ShownDenialFragment = { id: string, kind: TokenDenialKind, value: string, deniedAt: string, deniedBy: string, expiresAt: string | null };

export type ListTokenDenialsQueryVariables = Exact<{
  first: number;
}>;


export type ListTokenDenialsQuery = { tokenDenials: { edges: Array<{ node: { id: string, kind: TokenDenialKind, value: string, deniedAt: string, deniedBy: string, expiresAt: string | null } }>, pageInfo: { hasNextPage: boolean } } | null };

export type DenyTokenMutationVariables = Exact<{
  input: DenyTokenInput;
}>;


export type DenyTokenMutation = { denyToken:
    | { __typename: 'DenyTokenSuccess', denial: { id: string, kind: TokenDenialKind, value: string, deniedAt: string, deniedBy: string, expiresAt: string | null } }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type AllowTokenMutationVariables = Exact<{
  input: AllowTokenInput;
}>;


export type AllowTokenMutation = { allowToken:
    | { __typename: 'AllowTokenSuccess', denial: { id: string, kind: TokenDenialKind, value: string, deniedAt: string, deniedBy: string, expiresAt: string | null } }
    | { __typename: 'NotFoundError', message: string }
   | null };

export type ListAuditLogQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: AuditFilter | null | undefined;
}>;


export type ListAuditLogQuery = { auditLog: { edges: Array<{ node: { id: string, at: string, subject: string, action: AuditAction, noun: string, nounId: string | null, outcome: AuditOutcome, fields: Array<string>, credentialKind: CredentialKind | null, credentialId: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ExportAuditLogMutationVariables = Exact<{
  input: ExportAuditLogInput;
}>;


export type ExportAuditLogMutation = { exportAuditLog:
    | { __typename: 'ExportAuditLogSuccess' }
    | { __typename: 'InvalidInputError', message: string }
   | null };

export type ShownSecretFragment = { name: string, version: number, createdAt: string, updatedAt: string, updatedBy: string };

export type ListSecretsQueryVariables = Exact<{
  first: number;
}>;


export type ListSecretsQuery = { secrets: { edges: Array<{ node: { name: string, version: number, createdAt: string, updatedAt: string, updatedBy: string } }>, pageInfo: { hasNextPage: boolean } } | null };

export type ShowSecretQueryVariables = Exact<{
  name: string;
}>;


export type ShowSecretQuery = { secret: { name: string, version: number, createdAt: string, updatedAt: string, updatedBy: string } | null };

export type SetSecretMutationVariables = Exact<{
  input: SetSecretInput;
}>;


export type SetSecretMutation = { setSecret:
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'SecretVersionConflict', message: string }
    | { __typename: 'SetSecretSuccess', secret: { name: string, version: number, createdAt: string, updatedAt: string, updatedBy: string } }
   | null };

export type DeleteSecretMutationVariables = Exact<{
  input: DeleteSecretInput;
}>;


export type DeleteSecretMutation = { deleteSecret:
    | { __typename: 'DeleteSecretSuccess', secret: { name: string, version: number, createdAt: string, updatedAt: string, updatedBy: string } }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'SecretVersionConflict', message: string }
   | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ShownFailureFragmentDoc = new TypedDocumentString(`
    fragment ShownFailure on Failure {
  reason
  message
  path
}
    `, {"fragmentName":"ShownFailure"}) as unknown as TypedDocumentString<ShownFailureFragment, unknown>;
export const ShownExecutionFragmentDoc = new TypedDocumentString(`
    fragment ShownExecution on Execution {
  id
  status
  progress {
    done
    total
  }
  requestedAt
  finishedAt
  failure {
    ...ShownFailure
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}`, {"fragmentName":"ShownExecution"}) as unknown as TypedDocumentString<ShownExecutionFragment, unknown>;
export const ShownEndFragmentDoc = new TypedDocumentString(`
    fragment ShownEnd on SandboxReceipt {
  outcome
  deniedCall
}
    `, {"fragmentName":"ShownEnd"}) as unknown as TypedDocumentString<ShownEndFragment, unknown>;
export const ShownNodeFragmentDoc = new TypedDocumentString(`
    fragment ShownNode on ExecutionNode {
  path
  kind
  status
  attempt
  startedAt
  finishedAt
  retryAt
  progress {
    done
    total
  }
  failure {
    ...ShownFailure
  }
  receipt {
    ...ShownEnd
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}
fragment ShownEnd on SandboxReceipt {
  outcome
  deniedCall
}`, {"fragmentName":"ShownNode"}) as unknown as TypedDocumentString<ShownNodeFragment, unknown>;
export const ShownTextFragmentDoc = new TypedDocumentString(`
    fragment ShownText on ExecutionNode {
  path
  attempt
  text
  textOffset
  log
  logOffset
}
    `, {"fragmentName":"ShownText"}) as unknown as TypedDocumentString<ShownTextFragment, unknown>;
export const ShownDeltaFragmentDoc = new TypedDocumentString(`
    fragment ShownDelta on ExecutionDelta {
  path
  attempt
  channel
  offset
  text
}
    `, {"fragmentName":"ShownDelta"}) as unknown as TypedDocumentString<ShownDeltaFragment, unknown>;
export const ShownReceiptFragmentDoc = new TypedDocumentString(`
    fragment ShownReceipt on SandboxReceipt {
  outcome
  deniedCall
  profile
  layer
  cgroup
  hasProc
  limits {
    timeoutMs
    cpuMs
    memoryBytes
    outputBytes
    processes
    scratchBytes
  }
  cpuMs
  wallMs
  peakMemoryBytes
  source
  reused
  bytesIn
  bytesOut
  hostCalls
  hostBytesSent
  hostBytesReceived
  grants
}
    `, {"fragmentName":"ShownReceipt"}) as unknown as TypedDocumentString<ShownReceiptFragment, unknown>;
export const ShownEventFragmentDoc = new TypedDocumentString(`
    fragment ShownEvent on ExecutionEvent {
  __typename
  cursor
  sequence
  type
  at
  ... on NodeEvent {
    path
  }
  ... on AttemptStarted {
    attempt
  }
  ... on AttemptSucceeded {
    attempt
  }
  ... on AttemptAbandoned {
    attempt
  }
  ... on AttemptCanceled {
    attempt
  }
  ... on AttemptFailed {
    attempt
    failure {
      ...ShownFailure
    }
    receipt {
      ...ShownEnd
    }
    retryAt
  }
  ... on NodeFailed {
    failure {
      ...ShownFailure
    }
  }
  ... on ExecutionFailed {
    failure {
      ...ShownFailure
    }
  }
  ... on AgentTurned {
    attempt
    agent
    turn
    model
    usage {
      inputTokens
      outputTokens
      costUsdMicros
    }
  }
  ... on ToolCalled {
    attempt
    agent
    turn
    tool
    isError
  }
  ... on TaskHandedOver {
    attempt
    agent
    to
  }
  ... on VoteCast {
    attempt
    agent
    round
    choice
    score
    reason
  }
  ... on RoundEnded {
    attempt
    round
    choice
  }
  ... on NoteWritten {
    attempt
    agent
    key
    bytes
  }
  ... on PastRecalled {
    attempt
    agent
    session
    episodes
  }
  ... on CancelRequested {
    reason
  }
  ... on PauseRequested {
    reason
  }
  ... on ExecutionPaused {
    cause
  }
  ... on ExecutionCanceled {
    stopped {
      path
      attempt
    }
    quietMs
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}
fragment ShownEnd on SandboxReceipt {
  outcome
  deniedCall
}`, {"fragmentName":"ShownEvent"}) as unknown as TypedDocumentString<ShownEventFragment, unknown>;
export const ShownIssueFragmentDoc = new TypedDocumentString(`
    fragment ShownIssue on Issue {
  rule
  path
  message
  line
  column
}
    `, {"fragmentName":"ShownIssue"}) as unknown as TypedDocumentString<ShownIssueFragment, unknown>;
export const ShownPolicyFragmentDoc = new TypedDocumentString(`
    fragment ShownPolicy on Policy {
  version
  hosts
  folders
  secrets {
    name
    hosts
    header
    reveal
  }
  updatedAt
  updatedBy
}
    `, {"fragmentName":"ShownPolicy"}) as unknown as TypedDocumentString<ShownPolicyFragment, unknown>;
export const ShownKeyFragmentDoc = new TypedDocumentString(`
    fragment ShownKey on ApiKey {
  id
  name
  scopes
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}
    `, {"fragmentName":"ShownKey"}) as unknown as TypedDocumentString<ShownKeyFragment, unknown>;
export const ShownDenialFragmentDoc = new TypedDocumentString(`
    fragment ShownDenial on TokenDenial {
  id
  kind
  value
  deniedAt
  deniedBy
  expiresAt
}
    `, {"fragmentName":"ShownDenial"}) as unknown as TypedDocumentString<ShownDenialFragment, unknown>;
export const ShownSecretFragmentDoc = new TypedDocumentString(`
    fragment ShownSecret on Secret {
  name
  version
  createdAt
  updatedAt
  updatedBy
}
    `, {"fragmentName":"ShownSecret"}) as unknown as TypedDocumentString<ShownSecretFragment, unknown>;
export const FindBlueprintDocument = new TypedDocumentString(`
    query FindBlueprint($name: String!) {
  blueprint(name: $name) {
    id
    name
    version
    hasUnpublishedChanges
    publishedRevision {
      version
    }
  }
}
    `) as unknown as TypedDocumentString<FindBlueprintQuery, FindBlueprintQueryVariables>;
export const ListBlueprintsDocument = new TypedDocumentString(`
    query ListBlueprints($first: Int!, $after: String) {
  blueprints(first: $first, after: $after) {
    edges {
      node {
        name
        version
        hasUnpublishedChanges
        publishedRevision {
          version
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListBlueprintsQuery, ListBlueprintsQueryVariables>;
export const ListExecutionsDocument = new TypedDocumentString(`
    query ListExecutions($first: Int!, $after: String, $filter: ExecutionFilter) {
  executions(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        ...ShownExecution
        revision {
          name
          version
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}
fragment ShownExecution on Execution {
  id
  status
  progress {
    done
    total
  }
  requestedAt
  finishedAt
  failure {
    ...ShownFailure
  }
}`) as unknown as TypedDocumentString<ListExecutionsQuery, ListExecutionsQueryVariables>;
export const FindExecutionDocument = new TypedDocumentString(`
    query FindExecution($id: ID!) {
  execution(id: $id) {
    ...ShownExecution
    startCursor
    output
    revision {
      name
      version
    }
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}
fragment ShownExecution on Execution {
  id
  status
  progress {
    done
    total
  }
  requestedAt
  finishedAt
  failure {
    ...ShownFailure
  }
}`) as unknown as TypedDocumentString<FindExecutionQuery, FindExecutionQueryVariables>;
export const ListReceiptsDocument = new TypedDocumentString(`
    query ListReceipts($id: ID!, $after: String) {
  execution(id: $id) {
    events(
      first: 100
      after: $after
      filter: {types: [ATTEMPT_SUCCEEDED, ATTEMPT_FAILED, ATTEMPT_CANCELED]}
    ) {
      edges {
        node {
          at
          ... on NodeEvent {
            path
          }
          ... on AttemptSucceeded {
            attempt
            receipt {
              ...ShownReceipt
            }
          }
          ... on AttemptFailed {
            attempt
            receipt {
              ...ShownReceipt
            }
          }
          ... on AttemptCanceled {
            attempt
            receipt {
              ...ShownReceipt
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment ShownReceipt on SandboxReceipt {
  outcome
  deniedCall
  profile
  layer
  cgroup
  hasProc
  limits {
    timeoutMs
    cpuMs
    memoryBytes
    outputBytes
    processes
    scratchBytes
  }
  cpuMs
  wallMs
  peakMemoryBytes
  source
  reused
  bytesIn
  bytesOut
  hostCalls
  hostBytesSent
  hostBytesReceived
  grants
}`) as unknown as TypedDocumentString<ListReceiptsQuery, ListReceiptsQueryVariables>;
export const WhoAmIDocument = new TypedDocumentString(`
    query WhoAmI {
  viewer {
    subject
    scopes
  }
}
    `) as unknown as TypedDocumentString<WhoAmIQuery, WhoAmIQueryVariables>;
export const CreateBlueprintDocument = new TypedDocumentString(`
    mutation CreateBlueprint($input: CreateBlueprintInput!) {
  createBlueprint(input: $input) {
    __typename
    ... on CreateBlueprintSuccess {
      blueprint {
        id
        version
      }
    }
    ... on InvalidBlueprintError {
      issues {
        ...ShownIssue
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment ShownIssue on Issue {
  rule
  path
  message
  line
  column
}`) as unknown as TypedDocumentString<CreateBlueprintMutation, CreateBlueprintMutationVariables>;
export const UpdateBlueprintDocument = new TypedDocumentString(`
    mutation UpdateBlueprint($input: UpdateBlueprintInput!) {
  updateBlueprint(input: $input) {
    __typename
    ... on UpdateBlueprintSuccess {
      outcome
      blueprint {
        id
        version
      }
    }
    ... on InvalidBlueprintError {
      issues {
        ...ShownIssue
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment ShownIssue on Issue {
  rule
  path
  message
  line
  column
}`) as unknown as TypedDocumentString<UpdateBlueprintMutation, UpdateBlueprintMutationVariables>;
export const PublishBlueprintDocument = new TypedDocumentString(`
    mutation PublishBlueprint($input: PublishBlueprintInput!) {
  publishBlueprint(input: $input) {
    __typename
    ... on PublishBlueprintSuccess {
      outcome
      blueprint {
        version
        publishedRevision {
          version
        }
      }
    }
    ... on InvalidBlueprintError {
      issues {
        ...ShownIssue
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment ShownIssue on Issue {
  rule
  path
  message
  line
  column
}`) as unknown as TypedDocumentString<PublishBlueprintMutation, PublishBlueprintMutationVariables>;
export const StartExecutionDocument = new TypedDocumentString(`
    mutation StartExecution($input: StartExecutionInput!) {
  startExecution(input: $input) {
    __typename
    ... on StartExecutionSuccess {
      created
      execution {
        id
        status
        revision {
          version
        }
      }
    }
    ... on InvalidInputError {
      issues {
        ...ShownIssue
      }
    }
    ... on InvalidBlueprintError {
      issues {
        ...ShownIssue
      }
    }
    ... on Error {
      message
    }
  }
}
    fragment ShownIssue on Issue {
  rule
  path
  message
  line
  column
}`) as unknown as TypedDocumentString<StartExecutionMutation, StartExecutionMutationVariables>;
export const CancelExecutionDocument = new TypedDocumentString(`
    mutation CancelExecution($input: CancelExecutionInput!) {
  cancelExecution(input: $input) {
    __typename
    ... on CancelExecutionSuccess {
      execution {
        id
        status
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelExecutionMutation, CancelExecutionMutationVariables>;
export const PauseExecutionDocument = new TypedDocumentString(`
    mutation PauseExecution($input: PauseExecutionInput!) {
  pauseExecution(input: $input) {
    __typename
    ... on PauseExecutionSuccess {
      execution {
        id
        status
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PauseExecutionMutation, PauseExecutionMutationVariables>;
export const ResumeExecutionDocument = new TypedDocumentString(`
    mutation ResumeExecution($input: ResumeExecutionInput!) {
  resumeExecution(input: $input) {
    __typename
    ... on ResumeExecutionSuccess {
      execution {
        id
        status
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeExecutionMutation, ResumeExecutionMutationVariables>;
export const WatchExecutionDocument = new TypedDocumentString(`
    subscription WatchExecution($executionId: ID!, $after: String) {
  executionEvents(executionId: $executionId, after: $after) {
    __typename
    ... on ExecutionSnapshot {
      cursor
      execution {
        ...ShownExecution
      }
      nodes {
        ...ShownNode
        ...ShownText
      }
    }
    ... on ExecutionDelta {
      ...ShownDelta
    }
    ... on ExecutionEvents {
      cursor
      events {
        ...ShownEvent
      }
      execution {
        ...ShownExecution
      }
      nodes {
        ...ShownNode
      }
    }
    ... on StreamLagged {
      resumeAfter
    }
    ... on Error {
      message
    }
  }
}
    fragment ShownFailure on Failure {
  reason
  message
  path
}
fragment ShownExecution on Execution {
  id
  status
  progress {
    done
    total
  }
  requestedAt
  finishedAt
  failure {
    ...ShownFailure
  }
}
fragment ShownNode on ExecutionNode {
  path
  kind
  status
  attempt
  startedAt
  finishedAt
  retryAt
  progress {
    done
    total
  }
  failure {
    ...ShownFailure
  }
  receipt {
    ...ShownEnd
  }
}
fragment ShownText on ExecutionNode {
  path
  attempt
  text
  textOffset
  log
  logOffset
}
fragment ShownDelta on ExecutionDelta {
  path
  attempt
  channel
  offset
  text
}
fragment ShownEnd on SandboxReceipt {
  outcome
  deniedCall
}
fragment ShownEvent on ExecutionEvent {
  __typename
  cursor
  sequence
  type
  at
  ... on NodeEvent {
    path
  }
  ... on AttemptStarted {
    attempt
  }
  ... on AttemptSucceeded {
    attempt
  }
  ... on AttemptAbandoned {
    attempt
  }
  ... on AttemptCanceled {
    attempt
  }
  ... on AttemptFailed {
    attempt
    failure {
      ...ShownFailure
    }
    receipt {
      ...ShownEnd
    }
    retryAt
  }
  ... on NodeFailed {
    failure {
      ...ShownFailure
    }
  }
  ... on ExecutionFailed {
    failure {
      ...ShownFailure
    }
  }
  ... on AgentTurned {
    attempt
    agent
    turn
    model
    usage {
      inputTokens
      outputTokens
      costUsdMicros
    }
  }
  ... on ToolCalled {
    attempt
    agent
    turn
    tool
    isError
  }
  ... on TaskHandedOver {
    attempt
    agent
    to
  }
  ... on VoteCast {
    attempt
    agent
    round
    choice
    score
    reason
  }
  ... on RoundEnded {
    attempt
    round
    choice
  }
  ... on NoteWritten {
    attempt
    agent
    key
    bytes
  }
  ... on PastRecalled {
    attempt
    agent
    session
    episodes
  }
  ... on CancelRequested {
    reason
  }
  ... on PauseRequested {
    reason
  }
  ... on ExecutionPaused {
    cause
  }
  ... on ExecutionCanceled {
    stopped {
      path
      attempt
    }
    quietMs
  }
}`) as unknown as TypedDocumentString<WatchExecutionSubscription, WatchExecutionSubscriptionVariables>;
export const ShowPolicyDocument = new TypedDocumentString(`
    query ShowPolicy {
  policy {
    ...ShownPolicy
  }
}
    fragment ShownPolicy on Policy {
  version
  hosts
  folders
  secrets {
    name
    hosts
    header
    reveal
  }
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<ShowPolicyQuery, ShowPolicyQueryVariables>;
export const UpdatePolicyDocument = new TypedDocumentString(`
    mutation UpdatePolicy($input: UpdatePolicyInput!) {
  updatePolicy(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on UpdatePolicySuccess {
      outcome
      policy {
        ...ShownPolicy
      }
    }
  }
}
    fragment ShownPolicy on Policy {
  version
  hosts
  folders
  secrets {
    name
    hosts
    header
    reveal
  }
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<UpdatePolicyMutation, UpdatePolicyMutationVariables>;
export const HasExecutionDocument = new TypedDocumentString(`
    query HasExecution($id: ID!) {
  execution(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<HasExecutionQuery, HasExecutionQueryVariables>;
export const UsageTotalsDocument = new TypedDocumentString(`
    query UsageTotals($groupBy: UsageGrouping!, $filter: LedgerFilter) {
  usageTotals(groupBy: $groupBy, filter: $filter) {
    startsAt
    blueprintId
    blueprint {
      name
    }
    model
    kind
    calls
    estimatedCalls
    inputTokens
    cachedInputTokens
    cacheWriteTokens
    outputTokens
    reasoningTokens
    costUsdMicros
  }
}
    `) as unknown as TypedDocumentString<UsageTotalsQuery, UsageTotalsQueryVariables>;
export const ExportLedgerDocument = new TypedDocumentString(`
    mutation ExportLedger($input: ExportLedgerInput!) {
  exportLedger(input: $input) {
    __typename
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ExportLedgerMutation, ExportLedgerMutationVariables>;
export const ListLedgerDocument = new TypedDocumentString(`
    query ListLedger($first: Int!, $after: String, $filter: LedgerFilter) {
  ledger(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        at
        executionId
        rootExecutionId
        blueprintId
        blueprint {
          name
        }
        path
        attempt
        call
        kind
        model
        inputTokens
        cachedInputTokens
        cacheWriteTokens
        outputTokens
        reasoningTokens
        costUsdMicros
        usageSource
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListLedgerQuery, ListLedgerQueryVariables>;
export const ListRegistryDocument = new TypedDocumentString(`
    query ListRegistry {
  agents {
    name
    version
    description
    model
    tools
    memories
    grants
    maxTurns
  }
  memories {
    name
    kind
    guarantees
    description
    model
    collection
    lifetimeMs
  }
  models {
    name
    version
    kind
    description
    isFree
    maxOutputTokens
    fallbacks
    dimensions
  }
  nodeKinds {
    kind
    description
  }
  tools {
    name
    version
    description
    limits
    grants
    runtime
  }
}
    `) as unknown as TypedDocumentString<ListRegistryQuery, ListRegistryQueryVariables>;
export const SearchMemoryDocument = new TypedDocumentString(`
    query SearchMemory($memory: String!, $about: String!, $first: Int, $subject: String) {
  facts(memory: $memory, about: $about, first: $first, subject: $subject) {
    score
    fact {
      id
      subject
      text
      metadata
      createdAt
      expiresAt
    }
  }
}
    `) as unknown as TypedDocumentString<SearchMemoryQuery, SearchMemoryQueryVariables>;
export const ListFactIdsDocument = new TypedDocumentString(`
    query ListFactIds($memory: String!, $metadata: JSON!, $after: String) {
  storedFacts(memory: $memory, metadata: $metadata, first: 100, after: $after) {
    edges {
      node {
        id
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListFactIdsQuery, ListFactIdsQueryVariables>;
export const RememberFactsDocument = new TypedDocumentString(`
    mutation RememberFacts($input: RememberFactsInput!) {
  rememberFacts(input: $input) {
    __typename
    ... on RememberFactsSuccess {
      ids
      evicted
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RememberFactsMutation, RememberFactsMutationVariables>;
export const ForgetFactsDocument = new TypedDocumentString(`
    mutation ForgetFacts($input: ForgetFactsInput!) {
  forgetFacts(input: $input) {
    __typename
    ... on ForgetFactsSuccess {
      forgotten
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ForgetFactsMutation, ForgetFactsMutationVariables>;
export const ForgetSessionDocument = new TypedDocumentString(`
    mutation ForgetSession($input: ForgetSessionInput!) {
  forgetSession(input: $input) {
    __typename
    ... on ForgetSessionSuccess {
      episodes
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ForgetSessionMutation, ForgetSessionMutationVariables>;
export const ForgetSubjectDocument = new TypedDocumentString(`
    mutation ForgetSubject($input: ForgetSubjectInput!) {
  forgetSubject(input: $input) {
    __typename
    ... on ForgetSubjectSuccess {
      facts
      episodes
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ForgetSubjectMutation, ForgetSubjectMutationVariables>;
export const ListKeysDocument = new TypedDocumentString(`
    query ListKeys($first: Int!) {
  apiKeys(first: $first) {
    edges {
      node {
        ...ShownKey
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment ShownKey on ApiKey {
  id
  name
  scopes
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<ListKeysQuery, ListKeysQueryVariables>;
export const CreateKeyDocument = new TypedDocumentString(`
    mutation CreateKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on CreateApiKeySuccess {
      key
      apiKey {
        ...ShownKey
      }
    }
  }
}
    fragment ShownKey on ApiKey {
  id
  name
  scopes
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<CreateKeyMutation, CreateKeyMutationVariables>;
export const RotateKeyDocument = new TypedDocumentString(`
    mutation RotateKey($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on RotateApiKeySuccess {
      key
      apiKey {
        ...ShownKey
      }
    }
  }
}
    fragment ShownKey on ApiKey {
  id
  name
  scopes
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<RotateKeyMutation, RotateKeyMutationVariables>;
export const RevokeKeyDocument = new TypedDocumentString(`
    mutation RevokeKey($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on RevokeApiKeySuccess {
      apiKey {
        ...ShownKey
      }
    }
  }
}
    fragment ShownKey on ApiKey {
  id
  name
  scopes
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<RevokeKeyMutation, RevokeKeyMutationVariables>;
export const ListTokenDenialsDocument = new TypedDocumentString(`
    query ListTokenDenials($first: Int!) {
  tokenDenials(first: $first) {
    edges {
      node {
        ...ShownDenial
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment ShownDenial on TokenDenial {
  id
  kind
  value
  deniedAt
  deniedBy
  expiresAt
}`) as unknown as TypedDocumentString<ListTokenDenialsQuery, ListTokenDenialsQueryVariables>;
export const DenyTokenDocument = new TypedDocumentString(`
    mutation DenyToken($input: DenyTokenInput!) {
  denyToken(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on DenyTokenSuccess {
      denial {
        ...ShownDenial
      }
    }
  }
}
    fragment ShownDenial on TokenDenial {
  id
  kind
  value
  deniedAt
  deniedBy
  expiresAt
}`) as unknown as TypedDocumentString<DenyTokenMutation, DenyTokenMutationVariables>;
export const AllowTokenDocument = new TypedDocumentString(`
    mutation AllowToken($input: AllowTokenInput!) {
  allowToken(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on AllowTokenSuccess {
      denial {
        ...ShownDenial
      }
    }
  }
}
    fragment ShownDenial on TokenDenial {
  id
  kind
  value
  deniedAt
  deniedBy
  expiresAt
}`) as unknown as TypedDocumentString<AllowTokenMutation, AllowTokenMutationVariables>;
export const ListAuditLogDocument = new TypedDocumentString(`
    query ListAuditLog($first: Int!, $after: String, $filter: AuditFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        id
        at
        subject
        action
        noun
        nounId
        outcome
        fields
        credentialKind
        credentialId
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListAuditLogQuery, ListAuditLogQueryVariables>;
export const ExportAuditLogDocument = new TypedDocumentString(`
    mutation ExportAuditLog($input: ExportAuditLogInput!) {
  exportAuditLog(input: $input) {
    __typename
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ExportAuditLogMutation, ExportAuditLogMutationVariables>;
export const ListSecretsDocument = new TypedDocumentString(`
    query ListSecrets($first: Int!) {
  secrets(first: $first) {
    edges {
      node {
        ...ShownSecret
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment ShownSecret on Secret {
  name
  version
  createdAt
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<ListSecretsQuery, ListSecretsQueryVariables>;
export const ShowSecretDocument = new TypedDocumentString(`
    query ShowSecret($name: String!) {
  secret(name: $name) {
    ...ShownSecret
  }
}
    fragment ShownSecret on Secret {
  name
  version
  createdAt
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<ShowSecretQuery, ShowSecretQueryVariables>;
export const SetSecretDocument = new TypedDocumentString(`
    mutation SetSecret($input: SetSecretInput!) {
  setSecret(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on SetSecretSuccess {
      secret {
        ...ShownSecret
      }
    }
  }
}
    fragment ShownSecret on Secret {
  name
  version
  createdAt
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<SetSecretMutation, SetSecretMutationVariables>;
export const DeleteSecretDocument = new TypedDocumentString(`
    mutation DeleteSecret($input: DeleteSecretInput!) {
  deleteSecret(input: $input) {
    __typename
    ... on Error {
      message
    }
    ... on DeleteSecretSuccess {
      secret {
        ...ShownSecret
      }
    }
  }
}
    fragment ShownSecret on Secret {
  name
  version
  createdAt
  updatedAt
  updatedBy
}`) as unknown as TypedDocumentString<DeleteSecretMutation, DeleteSecretMutationVariables>;