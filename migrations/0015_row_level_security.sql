-- The second wall between tenants. Statements that name a tenant run as iceos_gateway, which sees the rows of that one alone;
-- what asks of all tenants at once runs as iceos_orchestrator. Nobody logs in as either: the program's login takes them on.
-- The program makes them before it migrates (roles.ts), as they are the server's and not the database's.
-- Forced, so that the owner of the tables, as whom the program logs in, is no way round it. A migration that has to see rows says
-- so by `iceos.migrating`, as migrate.ts does, whoever logs in by then.
DO $$
DECLARE
  name text;
  of_tenants text[] := ARRAY['api_keys', 'artifacts', 'audit_log', 'blueprint_contents', 'blueprint_layouts',
    'blueprint_revisions', 'blueprints', 'budgets', 'executions', 'ledger', 'memory_collections', 'memory_episodes',
    'memory_facts', 'memory_vectors', 'stream_tickets', 'tenant_policies', 'token_denials'];
BEGIN
  -- Each by its name: others may have tables in this schema too.
  FOREACH name IN ARRAY of_tenants || ARRAY['audit_seals', 'execution_events', 'execution_events_default', 'orchestrators',
      'rate_limits', 'reservations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY migrations ON %I USING (current_setting(''iceos.migrating'', true) = ''on''
      AND current_user NOT IN (''iceos_gateway'', ''iceos_orchestrator''))', name);
  END LOOP;
  FOREACH name IN ARRAY of_tenants LOOP
    -- The tenant of this transaction; null, which equals nothing, when none is set.
    EXECUTE format('CREATE POLICY one_tenant ON %I TO iceos_gateway
      USING (tenant = nullif(current_setting(''iceos.tenant'', true), '''')::uuid)', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['api_keys', 'audit_log', 'audit_seals', 'budgets', 'execution_events', 'executions', 'ledger',
      'memory_episodes', 'memory_facts', 'orchestrators', 'rate_limits', 'reservations', 'stream_tickets', 'token_denials'] LOOP
    EXECUTE format('CREATE POLICY all_tenants ON %I TO iceos_orchestrator USING (true)', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- An event has no tenant of its own: it has that of its execution, of which the gateway sees the tenant's alone.
CREATE POLICY "one_tenant" ON "execution_events" FOR INSERT TO "iceos_gateway"
WITH CHECK (EXISTS (SELECT FROM "executions" e WHERE e."id" = "execution_id"));
--> statement-breakpoint
-- Events are read through here alone, with the rights of the view's owner, who may read all of them: of one tenant by itself.
CREATE OR REPLACE VIEW "tenant_execution_events" WITH (security_barrier) AS
SELECT e."tenant", v."execution_id", v."sequence", v."at"::float8 AS "at", v."type", v."path", v."attempt", v."payload"
FROM "execution_events" v
JOIN "executions" e ON e."id" = v."execution_id"
WHERE e."tenant" = nullif(current_setting('iceos.tenant', true), '')::uuid;
--> statement-breakpoint
GRANT SELECT ON "tenant_execution_events" TO "iceos_gateway";
--> statement-breakpoint
GRANT USAGE, CREATE ON SCHEMA "public" TO "iceos_orchestrator";
--> statement-breakpoint
ALTER VIEW "tenant_execution_events" OWNER TO "iceos_orchestrator";
--> statement-breakpoint
REVOKE CREATE ON SCHEMA "public" FROM "iceos_orchestrator";
--> statement-breakpoint
GRANT USAGE ON SCHEMA "public" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT ON "budgets", "ledger" TO "iceos_gateway";
--> statement-breakpoint
GRANT INSERT ON "execution_events" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT ON "audit_log", "blueprint_contents", "blueprint_revisions" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, UPDATE ON "executions" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "api_keys", "artifacts", "blueprint_layouts", "blueprints", "tenant_policies" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "stream_tickets" TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "memory_collections", "memory_episodes", "memory_facts", "memory_vectors", "token_denials"
TO "iceos_gateway";
--> statement-breakpoint
GRANT SELECT ON "memory_facts", "stream_tickets", "token_denials", "audit_log_id_seq" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT SELECT, INSERT ON "execution_events" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "audit_log", "audit_seals" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "api_keys", "budgets", "executions", "ledger" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "orchestrators", "rate_limits", "reservations" TO "iceos_orchestrator";
--> statement-breakpoint
GRANT SELECT, UPDATE, DELETE ON "memory_episodes" TO "iceos_orchestrator";
