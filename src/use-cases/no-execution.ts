import type { NotFoundError } from '../core/errors.ts';

/** The answer for an execution that does not exist, or is another tenant's: nobody can tell which. */
export const noExecution = (id: string): NotFoundError => ({
  kind: 'NotFoundError',
  message: `There is no execution with the ID "${id}" that you may see.`,
  id,
});
