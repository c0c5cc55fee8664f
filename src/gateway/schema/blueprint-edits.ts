import type { BlueprintEdit as Edit } from '../../blueprint/edits.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { BlueprintEdit } from './blueprint-inputs.ts';
