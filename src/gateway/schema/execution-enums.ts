import { builder } from '../builder.ts';

export const ExecutionStatus = builder.enumType('ExecutionStatus', {
  description: 'How an execution stands. SUCCEEDED, FAILED and CANCELED are final.',
  values: {
    PENDING: { value: 'pending', description: 'Requested; nothing has begun.' },
    RUNNING: { value: 'running', description: 'Something runs or is about to.' },
    WAITING: { value: 'waiting', description: 'Nothing runs until a time comes, such as that of a retry.' },
    PAUSED: { value: 'paused', description: 'Nothing begins until it is resumed; what runs may end.' },
    SUCCEEDED: { value: 'succeeded', description: 'Ended well; there is an output.' },
    FAILED: { value: 'failed', description: 'Ended by a failure.' },
    CANCELED: { value: 'canceled', description: 'Ended because somebody asked for it.' },
  } as const,
});

export const ExecutionNodeStatus = builder.enumType('ExecutionNodeStatus', {
  description: 'How a node of an execution stands. SUCCEEDED, FAILED, SKIPPED and CANCELED are final.',
  values: {
    BLOCKED: { value: 'blocked', description: 'Something that it needs has not ended.' },
    READY: { value: 'ready', description: 'It may begin.' },
    RUNNING: { value: 'running', description: 'An attempt runs; of a composite: something in it may run.' },
    WAITING: { value: 'waiting', description: 'It waits for a time, such as that of a retry.' },
    SUCCEEDED: { value: 'succeeded', description: 'It ended well.' },
    FAILED: { value: 'failed', description: 'It ended by a failure.' },
    SKIPPED: { value: 'skipped', description: 'It did not have to run.' },
    CANCELED: { value: 'canceled', description: 'It was stopped, or given up before it began.' },
  } as const,
});

export const ExecutionEventType = builder.enumType('ExecutionEventType', {
  description: 'What an event says. More may come in minor releases.',
  values: {
    EXECUTION_REQUESTED: { value: 'executionRequested', description: 'The first event of each execution.' },
    EXECUTION_STARTED: { value: 'executionStarted', description: 'An orchestrator took it up.' },
    ATTEMPT_STARTED: { value: 'attemptStarted', description: 'A try at a node began; of a composite: it opened.' },
    ATTEMPT_SUCCEEDED: { value: 'attemptSucceeded', description: 'A node has its output.' },
    ATTEMPT_FAILED: { value: 'attemptFailed', description: 'A try failed; there may be another.' },
    ATTEMPT_ABANDONED: { value: 'attemptAbandoned', description: 'The process that ran a try is gone.' },
    ATTEMPT_CANCELED: { value: 'attemptCanceled', description: 'A try was stopped.' },
    NODE_FAILED: { value: 'nodeFailed', description: 'A composite failed, or an expression of a node.' },
    NODE_SKIPPED: { value: 'nodeSkipped', description: 'A node did not have to run.' },
    BODY_SUCCEEDED: { value: 'bodySucceeded', description: 'An iteration of a loop or a branch ended well.' },
    CANCEL_REQUESTED: { value: 'cancelRequested', description: 'Somebody asked that the execution ends.' },
    PAUSE_REQUESTED: { value: 'pauseRequested', description: 'Somebody asked that nothing more begins.' },
    EXECUTION_PAUSED: { value: 'executionPaused', description: 'Nothing more begins.' },
    RESUME_REQUESTED: {
      value: 'resumeRequested',
      description: 'Somebody asked that it goes on, or changed its budget.',
    },
    EXECUTION_RESUMED: { value: 'executionResumed', description: 'It goes on.' },
    AGENT_TURNED: { value: 'agentTurned', description: 'A model answered an agent.' },
    TOOL_CALLED: { value: 'toolCalled', description: 'A tool that a model had asked for was called, or refused.' },
    TASK_HANDED_OVER: { value: 'taskHandedOver', description: 'An agent gave a task to another one.' },
    VOTE_CAST: { value: 'voteCast', description: 'A member of a swarm chose, or offered to do the work.' },
    ROUND_ENDED: { value: 'roundEnded', description: 'Every member of a swarm was heard.' },
    NOTE_WRITTEN: { value: 'noteWritten', description: 'An agent wrote into the working memory.' },
    PAST_RECALLED: { value: 'pastRecalled', description: 'An agent was told the past of its session.' },
    EXECUTION_SUCCEEDED: { value: 'executionSucceeded', description: 'The last event of one that ended well.' },
    EXECUTION_FAILED: { value: 'executionFailed', description: 'The last event of one that failed.' },
    EXECUTION_CANCELED: { value: 'executionCanceled', description: 'The last event of one that was canceled.' },
    UNKNOWN: { value: 'unknown', description: 'Written by a newer release than this gateway.' },
  } as const,
});

export const DeltaChannel = builder.enumType('DeltaChannel', {
  description: 'What an attempt says while it runs.',
  values: {
    TEXT: { value: 'text', description: 'What a model says.' },
    LOG: { value: 'log', description: 'What a tool or code prints, a line each.' },
  } as const,
});

export const EventCause = builder.enumType('EventCause', {
  description: 'Why something was skipped, stopped, abandoned or paused. More may come in minor releases.',
  values: {
    OWNER_DIED: { value: 'ownerDied', description: 'Its process died.' },
    SHUTDOWN: { value: 'shutdown', description: 'Its process was shut down before it ended.' },
    PAUSED: { value: 'paused', description: 'It stopped where it can go on when the execution is resumed.' },
    CANCEL_REQUESTED: { value: 'cancelRequested', description: 'The execution is being canceled.' },
    DEADLINE_PASSED: { value: 'deadlinePassed', description: 'The execution took longer than it may.' },
    SIBLING_FAILED: { value: 'siblingFailed', description: 'A failure beside it ended what surrounds both.' },
    NOT_NEEDED: { value: 'notNeeded', description: 'Enough other branches have succeeded.' },
    CONDITION_FALSE: { value: 'conditionFalse', description: 'Its `when` was false.' },
    DEPENDENCY_SKIPPED: { value: 'dependencySkipped', description: 'Something that it needs was skipped.' },
    REQUESTED: { value: 'requested', description: 'Somebody asked for it.' },
    BUDGET_SOFT_LIMIT: {
      value: 'budgetSoftLimit',
      description: 'What was spent reached the soft limit of its budget.',
    },
    FALLBACK_NOT_NEEDED: { value: 'fallbackNotNeeded', description: 'What it stands in for has succeeded.' },
  } as const,
});
