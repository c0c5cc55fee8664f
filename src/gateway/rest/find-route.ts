import { RefusedError } from './refused.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** What a request is for. */
export type Found =
  | { readonly type: 'route'; readonly route: Route; readonly id: string }
  /** OPTIONS: what may be done there. */
  | { readonly type: 'options'; readonly allow: string; readonly acceptPatch: string | undefined };

const byPath = [...new Set(ROUTES.map(({ path }) => path))].map((path) => ({
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace('{id}', '([^/]+)')}$`),
  routes: ROUTES.filter((route) => route.path === path),
}));

/** HEAD is answered as GET, of which Node sends the headers alone. */
export function findRoute(method: string | undefined, path: string): Found {
  for (const { pattern, routes } of byPath) {
    const matched = pattern.exec(path);
    if (matched === null) continue;
    const wanted = method === 'HEAD' ? 'GET' : method;
    const route = routes.find((each) => each.method === wanted);
    if (route !== undefined) return { type: 'route', route, id: decoded(matched[1] ?? '') };
    const allow = [...routes.flatMap((each) => (each.method === 'GET' ? ['GET', 'HEAD'] : [each.method])), 'OPTIONS'];
    const patch = routes.find((each) => each.method === 'PATCH');
    if (method === 'OPTIONS')
      return { type: 'options', allow: allow.join(', '), acceptPatch: patch?.body?.types.join(', ') };
    throw new RefusedError('METHOD_NOT_ALLOWED', `Here you may send ${allow.join(', ')}.`, {
      headers: { allow: allow.join(', ') },
    });
  }
  throw new RefusedError('NOT_FOUND', 'There is nothing at this path. What there is says /api/v1/openapi.json.');
}

/** What is no percent-encoding is an ID that does not exist. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
