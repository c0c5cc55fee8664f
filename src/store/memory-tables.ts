import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import type { CollectionId, EpisodeId, FactId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { instant, tenant } from './columns.ts';

// How vectors are laid out in their pages is said by hand in the migration: drizzle-kit knows neither.

/** When a row was written. The ids are the writers' own and say nothing of time: rows of one millisecond keep their order by this. */
const writtenAt = () => timestamp('created_at', { withTimezone: true, precision: 6, mode: 'date' }).notNull();
const name = (column: string) => varchar(column, { length: 256 });

/** Facts whose vectors one model made. */
export const memoryCollections = pgTable(
  'memory_collections',
  {
    tenant: tenant(),
    id: uuid('id').$type<CollectionId>().notNull(),
    name: name('name').notNull(),
    /** Counts a tenant's collections: as two cannot have the same place, their limit is exact. */
    place: integer('place').notNull(),
    model: name('model').notNull(),
    dimensions: integer('dimensions').notNull(),
    /** Whose vectors are read: each change of the model is a generation of its own. */
    generation: integer('generation').notNull(),
    /** What a re-embedding job is writing; null: there is none. */
    nextModel: name('next_model'),
    nextDimensions: integer('next_dimensions'),
    nextGeneration: integer('next_generation'),
    lastGeneration: integer('last_generation').notNull(),
    factCount: integer('fact_count').notNull(),
    /** Raised by each write of facts, so that a job knows that it has seen all. */
    writes: bigint('writes', { mode: 'number' }).notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.id] }),
    unique('memory_collections_name').on(table.tenant, table.name),
    unique('memory_collections_place').on(table.tenant, table.place),
  ],
);

/** What semantic memory knows. */
export const memoryFacts = pgTable(
  'memory_facts',
  {
    tenant: tenant(),
    collectionId: uuid('collection_id').$type<CollectionId>().notNull(),
    id: uuid('id').$type<FactId>().notNull(),
    /** Whom it is about; null: nobody. */
    subject: name('subject'),
    text: text('text').notNull(),
    metadata: jsonb('metadata').$type<JsonObject>().notNull(),
    tokens: integer('tokens').notNull(),
    /** The oldest of a full collection go first. */
    createdAt: writtenAt(),
    /** Null: kept until it is removed. */
    expiresAt: instant('expires_at'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.collectionId, table.id] }),
    index('memory_facts_time').on(table.tenant, table.collectionId, table.createdAt, table.id),
    index('memory_facts_subject').on(table.tenant, table.subject, table.collectionId),
    index('memory_facts_expires').on(table.expiresAt),
    foreignKey({
      name: 'memory_facts_collection',
      columns: [table.tenant, table.collectionId],
      foreignColumns: [memoryCollections.tenant, memoryCollections.id],
    }),
  ],
);

/** The vector of a fact at length 1: one row a generation, so that a job writes the new ones beside the old. */
export const memoryVectors = pgTable(
  'memory_vectors',
  {
    tenant: tenant(),
    collectionId: uuid('collection_id').$type<CollectionId>().notNull(),
    factId: uuid('fact_id').$type<FactId>().notNull(),
    generation: integer('generation').notNull(),
    vector: real('vector').array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.collectionId, table.factId, table.generation] }),
    foreignKey({
      name: 'memory_vectors_fact',
      columns: [table.tenant, table.collectionId, table.factId],
      foreignColumns: [memoryFacts.tenant, memoryFacts.collectionId, memoryFacts.id],
    }).onDelete('cascade'),
    // What the dimension guard lets through, once more where nobody gets past; the length of 1 would cost a function call a row.
    check(
      'memory_vectors_sound',
      sql`cardinality(${table.vector}) > 0 and array_position(${table.vector}, null) is null
        and array_position(${table.vector}, 'NaN') is null and array_position(${table.vector}, 'Infinity') is null
        and array_position(${table.vector}, '-Infinity') is null and array_remove(${table.vector}, 0) <> '{}'`,
    ),
  ],
);

/** What happened in past executions, by session. */
export const memoryEpisodes = pgTable(
  'memory_episodes',
  {
    tenant: tenant(),
    session: name('session').notNull(),
    id: uuid('id').$type<EpisodeId>().notNull(),
    subject: name('subject'),
    content: text('content').notNull(),
    tokens: integer('tokens').notNull(),
    createdAt: writtenAt(),
    expiresAt: instant('expires_at'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.session, table.id] }),
    index('memory_episodes_time').on(table.tenant, table.session, table.createdAt, table.id),
    index('memory_episodes_subject').on(table.tenant, table.subject),
    index('memory_episodes_expires').on(table.expiresAt),
  ],
);
