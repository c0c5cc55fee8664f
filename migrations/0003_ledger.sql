CREATE TABLE "budgets" (
	"root_execution_id" uuid PRIMARY KEY NOT NULL,
	"tenant" uuid NOT NULL,
	"max_cost_usd_micros" bigint,
	"reserved_usd_micros" bigint NOT NULL,
	"spent_usd_micros" bigint NOT NULL,
	CONSTRAINT "budgets_whole" CHECK ("budgets"."reserved_usd_micros" >= 0 and "budgets"."spent_usd_micros" >= 0)
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"execution_id" uuid NOT NULL,
	"path" text NOT NULL,
	"attempt" integer NOT NULL,
	"call" integer NOT NULL,
	"tenant" uuid NOT NULL,
	"root_execution_id" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"kind" smallint NOT NULL,
	"model" varchar(256) NOT NULL,
	"price" text,
	"cost_usd_micros" bigint NOT NULL,
	"input_tokens" bigint NOT NULL,
	"cached_input_tokens" bigint NOT NULL,
	"cache_write_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	"reasoning_tokens" bigint NOT NULL,
	"usage_source" smallint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ledger_execution_id_path_attempt_call_pk" PRIMARY KEY("execution_id","path","attempt","call")
);
--> statement-breakpoint
CREATE TABLE "reservations" (
	"execution_id" uuid NOT NULL,
	"path" text NOT NULL,
	"attempt" integer NOT NULL,
	"call" integer NOT NULL,
	"tenant" uuid NOT NULL,
	"root_execution_id" uuid NOT NULL,
	"blueprint_id" uuid NOT NULL,
	"kind" smallint NOT NULL,
	"model" varchar(256) NOT NULL,
	"price" text,
	"amount_usd_micros" bigint NOT NULL,
	"input_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	CONSTRAINT "reservations_execution_id_path_attempt_call_pk" PRIMARY KEY("execution_id","path","attempt","call")
);
--> statement-breakpoint
CREATE INDEX "ledger_tenant_at" ON "ledger" USING btree ("tenant","at");--> statement-breakpoint
CREATE INDEX "ledger_root" ON "ledger" USING btree ("root_execution_id");