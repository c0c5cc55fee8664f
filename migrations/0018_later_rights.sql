-- What 0015 does for the tables before it. Opening and rewrapping the keys of all tenants is the orchestrator's.
ALTER TABLE "secrets" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "tenant_data_keys" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY "migrations" ON "secrets" USING (current_setting('iceos.migrating', true) = 'on'
  AND current_user NOT IN ('iceos_gateway', 'iceos_orchestrator'));
--> statement-breakpoint
CREATE POLICY "migrations" ON "tenant_data_keys" USING (current_setting('iceos.migrating', true) = 'on'
  AND current_user NOT IN ('iceos_gateway', 'iceos_orchestrator'));
--> statement-breakpoint
CREATE POLICY "one_tenant" ON "secrets" TO "iceos_gateway" USING ("tenant" = nullif(current_setting('iceos.tenant', true), '')::uuid);
--> statement-breakpoint
CREATE POLICY "one_tenant" ON "tenant_data_keys" TO "iceos_gateway" USING ("tenant" = nullif(current_setting('iceos.tenant', true), '')::uuid);
--> statement-breakpoint
CREATE POLICY "all_tenants" ON "secrets" TO "iceos_orchestrator" USING (true);
--> statement-breakpoint
CREATE POLICY "all_tenants" ON "tenant_data_keys" TO "iceos_orchestrator" USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "secrets" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "tenant_data_keys" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "secrets", "tenant_data_keys" TO "iceos_orchestrator";

--> statement-breakpoint
-- The sweep deletes what has expired; it locks rows first, so that two of them do not wait for each other.
GRANT DELETE ON "api_keys" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT UPDATE, DELETE ON "stream_tickets", "token_denials" TO "iceos_orchestrator";
