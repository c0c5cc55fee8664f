ALTER TABLE "executions" ADD COLUMN "input_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "output_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "executions" ADD COLUMN "cost_usd_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "executions" e SET "input_tokens" = l."input", "output_tokens" = l."output", "cost_usd_micros" = l."cost"
FROM (SELECT "execution_id", sum("input_tokens")::bigint AS "input", sum("output_tokens")::bigint AS "output", sum("cost_usd_micros")::bigint AS "cost" FROM "ledger" WHERE "kind" IN (0, 1) GROUP BY "execution_id") l
WHERE e."id" = l."execution_id";
