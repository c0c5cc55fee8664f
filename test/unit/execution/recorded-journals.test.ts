import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromRow } from '../../../src/execution/codec.ts';
import { EVENT_FORMAT, EVENT_TYPE_CODES } from '../../../src/execution/events.ts';
import { foldRows, type RecordedJournal } from '../../support/recorded-journals.ts';

const FOLDER = 'test/fixtures/journals';
const journals = readdirSync(FOLDER).map((file): [string, RecordedJournal] => [
  file,
  JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')),
]);

describe('a journal that an older release recorded', () => {
  it.each(journals)('is read and folded to what it was then: %s', (_file, { blueprint, rows, half, end }) => {
    expect(foldRows(blueprint, rows)).toEqual({ half, end });
  });

  it('is there for each type of event and for the format of today: scripts/record-journals.ts records more', () => {
    const types = new Set(journals.flatMap(([, { rows }]) => rows.map((row) => fromRow(row).type)));
    expect([...types].toSorted()).toEqual(Object.keys(EVENT_TYPE_CODES).toSorted());
    expect(journals.map(([, { format }]) => format)).toContain(EVENT_FORMAT);
  });
});
