CREATE TABLE "tenant_policies" (
	"tenant" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"policy" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_by" varchar(256) NOT NULL,
	CONSTRAINT "tenant_policies_bounded" CHECK (octet_length("tenant_policies"."policy") <= 2097152)
);
--> statement-breakpoint
-- Keys that could do everything until now can do everything again: the scope is new with the table above.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'grants:write')
WHERE "scopes" @> ARRAY['blueprints:read', 'blueprints:write', 'executions:read', 'executions:write']::varchar[]
AND NOT 'grants:write' = ANY("scopes");
