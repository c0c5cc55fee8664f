CREATE TABLE "memory_collections" (
	"tenant" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" varchar(256) NOT NULL,
	"place" integer NOT NULL,
	"model" varchar(256) NOT NULL,
	"dimensions" integer NOT NULL,
	"generation" integer NOT NULL,
	"next_model" varchar(256),
	"next_dimensions" integer,
	"next_generation" integer,
	"last_generation" integer NOT NULL,
	"fact_count" integer NOT NULL,
	"writes" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "memory_collections_tenant_id_pk" PRIMARY KEY("tenant","id"),
	CONSTRAINT "memory_collections_name" UNIQUE("tenant","name"),
	CONSTRAINT "memory_collections_place" UNIQUE("tenant","place")
);
--> statement-breakpoint
CREATE TABLE "memory_episodes" (
	"tenant" uuid NOT NULL,
	"session" varchar(256) NOT NULL,
	"id" uuid NOT NULL,
	"subject" varchar(256),
	"content" text NOT NULL,
	"tokens" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "memory_episodes_tenant_session_id_pk" PRIMARY KEY("tenant","session","id")
);
--> statement-breakpoint
CREATE TABLE "memory_facts" (
	"tenant" uuid NOT NULL,
	"collection_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject" varchar(256),
	"text" text NOT NULL,
	"metadata" jsonb NOT NULL,
	"tokens" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "memory_facts_tenant_collection_id_id_pk" PRIMARY KEY("tenant","collection_id","id")
);
--> statement-breakpoint
CREATE TABLE "memory_vectors" (
	"tenant" uuid NOT NULL,
	"collection_id" uuid NOT NULL,
	"fact_id" uuid NOT NULL,
	"generation" integer NOT NULL,
	"vector" real[] NOT NULL,
	CONSTRAINT "memory_vectors_tenant_collection_id_fact_id_generation_pk" PRIMARY KEY("tenant","collection_id","fact_id","generation")
);
--> statement-breakpoint
ALTER TABLE "memory_facts" ADD CONSTRAINT "memory_facts_collection" FOREIGN KEY ("tenant","collection_id") REFERENCES "public"."memory_collections"("tenant","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_vectors" ADD CONSTRAINT "memory_vectors_fact" FOREIGN KEY ("tenant","collection_id","fact_id") REFERENCES "public"."memory_facts"("tenant","collection_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memory_episodes_subject" ON "memory_episodes" USING btree ("tenant","subject");--> statement-breakpoint
CREATE INDEX "memory_episodes_expires" ON "memory_episodes" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "memory_facts_subject" ON "memory_facts" USING btree ("tenant","subject","collection_id");--> statement-breakpoint
CREATE INDEX "memory_facts_expires" ON "memory_facts" USING btree ("expires_at");--> statement-breakpoint
-- Vectors lie in their row, uncompressed, as long as it fits in a page: each of their numbers is read by a search of its own.
ALTER TABLE "memory_vectors" ALTER COLUMN "vector" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "memory_vectors" SET (toast_tuple_target = 8160);
