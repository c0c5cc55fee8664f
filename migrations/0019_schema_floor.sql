-- Which releases may work with this schema: those that know at least this migration, by its time in meta/_journal.json.
-- Row-level security (0015) hides all rows from the ones before it. A migration that takes something away raises the number.
CREATE TABLE "drizzle"."schema_floor" ("migration" bigint NOT NULL);
--> statement-breakpoint
INSERT INTO "drizzle"."schema_floor" VALUES (1796041133491);
