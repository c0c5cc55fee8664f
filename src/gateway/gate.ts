import type { GraphQLError } from 'graphql';
import { err, ok, type Result } from '../core/result.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { unauthenticated, type Admit, type OperationParams } from './admit.ts';
import type { RateLimits, Taken } from './rate-limits.ts';
import type { DocumentParams, FindDocument } from './trusted-documents.ts';

/** An operation that may run now. */
export interface Passed {
  /** The text that is meant. Undefined: there is none, of which each transport has its own words. */
  readonly query: string | undefined;
  /** What it took of the viewer's limit. */
  readonly taken: Taken | undefined;
}

/** Lets operations in: HTTP, server-sent events and WebSockets come through here, and nobody else runs one. */
export type Gate = (
  params: OperationParams & DocumentParams,
  viewer: Viewer | undefined,
) => Promise<Result<Passed, GraphQLError>>;

export const createGate =
  (deps: { readonly findDocument: FindDocument; readonly admit: Admit; readonly rateLimits: RateLimits }): Gate =>
  async (params, viewer) => {
    if (viewer === undefined) return err(unauthenticated());
    const document = deps.findDocument(params);
    if (!document.ok) return document;
    const query = document.value;
    if (query === undefined) return ok({ query, taken: undefined });
    const admitted = deps.admit({ ...params, query }, viewer);
    if (!admitted.ok) return admitted;
    const taken = await deps.rateLimits.take(viewer, admitted.value);
    return taken.ok ? ok({ query, taken: taken.value }) : taken;
  };
