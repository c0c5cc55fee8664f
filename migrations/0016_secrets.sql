CREATE TABLE "secrets" (
	"tenant" uuid NOT NULL,
	"name" varchar(64) NOT NULL,
	"version" integer NOT NULL,
	"data_key_id" uuid NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_by" varchar(256) NOT NULL,
	CONSTRAINT "secrets_tenant_name_pk" PRIMARY KEY("tenant","name"),
	CONSTRAINT "secrets_bounded" CHECK (octet_length("secrets"."ciphertext") <= 65552)
);
--> statement-breakpoint
CREATE TABLE "tenant_data_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"number" integer NOT NULL,
	"master_key_id" varchar(32) NOT NULL,
	"nonce" "bytea" NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"wrapped_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tenant_data_keys_number" UNIQUE("tenant","number"),
	CONSTRAINT "tenant_data_keys_tenant_id" UNIQUE("tenant","id")
);
--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_data_key" FOREIGN KEY ("tenant","data_key_id") REFERENCES "public"."tenant_data_keys"("tenant","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tenant_data_keys_master" ON "tenant_data_keys" USING btree ("master_key_id","id");--> statement-breakpoint
-- Keys that could do everything until now can do everything again: the scope is new with the tables above.
UPDATE "api_keys" SET "scopes" = array_append("scopes", 'secrets')
WHERE "scopes" @> ARRAY['audit:read', 'blueprints:read', 'blueprints:write', 'executions:read', 'executions:write', 'grants:write', 'keys', 'memory:read', 'memory:write']::varchar[]
AND NOT 'secrets' = ANY("scopes");
