import path from 'node:path';

/** The most lines that a written file has; a file that reaches 250 is two ideas. */
export const MAX_LINES = 300;

const WRITTEN = /\.(ts|c|h|py|md|yml|yaml|sh|sql|css|html)$/;
// Made by tools, or a text that is not ours.
const GENERATED =
  /(^|\/)generated\/|^migrations\/|^deploy\/(grafana|prometheus)\/|^schema\.graphql$|^docs\/(cli|errors|events)\.md$|^package-lock\.json$|^LICENSE$/;

// In two halves, so that this file does not find itself.
const WORDS = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'];
const MARKER = new RegExp(`\\b(${WORDS.join('|')})\\b`);
const LEFT_IN_TESTS = new RegExp(
  String.raw`\b(it|test|describe)(\.\w+)*\.(on` + String.raw`ly|sk` + String.raw`ip|to` + String.raw`do)\b`,
);

/** True for files that people write and others read. */
export const isWritten = (file: string): boolean => WRITTEN.test(file) && !GENERATED.test(file);

/** Files that are too long, and markers of unfinished work. */
export function fileFaults(file: string, text: string): readonly string[] {
  const lines = text.split('\n');
  const faults: string[] = [];
  const count = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  if (count > MAX_LINES)
    faults.push(`${file} has ${count} lines; ${MAX_LINES} is the most. Find the second idea's name.`);
  for (const [index, line] of lines.entries()) {
    const marker = MARKER.exec(line)?.[0] ?? (file.startsWith('test/') ? LEFT_IN_TESTS.exec(line)?.[0] : undefined);
    if (marker !== undefined) faults.push(`${file}:${index + 1} has "${marker}". Finish it, or file an issue.`);
  }
  return faults;
}

/** Names in the first column of the tables of docs/guarantees.md, by the heading above them. */
export function guaranteesIn(page: string): { readonly held: readonly string[]; readonly notYet: readonly string[] } {
  const held: string[] = [];
  const notYet: string[] = [];
  let into = held;
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) into = /^## Not yet/i.test(line) ? notYet : held;
    const name = /^\| (?:\[)?\*{0,2}([a-z][a-z-]+)\*{0,2}(?:\]\(.*?\))? *\|/.exec(line)?.[1];
    if (name !== undefined && name !== 'guarantee') into.push(name);
  }
  return { held, notYet };
}

/** Promises without a test of the same name, tests without a promise, and promises that say they are not kept but are tested. */
export function guaranteeFaults(page: string, testFiles: readonly string[]): readonly string[] {
  const { held, notYet } = guaranteesIn(page);
  const tests = testFiles.map((file) => path.basename(file, '.test.ts'));
  return [
    ...held
      .filter((name) => !tests.includes(name))
      .map((name) => `docs/guarantees.md promises "${name}", but test/guarantees/${name}.test.ts does not exist.`),
    ...tests
      .filter((name) => !held.includes(name))
      .map((name) => `test/guarantees/${name}.test.ts tests a promise that docs/guarantees.md does not make.`),
    ...notYet
      .filter((name) => held.includes(name))
      .map((name) => `docs/guarantees.md says of "${name}" both that it holds and that it does not yet.`),
  ];
}
