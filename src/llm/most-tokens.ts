import { mostTokensOf } from '../usage/token-bound.ts';
import type { ModelRequest } from './provider.ts';

/** The most tokens that a request may turn out to have. */
export const mostInputOf = ({ messages, tools = [], output }: ModelRequest): number =>
  mostTokensOf([...messages, ...tools, ...(output === undefined ? [] : [output])].map((part) => JSON.stringify(part)));
