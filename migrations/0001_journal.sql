-- The journal. Partitioned by execution_id, which is UUIDv7 and therefore time: old ranges can be detached one day without
-- a rewrite. One default partition until then. No foreign key and no index besides the key, as every step of every
-- execution pays for them.
CREATE TABLE "execution_events" (
	"execution_id" uuid NOT NULL,
	"at" bigint NOT NULL,
	"lease_token" bigint,
	"sequence" integer NOT NULL,
	"attempt" integer,
	"event_format" smallint NOT NULL,
	"type" smallint NOT NULL,
	"path" text,
	"payload" text,
	CONSTRAINT "execution_events_pk" PRIMARY KEY ("execution_id", "sequence"),
	CONSTRAINT "execution_events_path_bounded" CHECK (octet_length("path") <= 8192)
) PARTITION BY RANGE ("execution_id");
--> statement-breakpoint
CREATE TABLE "execution_events_default" PARTITION OF "execution_events" DEFAULT;
--> statement-breakpoint
-- Only ever appended: nothing to clean but to freeze, and statistics that a generic plan does not need.
ALTER TABLE "execution_events_default" SET (autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_insert_scale_factor = 0.5);
--> statement-breakpoint
-- Room in each page, so that the update of every append stays in it (HOT) and touches no index.
ALTER TABLE "executions" SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
-- The only way in which tenants' reads reach events: the journal itself carries no tenant.
CREATE VIEW "tenant_execution_events" AS
SELECT e."tenant", v."execution_id", v."sequence", v."at"::float8 AS "at", v."type", v."path", v."attempt", v."payload"
FROM "execution_events" v
JOIN "executions" e ON e."id" = v."execution_id";
