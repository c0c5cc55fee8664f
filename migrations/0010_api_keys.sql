CREATE INDEX "api_keys_tenant" ON "api_keys" USING btree ("tenant","id");--> statement-breakpoint
-- Keys that could do everything until now can do everything again: the scope is new with the mutations of keys.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'keys')
WHERE "scopes" @> ARRAY['blueprints:read', 'blueprints:write', 'executions:read', 'executions:write', 'grants:write', 'memory:read', 'memory:write']::varchar[]
AND NOT 'keys' = ANY("scopes");
