DROP INDEX "ledger_root";--> statement-breakpoint
CREATE INDEX "ledger_root_at" ON "ledger" USING btree ("root_execution_id","at");--> statement-breakpoint
CREATE INDEX "ledger_tenant_blueprint_at" ON "ledger" USING btree ("tenant","blueprint_id","at");--> statement-breakpoint
CREATE INDEX "ledger_tenant_model_at" ON "ledger" USING btree ("tenant","model","at");--> statement-breakpoint
CREATE INDEX "ledger_tenant_kind_at" ON "ledger" USING btree ("tenant","kind","at");--> statement-breakpoint
CREATE INDEX "ledger_estimated" ON "ledger" USING btree ("tenant","at") WHERE usage_source = 1;