import { CONFIGURED_MODELS, counter } from './describe-metric.ts';

const kind = ['llm', 'embedding'] as const;

/** The metrics of models, and of what agents remember. Views by tenant are the ledger's. */
export const MODEL_METRICS = {
  modelCalls: counter({
    name: 'iceos_model_calls_total',
    help: 'Calls at providers of models. Refused: the budget had no room, and the call was not made.',
    labels: { kind, outcome: ['answered', 'failed', 'refused', 'aborted'] },
  }),
  modelTokens: counter({
    name: 'iceos_model_tokens_total',
    help: 'Tokens as they were charged.',
    labels: { kind, model: CONFIGURED_MODELS, direction: ['input', 'output'] },
  }),
  modelCost: counter({
    name: 'iceos_model_cost_usd_total',
    help:
      'US dollars as they were charged. Those of embeddings are what semantic memory cost; working and episodic memory ' +
      'call no model.',
    labels: { kind, model: CONFIGURED_MODELS },
  }),
  memoryOperations: counter({
    name: 'iceos_memory_operations_total',
    help: 'Reads and writes of what agents remember.',
    labels: { kind: ['working', 'episodic', 'semantic'], operation: ['read', 'write'] },
  }),
  memoryTokens: counter({
    name: 'iceos_memory_tokens_total',
    help: 'Tokens of what was found in memory or written into it, with those of the questions.',
    labels: { kind: ['working', 'episodic', 'semantic'], operation: ['read', 'write'] },
  }),
} as const;
