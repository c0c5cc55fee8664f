import type {
  DailyLimitExceededError as DailyLimitExceeded,
  EmbeddingFailedError as EmbeddingFailed,
  InvalidBlueprintError as InvalidBlueprint,
  InvalidInputError as InvalidInput,
  NameTakenError as NameTaken,
  NotFoundError as NotFound,
} from '../../core/errors.ts';
import { builder } from '../builder.ts';
import { ErrorInterface } from '../result-union.ts';
import { IssueType } from './issue.ts';

export const NotFoundError = builder.objectRef<NotFound>('NotFoundError').implement({
  description: 'Does not exist, or is not yours to see: nobody can tell which.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ id: t.exposeID('id', { description: 'The ID as you gave it.' }) }),
});

export const InvalidBlueprintError = builder.objectRef<InvalidBlueprint>('InvalidBlueprintError').implement({
  description: 'The document cannot be read, or the compiler found faults in it. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.expose('issues', { type: [IssueType], description: 'All faults at once.' }),
  }),
});

export const InvalidInputError = builder.objectRef<InvalidInput>('InvalidInputError').implement({
  description: 'The input of the mutation is not what it must be. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.expose('issues', { type: [IssueType], description: 'All faults at once; paths lead into the input.' }),
  }),
});

export const NameTakenError = builder.objectRef<NameTaken>('NameTakenError').implement({
  description: 'Another blueprint has this name. Names of deleted ones are free.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ name: t.exposeString('name', { description: 'The name that is taken.' }) }),
});

export const EmbeddingFailedError = builder.objectRef<EmbeddingFailed>('EmbeddingFailedError').implement({
  description: 'The model of embeddings did not make the vectors. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryable: t.exposeBoolean('retryable', { description: 'Whether the same may work later.' }),
  }),
});

export const DailyLimitExceededError = builder.objectRef<DailyLimitExceeded>('DailyLimitExceededError').implement({
  description:
    'With it your tenant would pass what its clients may spend on models in a day (ICEOS_MEMORY_CLIENT_MAX_USD_MICROS_PER_DAY). No model was called for it, and what was stored before stays.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    limitUsdMicros: t.expose('limitUsdMicros', { type: 'BigInt', description: 'The most for one day.' }),
    freesAt: t.expose('freesAt', {
      type: 'DateTime',
      description: 'When the next day (UTC) begins, and with it all of the limit is free again.',
    }),
  }),
});
