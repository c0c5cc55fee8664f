import type { GraphQLError, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { getGraphQLRateLimiter, Store } from 'graphql-rate-limit';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { err, ok, type Result } from '../core/result.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import type { Admitted } from './admit.ts';
import { limited } from './problem.ts';
import { viewerKey } from './viewer-key.ts';

/** How often a field may be asked for, as `extensions.rateLimit`; root fields without one have the default. */
export interface FieldRateLimit {
  /** Calls a minute of one viewer. */
  readonly max: number;
}

const WINDOW_S = 60;
/** Of a root field that says nothing. */
const DEFAULT_MAX = 12_000;

/** For the description of `Query`. */
export const RATE_RULE =
  `Each viewer may ask for a root field ${DEFAULT_MAX} times a minute where its description says nothing else ` +
  `(ICEOS_RATE_LIMITS), and for a complexity of ICEOS_MAX_COST_PER_MINUTE in all; what is too much is RATE_LIMITED, with ` +
  `\`retryAfterMs\`. HTTP answers say in \`extensions.cost\` where the viewer stands.`;

/** Asks the database, as `pg` does. */
export type LimiterQuery = (query: {
  text: string;
  values: unknown[];
}) => Promise<{ readonly rows: readonly unknown[] }>;

export interface RateLimitsDeps {
  readonly schema: GraphQLSchema;
  /** Complexity that the operations of one viewer may have in a window. */
  readonly maxCost: number;
  /** By root field, in place of what the schema says. */
  readonly fieldMax: ReadonlyMap<string, number>;
  /** Counts of all processes stand there; undefined: this process counts for itself. */
  readonly query: LimiterQuery | undefined;
  /** Default 60. */
  readonly windowS?: number;
}

/** Where a viewer stands after an operation took its complexity. */
export interface Taken {
  readonly viewer: Viewer;
  readonly requested: number;
  /** The part of it that is not given back. */
  readonly fixed: number;
  readonly remaining: number;
  readonly limit: number;
  readonly windowS: number;
  /** When all of it is there again. */
  readonly resetMs: number;
}

/** How much each viewer may ask for in a window of time; exact, however much is asked at once. */
export interface RateLimits {
  /** Takes what an operation asks for, or says why it has to wait. */
  take(viewer: Viewer, operation: Admitted): Promise<Result<Taken, GraphQLError>>;
  /** Gives back what an operation did not use. */
  refund(taken: Taken, actual: number): Promise<Taken>;
}

export function createRateLimits(deps: RateLimitsDeps): RateLimits {
  const { maxCost, windowS = WINDOW_S } = deps;
  const cost = openLimiter(deps, 'cost', maxCost);
  const fields = createFieldLimits(deps);

  return {
    async take(viewer, { complexity, fixed, rootFields }) {
      for (const field of rootFields) {
        const refused = await fields.refuse(viewer, field);
        if (refused !== undefined) return err(refused);
      }
      const standing = { viewer, requested: complexity, fixed, limit: maxCost, windowS };
      const counted = await consume(cost, viewerKey(viewer), complexity);
      if (!counted.isOver) return ok({ ...standing, remaining: counted.remaining, resetMs: counted.msBeforeNext });
      // What is refused was counted all the same.
      await cost.reward(viewerKey(viewer), complexity);
      const tooMuch = complexity > maxCost;
      return err(
        limited(
          tooMuch
            ? `The operation has a complexity of ${complexity}, and ${maxCost} in ${windowS} s is all that you have (ICEOS_MAX_COST_PER_MINUTE).`
            : `Your operations of the last ${windowS} s have come to a complexity of ${maxCost} (ICEOS_MAX_COST_PER_MINUTE).`,
          counted.msBeforeNext,
        ),
      );
    },

    async refund(taken, actual) {
      const unused = taken.requested - actual;
      if (unused <= 0) return taken;
      const { remainingPoints } = await cost.reward(viewerKey(taken.viewer), unused);
      return { ...taken, remaining: Math.max(remainingPoints, 0) };
    },
  };
}

interface FieldLimits {
  /** Counts a call of a root field; undefined: it may be made. */
  refuse(viewer: Viewer, field: string): Promise<GraphQLError | undefined>;
}

/**
 * The limits that fields declare, by graphql-rate-limit. The library reads and then writes, so that calls at the same time
 * pass each other: its store asks a limiter that counts and decides in one step, and tells the library what fits.
 */
function createFieldLimits(deps: RateLimitsDeps): FieldLimits {
  const { windowS = WINDOW_S } = deps;
  const limiters = new Map<string, { readonly max: number; readonly limiter: RateLimiterAbstract }>();
  const waits = new Map<string, number>();

  /** Undefined: there is no such field. Clients may ask for any name, and none of them is kept. */
  function limiterOf(field: string): { readonly max: number; readonly limiter: RateLimiterAbstract } | undefined {
    const known = limiters.get(field);
    if (known !== undefined) return known;
    const declared = declaredIn(deps.schema, field);
    if (declared === undefined) return undefined;
    const max = deps.fieldMax.get(field) ?? declared;
    const made = { max, limiter: openLimiter(deps, `field:${field}`, max) };
    limiters.set(field, made);
    return made;
  }

  class CountingStore extends Store {
    async getForIdentity({ contextIdentity, fieldIdentity }: { contextIdentity: string; fieldIdentity: string }) {
      const limiter = limiterOf(fieldIdentity)?.limiter;
      const counted = limiter && (await consume(limiter, contextIdentity, 1));
      if (counted?.isOver !== true) return [];
      waits.set(`${contextIdentity} ${fieldIdentity}`, counted.msBeforeNext);
      return [Date.now()];
    }
    setForIdentity(): void {
      // It is counted when it is read.
    }
  }
  const limit = getGraphQLRateLimiter({ identifyContext: viewerKey, store: new CountingStore() });

  return {
    async refuse(viewer, field) {
      const max = limiterOf(field)?.max;
      if (max === undefined) return undefined;
      const call = { parent: undefined, args: {}, context: viewer, info: infoOf(field) };
      // The store tells of one call before this one where the limiter has found that it is one too many.
      const refused = await limit(call, { max: 1, window: `${windowS}s` });
      if (refused === undefined) return undefined;
      const key = `${viewerKey(viewer)} ${field}`;
      const waitMs = waits.get(key) ?? windowS * SECOND_MS;
      waits.delete(key);
      return limited(`You have asked for "${field}" ${max} times in ${windowS} s, which is the limit.`, waitMs);
    },
  };
}

// All that the library reads of it.
const infoOf = (fieldName: string): GraphQLResolveInfo => ({ fieldName }) as GraphQLResolveInfo;

function declaredIn(schema: GraphQLSchema, name: string): number | undefined {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const field = roots.map((root) => root?.getFields()[name]).find((found) => found !== undefined);
  return field && (field.extensions.rateLimit?.max ?? DEFAULT_MAX);
}

/** Counts in the database where that is asked for; while it is away, in this process. */
function openLimiter(
  { query, windowS = WINDOW_S }: RateLimitsDeps,
  keyPrefix: string,
  points: number,
): RateLimiterAbstract {
  const memory = new RateLimiterMemory({ keyPrefix, points, duration: windowS });
  if (query === undefined) return memory;
  return new RateLimiterPostgres({
    ...{ keyPrefix, points, duration: windowS, insuranceLimiter: memory },
    ...{ storeClient: { query }, storeType: 'client', tableName: 'rate_limits', tableCreated: true },
  });
}

interface Counted {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly msBeforeNext: number;
}

async function consume(limiter: RateLimiterAbstract, key: string, points: number): Promise<Counted> {
  try {
    const { remainingPoints, msBeforeNext } = await limiter.consume(key, points);
    return { isOver: false, remaining: remainingPoints, msBeforeNext };
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return { isOver: true, remaining: 0, msBeforeNext: refused.msBeforeNext };
    throw refused;
  }
}

/** How many objects an answer has; at least one, as an operation without any is one too. */
export function actualCost(data: unknown): number {
  let objects = 0;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      objects += 1;
      Object.values(value).forEach(visit);
    }
  };
  visit(data);
  return Math.max(objects - 1, 1);
}
