import type { $Type, NotNull } from 'drizzle-orm';
import {
  customType,
  timestamp,
  uuid,
  type PgTimestampBuilderInitial,
  type PgUUIDBuilderInitial,
} from 'drizzle-orm/pg-core';
import type { TenantId } from '../core/ids.ts';

/** Bytes as they are. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });
/** Whose row it is: row-level security looks at it. */
export const tenant = (): NotNull<$Type<PgUUIDBuilderInitial<'tenant'>, TenantId>> =>
  uuid('tenant').$type<TenantId>().notNull();
/** A point in time, to the millisecond as JavaScript has it. */
export const instant = <Name extends string>(name: Name): PgTimestampBuilderInitial<Name> =>
  timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
