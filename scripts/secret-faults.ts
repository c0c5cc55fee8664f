import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

const RULE = '@secretlint/secretlint-rule-preset-recommend';

interface Known {
  readonly file: RegExp;
  /** What must stand in the text that was found. */
  readonly text: string;
  /** Why it is no secret. */
  readonly why: string;
}

/** What looks like a secret and is none: each for its own files, and for its own words alone. */
export const KNOWN: readonly Known[] = [
  {
    file: /^(docker-compose\.yml|docs\/operations\.md)$/,
    text: '//iceos:iceos@',
    why: 'the database of the example listens on loopback, and its password is its name',
  },
  {
    file: /^test\/fixtures\/tls\/key\.pem$/,
    text: '-----BEGIN PRIVATE KEY-----',
    why: 'the key of a server in the tests, whose certificate nobody trusts',
  },
  {
    file: /^test\/unit\/config\/config\.test\.ts$/,
    text: '//user:pass@login.test',
    why: 'a setting that the test sees refused, as it has a password',
  },
  {
    file: /^test\/unit\/telemetry\/logger\.test\.ts$/,
    text: 'postgres://me:',
    why: 'bait, which the test sees taken out of a log line',
  },
];

/** Secrets in a file, by the recommended rules of secretlint, each with its line; never the secret itself. */
export async function secretFaults(file: string, content: string): Promise<readonly string[]> {
  // What is not text has no lines to look at.
  if (content.includes('\0')) return [];
  const { messages } = await lintSource({
    source: { filePath: file, content, contentType: 'text' },
    options: { config: { rules: [{ id: RULE, rule: creator }] } },
  });
  const isKnown = (message: string): boolean => KNOWN.some((one) => one.file.test(file) && message.includes(one.text));
  return messages
    .filter(({ message }) => !isKnown(message))
    .map(
      ({ loc, messageId }) =>
        `${file}:${loc.start.line} has a secret (${messageId}). Whoever reads the repository has it: take it out and make it void; ` +
        'where it is none, say why in scripts/secret-faults.ts.',
    );
}
