import { expect, it } from 'vitest';
import { soak, tableOf } from '../../../bench/soak.ts';
import { openTestDatabase } from '../../support/database.ts';

it.runIf(process.platform === 'linux')(
  'A server holds no more than before once clients that came, broke, renewed and left are gone',
  { timeout: 120_000 },
  async () => {
    const database = await openTestDatabase();
    try {
      const said: string[] = [];
      const soaked = await soak({
        databaseUrl: database.url,
        warmUpMs: 3_000,
        soakMs: 8_000,
        say: (line) => said.push(line),
      });
      expect(soaked.faults, `${said.join('\n')}\n${tableOf(soaked)}`).toEqual([]);
      for (const count of ['executions', 'left', 'cuts', 'renewed'] as const) expect(soaked[count]).toBeGreaterThan(3);
    } finally {
      await database.close();
    }
  },
);
