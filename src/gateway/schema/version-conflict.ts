import type { ThreeWayChange as Change, VersionConflict as Conflict } from '../../blueprint/records.ts';
import { builder } from '../builder.ts';
import { ErrorInterface } from '../result-union.ts';
import { ChangeSide } from './blueprint-enums.ts';
import { BlueprintRevision, BlueprintType } from './blueprint-refs.ts';

const ThreeWayChange = builder.objectRef<Change>('ThreeWayChange').implement({
  description: 'One place that a side changed since `base`. A value is null where the place is absent.',
  fields: (t) => ({
    node: t.exposeString('node', { nullable: true, description: 'The top-level node. Null outside nodes.' }),
    path: t.exposeString('path', { description: 'JSON Pointer (RFC 6901) to the place.' }),
    side: t.expose('side', { type: ChangeSide, description: 'Who changed it.' }),
    base: t.expose('base', { type: 'JSON', nullable: true, description: 'What you started from.' }),
    yours: t.expose('yours', { type: 'JSON', nullable: true, description: 'What your input makes of it.' }),
    theirs: t.expose('theirs', { type: 'JSON', nullable: true, description: 'What it is now.' }),
  }),
});

export const VersionConflict = builder.objectRef<Conflict>('VersionConflict').implement({
  description: 'Someone else wrote first. Enough to show a three-way merge. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    expectedVersion: t.exposeInt('expectedVersion', { description: 'As you gave it.' }),
    actualVersion: t.exposeInt('actualVersion', { description: 'What it is now.' }),
    current: t.expose('current', { type: BlueprintType, description: 'The blueprint as it is now.' }),
    base: t.expose('base', {
      type: BlueprintRevision,
      nullable: true,
      description: 'What you started from; null when there never was such a version.',
    }),
    changes: t.expose('changes', {
      type: [ThreeWayChange],
      description: 'Every place that either side changed, at most 1,000.',
    }),
    mergeable: t.exposeBoolean('mergeable', {
      description: 'The same input with `onConflict: MERGE` would be accepted now. False where the input has none.',
    }),
  }),
});
