CREATE TABLE "token_denials" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"kind" varchar(8) NOT NULL,
	"value" varchar(256) NOT NULL,
	"denied_at" timestamp (3) with time zone NOT NULL,
	"denied_by" varchar(256) NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "token_denials_value" UNIQUE("tenant","kind","value")
);
--> statement-breakpoint
CREATE INDEX "token_denials_tenant" ON "token_denials" USING btree ("tenant","id");