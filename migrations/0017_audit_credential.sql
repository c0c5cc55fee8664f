ALTER TABLE "audit_log" ADD COLUMN "credential_kind" varchar(16);--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "credential_id" varchar(256);