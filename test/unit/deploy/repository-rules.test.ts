import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const WORKFLOWS = '.github/workflows';

const Workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      name: z.string(),
      strategy: z.object({ matrix: z.record(z.string(), z.array(z.union([z.string(), z.number()]))) }).optional(),
      'timeout-minutes': z.number(),
      steps: z.array(z.looseObject({ uses: z.string().optional() })),
    }),
  ),
});
const Ruleset = z.object({
  rules: z.array(
    z.object({
      type: z.string(),
      parameters: z
        .looseObject({ required_status_checks: z.array(z.object({ context: z.string() })).optional() })
        .optional(),
    }),
  ),
});

const files = await readdir(WORKFLOWS);
const texts = await Promise.all(files.map((file) => readFile(path.join(WORKFLOWS, file), 'utf8')));
const workflows = new Map(files.map((file, i) => [file, Workflow.parse(parse(texts[i] ?? ''))] as const));

/** Each way to take one value of each axis. */
const combinations = (matrix: Readonly<Record<string, readonly (string | number)[]>>): Record<string, string>[] =>
  Object.entries(matrix).reduce<Record<string, string>[]>(
    (all, [axis, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [axis]: String(value) }))),
    [{}],
  );

const jobNames = (workflow: z.infer<typeof Workflow>): readonly string[] =>
  Object.values(workflow.jobs).flatMap(({ name, strategy }) =>
    combinations(strategy?.matrix ?? {}).map((chosen) =>
      name.replaceAll(/\$\{\{ matrix\.(\w+) \}\}/g, (_, axis: string) => chosen[axis] ?? ''),
    ),
  );

describe('the rules of the repository', () => {
  it('require each job of CI, by its name', async () => {
    const { rules } = Ruleset.parse(JSON.parse(await readFile('.github/rulesets/main.json', 'utf8')));
    const required = rules.flatMap(({ parameters }) => parameters?.required_status_checks ?? []);
    const ci = workflows.get('ci.yml');
    expect(required.map(({ context }) => context).sort()).toEqual([...jobNames(ci ?? Workflow.parse({}))].sort());
    expect(rules.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['deletion', 'non_fast_forward', 'pull_request']),
    );
  });

  it('ask owners of files that are there', async () => {
    const lines = (await readFile('.github/CODEOWNERS', 'utf8')).split('\n').filter((line) => /^\//.test(line));
    expect(lines.length).toBeGreaterThan(5);
    await Promise.all(lines.map((line) => access(`.${line.split(/\s/)[0] ?? ''}`)));
  });
});

describe.each([...workflows])('the workflow %s', (file, workflow) => {
  const text = texts[files.indexOf(file)] ?? '';

  it('runs actions by their digest, with the version beside it', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map((found) => found[1] ?? '');
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read alone, unless a job asks for more, and ends in time', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(120);
  });

  it('leaves no credentials behind for what it runs', () => {
    expect(text.match(/persist-credentials: false/g)).toHaveLength(text.match(/actions\/checkout@/g)?.length ?? 0);
  });
});
