ALTER TABLE "memory_episodes" ALTER COLUMN "created_at" SET DATA TYPE timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "memory_facts" ALTER COLUMN "created_at" SET DATA TYPE timestamp (6) with time zone;--> statement-breakpoint
CREATE INDEX "memory_episodes_time" ON "memory_episodes" USING btree ("tenant","session","created_at","id");--> statement-breakpoint
CREATE INDEX "memory_facts_time" ON "memory_facts" USING btree ("tenant","collection_id","created_at","id");