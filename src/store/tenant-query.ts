import {
  Query as PgQuery,
  type ClientBase,
  type Connection,
  type QueryConfig,
  type QueryResult,
  type Submittable,
} from 'pg';
import type { TenantId } from '../core/ids.ts';

/** The values of a statement whose first one is the tenant that it is of. */
export type OfTenant = readonly [TenantId, ...unknown[]];

/** Both are local to the transaction: with its end the connection is as it was. */
const SCOPE = {
  name: 'iceos_of_tenant',
  text: `select set_config('role', 'iceos_gateway', true), set_config('iceos.tenant', $1, true)`,
};

/**
 * One statement as the gateway's role, with the tenant set. Both leave in one write and are one transaction, as the server
 * commits at the end of what was sent together: no round trip more than the statement alone.
 */
export function queryOfTenant(client: ClientBase, tenant: TenantId, config: QueryConfig): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    client.query(
      new TenantStatement(tenant, config, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      }),
    );
  });
}

type Answered = (error: Error | null | undefined, result: QueryResult) => void;

/** What pg calls of a statement on its way; its types know only `submit`. */
interface Handlers extends Submittable {
  readonly name: string | undefined;
  readonly text: string;
  callback: Answered;
  submit(connection: Connection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleEmptyQuery(connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

/** The connections that have parsed the first statement. */
const prepared = new WeakSet<Connection>();

class TenantStatement implements Submittable {
  readonly #tenant: TenantId;
  readonly #statement: Handlers;
  #inScope = false;

  constructor(tenant: TenantId, config: QueryConfig, answered: Answered) {
    this.#tenant = tenant;
    // What pg itself makes of the same configuration; `extended`, as only that protocol sends several as one.
    this.#statement = new PgQuery({ ...config, queryMode: 'extended' } as QueryConfig, answered) as unknown as Handlers;
  }

  /** By its name pg remembers what a connection has parsed. */
  get name(): string | undefined {
    return this.#statement.name;
  }

  get text(): string {
    return this.#statement.text;
  }

  /** pg puts its own in place, for its timeout. */
  get callback(): Answered {
    return this.#statement.callback;
  }

  set callback(answered: Answered) {
    this.#statement.callback = answered;
  }

  submit(connection: Connection): Error | null {
    connection.stream.cork();
    try {
      if (!prepared.has(connection)) connection.parse({ ...SCOPE, types: [] }, true);
      prepared.add(connection);
      connection.bind({ statement: SCOPE.name, values: [this.#tenant] }, true);
      connection.execute({}, true);
      return this.#statement.submit(connection);
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription(message: unknown): void {
    this.#statement.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    if (this.#inScope) this.#statement.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#inScope) this.#statement.handleCommandComplete(message, connection);
    this.#inScope = true;
  }

  handleEmptyQuery(connection: Connection): void {
    this.#statement.handleEmptyQuery(connection);
  }

  handleReadyForQuery(connection: Connection): void {
    this.#statement.handleReadyForQuery(connection);
  }

  handleError(error: Error, connection: Connection): void {
    this.#statement.handleError(error, connection);
  }
}
