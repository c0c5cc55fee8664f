import { STATUS_CODES } from 'node:http';
import { PROBLEM_STATUS, type RefusedError } from './refused.ts';

interface Body {
  readonly type: string;
  readonly text: string;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined: there is no body. */
  readonly body?: Body | undefined;
  /** How many things are in it, for the limit of complexity; default 1. */
  readonly objects?: number;
}

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
export const PROBLEM_TYPE = 'application/problem+json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

/** A body for programs and for people at a terminal. */
export const jsonBody = (value: object, type = JSON_TYPE): Body => ({
  type,
  text: `${JSON.stringify(value, null, 2)}\n`,
});

/** RFC 9457: `about:blank` says that the status and, with us, `code` tell all that there is to act on. */
export function problemAnswer({ code, message: detail, headers, members }: RefusedError): Answer {
  const status = PROBLEM_STATUS[code];
  const problem = { type: 'about:blank', title: STATUS_CODES[status], status, detail, code, ...members };
  return { status, headers, body: jsonBody(problem, PROBLEM_TYPE) };
}
