import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { OnConflict } from '../../use-cases/update-blueprint.ts';
import type { Answer } from './answer.ts';
import type { BodyRule } from './body.ts';
import type { Asked } from './failure.ts';
import type { HttpProblemCode } from './refused.ts';

/** A request whose headers and body are as the route wants them. */
export interface Call extends Asked {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Empty when there is none. */
  readonly body: string;
  readonly onConflict: OnConflict;
}

/** A change of what is there, with the version that the client has seen. */
export interface LockedCall extends Call {
  readonly expectedVersion: number;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RouteBase {
  readonly method: Method;
  /** As in OpenAPI: `/api/v1/blueprints/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Root field of GraphQL whose limit of calls it shares; undefined: it is limited by complexity alone. */
  readonly rootField?: string;
  /** The most things that its answer has in it; default 1. */
  readonly maxObjects?: number;
  readonly query?: z.ZodObject;
  readonly body?: BodyRule & { readonly shape: z.ZodType };
  /** Whether `X-On-Conflict: merge` has a meaning. */
  readonly mayMerge?: boolean;
  /** Knows `If-None-Match`. */
  readonly isConditional?: boolean;
  readonly answers: Readonly<Record<number, AnswerRule>>;
  /** Besides those that every route may answer. */
  readonly problems: readonly HttpProblemCode[];
}

/** What a route answers when all is well. */
export interface AnswerRule {
  readonly description: string;
  readonly types?: readonly string[];
  readonly shape?: z.ZodType;
  readonly headers?: readonly string[];
}

/** One line of the table that requests are dispatched by, and that the OpenAPI description is made from. */
export type Route = RouteBase &
  (
    | { readonly lock: 'none' | 'new'; readonly answer: (call: Call) => Promise<Answer> }
    | { readonly lock: 'version'; readonly answer: (call: LockedCall) => Promise<Answer> }
  );
