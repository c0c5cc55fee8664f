import { describe, expect, it } from 'vitest';
import { KNOWN, secretFaults } from '../../../scripts/secret-faults.ts';

// In halves, so that the check does not find this file.
const TOKEN = ['gh', 'p_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('');
const DATABASE = ['postgres:', '//iceos:', 'iceos@127.0.0.1:5432/iceos'].join('');

describe('secrets in the repository', () => {
  it.each([
    ['a token of GitHub', TOKEN],
    ['the password of a database', DATABASE.replace('iceos@', 'Xk39dkQ@')],
  ])('are found with their line, and not repeated: %s', async (_what, secret) => {
    const faults = await secretFaults('src/a.ts', `\nconst a = \`${secret}\`;\n`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^src\/a\.ts:2 has a secret/);
    expect(faults[0]).not.toContain(secret);
  });

  it('are none where it is said why, in those files and for those words alone', async () => {
    expect(await secretFaults('docker-compose.yml', DATABASE)).toEqual([]);
    expect(await secretFaults('docker-compose.yml', TOKEN)).toHaveLength(1);
    expect(await secretFaults('src/docker-compose.yml', DATABASE)).toHaveLength(1);
    for (const { why } of KNOWN) expect(why).not.toBe('');
  });
});
