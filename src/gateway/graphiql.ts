import type { GraphiQLOptions } from 'graphql-yoga';

const START = `# Runs a published blueprint: take its id from "Blueprints" below, and put it under "Variables".
# Your key stands under "Headers": { "authorization": "Bearer ice_..." }
mutation Start($blueprintId: ID!, $input: JSON) {
  startExecution(input: { blueprintId: $blueprintId, input: $input }) {
    __typename
    ... on StartExecutionSuccess { created execution { id status startCursor } }
    ... on Error { message }
  }
}

query Blueprints {
  blueprints(first: 20) {
    edges { node { id name version hasUnpublishedChanges publishedRevision { version } } }
  }
}
`;

const WATCH = `# Live: a snapshot first, then every event. Pass execution.startCursor as "after" to see it from the start.
subscription Watch($executionId: ID!, $after: String) {
  executionEvents(executionId: $executionId, after: $after) {
    __typename
    ... on ExecutionSnapshot { execution { id status progress { done total } } nodes { id path status attempt } }
    ... on ExecutionEvents {
      events { sequence type at ... on NodeEvent { path } }
      execution { id status progress { done total } }
    }
    ... on StreamLagged { resumeAfter }
    ... on Error { message }
  }
}
`;

const HEADERS = '{\n  "authorization": "Bearer ice_..."\n}';

/** The tabs that a newcomer finds: start something, watch it. */
export const PLAYGROUND_TABS = [
  { query: START, variables: '{\n  "blueprintId": "",\n  "input": {}\n}', headers: HEADERS },
  { query: WATCH, variables: '{\n  "executionId": ""\n}', headers: HEADERS },
];

/**
 * A key in the fragment of the address (`/#key=ice_...`) never leaves the browser: it is kept for this tab, taken out of
 * the address, and sent with each request that has no key of its own under "Headers".
 */
const KEY_SCRIPT = `<script>
(() => {
  const found = /(?:^#|&)key=(ice_[0-9A-Za-z_]+)/.exec(location.hash);
  if (found) {
    sessionStorage.setItem('iceos-key', found[1]);
    history.replaceState(null, '', location.pathname + location.search);
  }
  const send = window.fetch;
  window.fetch = (input, init = {}) => {
    const key = sessionStorage.getItem('iceos-key');
    const headers = new Headers(init.headers);
    const given = headers.get('authorization');
    if (key && (!given || given.endsWith('ice_...'))) headers.set('authorization', 'Bearer ' + key);
    return send(input, { ...init, headers });
  };
})();
</script>`;

// Nothing from the network: not the page's parts, and nowhere that it could send a key to.
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; " +
  "font-src data:; img-src data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

export const PLAYGROUND_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

const OPTIONS: GraphiQLOptions = {
  title: 'iceOS',
  endpoint: '/graphql',
  // Distinct mode on /graphql itself: the same path, and the headers of the editor go along.
  subscriptionsProtocol: 'GRAPHQL_SSE',
  defaultTabs: PLAYGROUND_TABS,
  shouldPersistHeaders: false,
  defaultEditorToolsVisibility: 'variables',
};

/** The page of the playground. 9 MB are made once, when the first browser asks. */
export function createPlayground(): () => Promise<string> {
  let page: Promise<string> | undefined;
  const render = async (): Promise<string> => {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const html = renderGraphiQL(OPTIONS);
    return html.replace('<div id="root"></div>', () => `<div id="root"></div>${KEY_SCRIPT}`);
  };
  return () => (page ??= render());
}
