import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { eventsOfType, startTestApp, type Outcome } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';

const TEXT = 'Tea is a drink. It is made by pouring hot water over leaves.';

const Document = z.looseObject({});

/** As they run where nobody has a key. */
describe('the example', () => {
  let database: ServerTestDatabase;
  beforeAll(async () => {
    vi.stubEnv('OPENAI_API_KEY', undefined);
    database = await openTestDatabase();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await database.close();
  });

  async function run(name: string): Promise<Outcome> {
    const folder = path.resolve('examples', name);
    const environment = { ICEOS_CONFIG: path.join(folder, 'iceos.config.ts') };
    const app = await startTestApp({ databaseUrl: database.url, environment });
    try {
      const blueprint = Document.parse(parse(await readFile(path.join(folder, 'blueprint.yaml'), 'utf8')));
      return await app.run(blueprint, { text: TEXT });
    } finally {
      await app.close();
    }
  }

  it('summarise asks a model twice', async () => {
    expect((await run('summarise')).output).toEqual({
      summary: 'Tea is a drink.',
      topics: ['pouring', 'leaves'],
    });
  });

  it('headline lets a swarm vote', async () => {
    const { output, events } = await run('headline');
    expect(output).toEqual({ headline: 'Tea is a', by: 'brief' });
    expect(eventsOfType(events, 'voteCast').map(({ agent, choice }) => [agent, choice])).toEqual([
      ['brief', 'brief'],
      ['warm', 'brief'],
      ['exact', 'brief'],
    ]);
    expect(eventsOfType(events, 'roundEnded')).toMatchObject([{ round: 1, choice: 'brief', tally: { brief: 3 } }]);
  });
});
