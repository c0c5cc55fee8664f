import type {
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
