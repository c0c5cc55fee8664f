ALTER TABLE "ledger" ALTER COLUMN "blueprint_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ALTER COLUMN "blueprint_id" DROP NOT NULL;--> statement-breakpoint
-- Keys that had all scopes have the new ones too.
UPDATE "api_keys" SET "scopes" = "scopes" || ARRAY['memory:read', 'memory:write']::varchar[]
WHERE "scopes" @> ARRAY['blueprints:read', 'blueprints:write', 'executions:read', 'executions:write', 'grants:write']::varchar[]
AND NOT 'memory:read' = ANY("scopes");
