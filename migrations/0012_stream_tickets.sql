CREATE TABLE "stream_tickets" (
	"secret_hash" "bytea" PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"execution_id" uuid NOT NULL,
	"subject" varchar(256) NOT NULL,
	"credential" varchar(4096) NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "stream_tickets_tenant" ON "stream_tickets" USING btree ("tenant","expires_at");