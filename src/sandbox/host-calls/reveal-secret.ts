import * as z from 'zod/mini';
import { ok } from '../../core/result.ts';
import { RevealRequest, type RevealResponse } from '../../protocol/host-calls.ts';
import { refuse, type HostCallHandler } from '../broker.ts';

/** Gives a tool the plain text of a secret that it is granted to see. */
export const revealSecret: HostCallHandler = async (json, { grants, signal }) => {
  const parsed = z.safeParse(RevealRequest, json);
  if (!parsed.success) return refuse('The request has no known form.');
  const { name } = parsed.data;
  const grant = grants.find((each) => each.kind === 'reveal' && each.name === name);
  if (grant?.kind !== 'reveal') {
    return refuse(
      `The plain text of the secret ${JSON.stringify(name)} is not granted: the tool must declare it under "reveal", the node ask for it, and the policy say "reveal" of it.`,
    );
  }
  const value = grant.read();
  if (value === undefined) return refuse(noValue(name));
  await grant.onReveal?.(signal);
  const response: RevealResponse = { value };
  return ok({ ...response });
};

/** What to say of a secret that is granted and that this server does not have. */
export const noValue = (name: string): string =>
  `The secret "${name}" has no value that this server can use. Set one: iceos secrets set ${name}. The operator may also keep one in the file of ICEOS_SECRETS_FILE.`;
