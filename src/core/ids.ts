import { z } from 'zod';

/**
 * IDs are UUIDv7 (RFC 9562), made by the application: they sort by time, which the journal's partitions rely on.
 * Each kind is branded and parsed once, at the edge.
 */
export const ExecutionId = z.uuid().brand('ExecutionId');
export type ExecutionId = z.infer<typeof ExecutionId>;

export const BlueprintId = z.uuid().brand('BlueprintId');
export type BlueprintId = z.infer<typeof BlueprintId>;

export const OrchestratorId = z.uuid().brand('OrchestratorId');
export type OrchestratorId = z.infer<typeof OrchestratorId>;

export const ApiKeyId = z.uuid().brand('ApiKeyId');
export type ApiKeyId = z.infer<typeof ApiKeyId>;

export const TokenDenialId = z.uuid().brand('TokenDenialId');
export type TokenDenialId = z.infer<typeof TokenDenialId>;

export const CollectionId = z.uuid().brand('CollectionId');
export type CollectionId = z.infer<typeof CollectionId>;

export const FactId = z.uuid().brand('FactId');
export type FactId = z.infer<typeof FactId>;

export const EpisodeId = z.uuid().brand('EpisodeId');
export type EpisodeId = z.infer<typeof EpisodeId>;

export const TenantId = z.uuid().brand('TenantId');
export type TenantId = z.infer<typeof TenantId>;

/** SHA-256 in lower case hex: fingerprints of blueprints and digests of artifacts. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand('Digest');
export type Digest = z.infer<typeof Digest>;

/** The tenant of an installation that has only one. */
export const DEFAULT_TENANT: TenantId = TenantId.parse('00000000-0000-7000-8000-000000000001');
