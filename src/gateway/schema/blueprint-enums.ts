import { builder } from '../builder.ts';

export const SourceFormat = builder.enumType('SourceFormat', {
  description: 'How a blueprint is written down.',
  values: {
    YAML: { value: 'yaml', description: 'YAML 1.2, without aliases.' },
    JSON: { value: 'json', description: 'JSON, indented by two spaces.' },
  } as const,
});

export const RevisionChange = builder.enumType('RevisionChange', {
  description: 'What made a version.',
  values: {
    CREATED: { value: 'created', description: 'The first version.' },
    EDITED: { value: 'edited', description: 'Its content was changed.' },
    MERGED: { value: 'merged', description: 'Its content was merged with what others had changed meanwhile.' },
    RENAMED: { value: 'renamed', description: 'Its name alone was changed.' },
    PUBLISHED: { value: 'published', description: 'A version was published.' },
    ARCHIVED: { value: 'archived', description: 'It was hidden and starts nothing any more.' },
    DELETED: { value: 'deleted', description: 'It was deleted; a tombstone is left.' },
    RESTORED: { value: 'restored', description: 'An archive or a delete was undone.' },
  } as const,
});

export const UpdateOutcome = builder.enumType('UpdateOutcome', {
  description: 'How an accepted change ended.',
  values: {
    APPLIED: { value: 'applied', description: 'Written as asked: a new version.' },
    MERGED: { value: 'merged', description: 'Merged with what others had changed meanwhile: a new version.' },
    UNCHANGED: { value: 'unchanged', description: 'Equal to what is there already: no new version.' },
  } as const,
});

export const OnConflict = builder.enumType('OnConflict', {
  description: 'What to do when someone else wrote first.',
  values: {
    REJECT: { value: 'reject', description: 'Answer with VersionConflict.' },
    MERGE: { value: 'merge', description: 'Merge when both sides touched different nodes and the outcome compiles.' },
  } as const,
});

export const ChangeSide = builder.enumType('ChangeSide', {
  description: 'Who changed a place since the version that you started from.',
  values: {
    YOURS: { value: 'yours', description: 'Your input alone.' },
    THEIRS: { value: 'theirs', description: 'Others alone.' },
    BOTH: { value: 'both', description: 'Both, differently: a clash.' },
  } as const,
});
