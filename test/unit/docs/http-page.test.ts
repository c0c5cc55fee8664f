import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { findRoute } from '../../../src/gateway/rest/find-route.ts';
import { PROBLEM_STATUS } from '../../../src/gateway/rest/refused.ts';
import { ROUTES } from '../../../src/gateway/rest/routes.ts';
import { codeBlocks } from '../../support/markdown.ts';

const page = await readFile('docs/http.md', 'utf8');

describe('docs/http.md', () => {
  it('has every route, and every code beside its status', () => {
    expect(ROUTES.filter(({ method, path }) => !page.includes(`\`${method} ${path}\``))).toEqual([]);
    const rows = page.split('\n').filter((line) => /^\| \d{3} /.test(line));
    const missing = Object.entries(PROBLEM_STATUS).filter(
      ([code, status]) => !rows.some((row) => row.startsWith(`| ${status} `) && row.includes(`\`${code}\``)),
    );
    expect(missing).toEqual([]);
  });

  it('shows calls of curl that find their routes, with the lock that these want', async () => {
    const shown = (await codeBlocks('sh')).filter(({ place }) => place.startsWith('docs/http.md'));
    const text = shown.map((block) => block.text.replaceAll('\\\n', '')).join('\n');
    const calls = text.split('\n').filter((line) => line.startsWith('curl '));
    const found = calls.map((call) => {
      const method = /-X (\w+)/.exec(call)?.[1] ?? (call.includes('--data') ? 'POST' : 'GET');
      const path = /"\$ICEOS(\S*)"/.exec(call)?.[1] ?? '';
      const to = findRoute(method, `/api/v1${path}`);
      if (to.type !== 'route') throw new Error(call);
      const lock = /X-Version-Lock: (\w+)/.exec(call)?.[1];
      expect(lock === undefined ? 'none' : lock === '__new__' ? 'new' : 'version', call).toBe(to.route.lock);
      const type = /Content-Type: ([\w/+-]+)/.exec(call)?.[1];
      if (type !== undefined) expect(to.route.body?.types).toContain(type);
      return to.route.operationId;
    });
    expect(found).toEqual([
      'createBlueprint',
      'getBlueprint',
      'replaceBlueprint',
      'patchBlueprint',
      'publishBlueprint',
      'deleteBlueprint',
    ]);
  });
});
