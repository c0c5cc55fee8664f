import type { BlueprintRecord, RevisionRecord } from '../../blueprint/records.ts';
import { builder } from '../builder.ts';

// Declared before their fields, as the two types refer to each other.
export const BlueprintType = builder.objectRef<BlueprintRecord>('Blueprint');
export const BlueprintRevision = builder.objectRef<RevisionRecord>('BlueprintRevision');
