import { z } from 'zod';
import { JSON_TYPE } from './answer.ts';
import { describeRoutes } from './openapi.ts';
import { READ_ROUTES } from './read-routes.ts';
import type { Route } from './route.ts';
import { WRITE_ROUTES } from './write-routes.ts';

/** All that is answered below `/api/v1`. */
export const ROUTES: readonly Route[] = [
  ...READ_ROUTES,
  ...WRITE_ROUTES,
  {
    method: 'GET',
    path: '/api/v1/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This description.',
    lock: 'none',
    answers: {
      200: { description: 'OpenAPI 3.1.', types: [JSON_TYPE], shape: z.looseObject({ openapi: z.literal('3.1.0') }) },
    },
    problems: [],
    answer: () => Promise.resolve({ status: 200, body: { type: JSON_TYPE, text: openApiText() } }),
  },
];

let described: string | undefined;

/** The description as it is served, and as it stands in `docs/generated/openapi.json`. */
export function openApiText(): string {
  return (described ??= `${JSON.stringify(describeRoutes(ROUTES), null, 2)}\n`);
}
