CREATE TABLE "audit_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"subject" varchar(256) NOT NULL,
	"action" varchar(64) NOT NULL,
	"noun" varchar(64) NOT NULL,
	"noun_id" varchar(256),
	"outcome" varchar(16) NOT NULL,
	"fields" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_seals" (
	"number" integer PRIMARY KEY NOT NULL,
	"after_id" bigint NOT NULL,
	"last_id" bigint NOT NULL,
	"row_count" integer NOT NULL,
	"digest" varchar(64) NOT NULL,
	"previous_seal" varchar(64) NOT NULL,
	"previous_sealed_at" timestamp (3) with time zone,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	"seal" varchar(64) NOT NULL
);
--> statement-breakpoint
CREATE INDEX "audit_log_tenant" ON "audit_log" USING btree ("tenant","id");--> statement-breakpoint
-- The log is only ever added to. The retention says what it is in its transaction, and may delete; nobody may change a row.
CREATE FUNCTION "audit_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('iceos.audit_retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The audit log is only ever added to: % of % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log"
FOR EACH ROW EXECUTE FUNCTION "audit_append_only"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();
--> statement-breakpoint
CREATE TRIGGER "audit_seals_append_only" BEFORE UPDATE OR DELETE ON "audit_seals"
FOR EACH ROW EXECUTE FUNCTION "audit_append_only"();
--> statement-breakpoint
-- Keys that could do everything until now can do everything again: the scope is new with the table above.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'audit:read')
WHERE "scopes" @> ARRAY['blueprints:read', 'blueprints:write', 'executions:read', 'executions:write', 'grants:write', 'keys', 'memory:read', 'memory:write']::varchar[]
AND NOT 'audit:read' = ANY("scopes");
