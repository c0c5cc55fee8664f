CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"name" varchar(128) NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"scopes" varchar(64)[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"tenant" uuid NOT NULL,
	"digest" varchar(64) NOT NULL,
	"bytes" "bytea" NOT NULL,
	"put_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "artifacts_tenant_digest_pk" PRIMARY KEY("tenant","digest"),
	CONSTRAINT "artifacts_bounded" CHECK (octet_length("artifacts"."bytes") <= 16777216)
);
--> statement-breakpoint
CREATE TABLE "blueprint_contents" (
	"tenant" uuid NOT NULL,
	"fingerprint" varchar(64) NOT NULL,
	"document" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "blueprint_contents_tenant_fingerprint_pk" PRIMARY KEY("tenant","fingerprint")
);
--> statement-breakpoint
CREATE TABLE "blueprint_layouts" (
	"tenant" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"layout" text NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "blueprint_layouts_tenant_blueprint_id_pk" PRIMARY KEY("tenant","blueprint_id"),
	CONSTRAINT "blueprint_layouts_bounded" CHECK (octet_length("blueprint_layouts"."layout") <= 1048576)
);
--> statement-breakpoint
CREATE TABLE "blueprint_revisions" (
	"tenant" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"name" varchar(128) NOT NULL,
	"fingerprint" varchar(64) NOT NULL,
	"change" varchar(32) NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by" varchar(256) NOT NULL,
	CONSTRAINT "blueprint_revisions_tenant_blueprint_id_version_pk" PRIMARY KEY("tenant","blueprint_id","version")
);
--> statement-breakpoint
CREATE TABLE "blueprints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"name" varchar(128) NOT NULL,
	"version" integer NOT NULL,
	"fingerprint" varchar(64) NOT NULL,
	"published_version" integer,
	"published_fingerprint" varchar(64),
	"archived_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "blueprints_tenant_id" UNIQUE("tenant","id")
);
--> statement-breakpoint
CREATE TABLE "executions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"root_execution_id" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"lease_owner" uuid,
	"lease_token" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone,
	"cancel_requested_at" timestamp (3) with time zone,
	"cpu_ms" double precision NOT NULL,
	"wall_ms" double precision NOT NULL,
	"peak_memory_bytes" double precision NOT NULL,
	"blueprint_version" integer NOT NULL,
	"last_sequence" integer NOT NULL,
	"done_count" integer NOT NULL,
	"total_count" integer NOT NULL,
	"status" smallint NOT NULL,
	"event_format" smallint NOT NULL,
	"idempotency_key" varchar(256),
	"idempotency_hash" varchar(64)
);
--> statement-breakpoint
CREATE TABLE "orchestrators" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "blueprint_layouts" ADD CONSTRAINT "blueprint_layouts_blueprint" FOREIGN KEY ("tenant","blueprint_id") REFERENCES "public"."blueprints"("tenant","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blueprint_revisions" ADD CONSTRAINT "blueprint_revisions_blueprint" FOREIGN KEY ("tenant","blueprint_id") REFERENCES "public"."blueprints"("tenant","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blueprint_revisions" ADD CONSTRAINT "blueprint_revisions_content" FOREIGN KEY ("tenant","fingerprint") REFERENCES "public"."blueprint_contents"("tenant","fingerprint") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blueprints" ADD CONSTRAINT "blueprints_content" FOREIGN KEY ("tenant","fingerprint") REFERENCES "public"."blueprint_contents"("tenant","fingerprint") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blueprints" ADD CONSTRAINT "blueprints_published_content" FOREIGN KEY ("tenant","published_fingerprint") REFERENCES "public"."blueprint_contents"("tenant","fingerprint") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "executions" ADD CONSTRAINT "executions_revision" FOREIGN KEY ("tenant","blueprint_id","blueprint_version") REFERENCES "public"."blueprint_revisions"("tenant","blueprint_id","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "blueprints_tenant_name" ON "blueprints" USING btree ("tenant","name") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "executions_tenant_status" ON "executions" USING btree ("tenant","status","id");--> statement-breakpoint
CREATE INDEX "executions_tenant_blueprint" ON "executions" USING btree ("tenant","blueprint_id","status","id");--> statement-breakpoint
CREATE UNIQUE INDEX "executions_idempotency" ON "executions" USING btree ("tenant","idempotency_key") WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX "executions_due" ON "executions" USING btree ("due_at") WHERE lease_owner is null and due_at is not null;--> statement-breakpoint
CREATE INDEX "executions_lease_owner" ON "executions" USING btree ("lease_owner","due_at") WHERE lease_owner is not null;