import type { CliDeps, Finding } from '../cli-deps.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { WhoAmIDocument } from '../generated/graphql.ts';
import { openSession } from '../session.ts';

async function checkServer(deps: CliDeps): Promise<Finding> {
  const name = 'server';
  const { url } = deps.settings;
  try {
    const response = await deps.fetch(new URL('/readyz', url));
    if (response.ok) return { name, ok: true, message: `${url} is ready.` };
    return { name, ok: false, message: `${url} answers, but is not ready (${response.status}). Its log says why.` };
  } catch {
    return {
      name,
      ok: false,
      message: `Nothing answers at ${url}. Start it: iceos serve`,
    };
  }
}

async function checkKey(deps: CliDeps): Promise<Finding> {
  const name = 'api key';
  try {
    const { client } = await openSession(deps);
    const { viewer } = await client.request(WhoAmIDocument, {});
    if (!viewer) return { name, ok: false, message: 'The server does not say who you are.' };
    return { name, ok: true, message: `You are ${viewer.subject}, with ${viewer.scopes.join(', ')}.` };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** `iceos doctor`: looks at this machine and at the server, and says what to do. */
export async function doctor(options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const server = await checkServer(deps);
  const findings = [...(await deps.doctor()), server, ...(server.ok ? [await checkKey(deps)] : [])];
  const { terminal } = deps;
  if (options.json) terminal.out(`${JSON.stringify(findings)}\n`);
  else for (const finding of findings) terminal.out(`${findingLine(finding, deps)}\n`);
  return findings.every(({ ok, optional }) => ok || optional === true) ? EXIT.succeeded : EXIT.failed;
}

const NAME_WIDTH = 16;

function findingLine({ name, ok, optional, message }: Finding, { terminal: { style } }: CliDeps): string {
  const absent = optional === true ? style.yellow('-') : style.red('✗');
  const indent = ' '.repeat(NAME_WIDTH + 3);
  return `${ok ? style.green('✓') : absent} ${name.padEnd(NAME_WIDTH)} ${message.replaceAll('\n', `\n${indent}`)}`;
}
