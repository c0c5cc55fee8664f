CREATE UNLOGGED TABLE "rate_limits" (
	"key" varchar(512) PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
