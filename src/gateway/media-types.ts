/** What a query or mutation can be answered with. */
const GRAPHQL = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
const ANSWERS = [GRAPHQL, JSON_TYPE, 'text/event-stream', 'multipart/mixed'];

export interface MediaRange {
  readonly range: string;
  /** From 0, not at all, to 1. */
  readonly weight: number;
}

/** The media ranges of an `Accept` header (RFC 9110, 12.5.1), the most wanted first; answers are in UTF-8 alone. */
export function parseAccept(accept: string): readonly MediaRange[] {
  const ranges = accept.split(',').flatMap((one) => {
    const [range = '', ...parameters] = one.toLowerCase().replace(/[\s"]/g, '').split(';');
    const charset = parameters.find((parameter) => parameter.startsWith('charset='));
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return range !== '' && weight >= 0 && (charset === undefined || charset === 'charset=utf-8')
      ? [{ range, weight }]
      : [];
  });
  return ranges.toSorted((one, other) => other.weight - one.weight);
}

export const canAnswer = (ranges: readonly MediaRange[]): boolean => ANSWERS.some((type) => weightOf(ranges, type) > 0);

/** Whether a client wants JSON, and if so, whether by the media type of GraphQL. */
export function jsonWanted(ranges: readonly MediaRange[]): 'graphql' | 'legacy' | undefined {
  const graphql = weightOf(ranges, GRAPHQL);
  const json = weightOf(ranges, JSON_TYPE);
  if (graphql === 0 && json === 0) return undefined;
  return graphql >= json ? 'graphql' : 'legacy';
}

/** The most specific range decides. */
function weightOf(ranges: readonly MediaRange[], type: string): number {
  const wanted = [type, `${type.split('/', 1).join('')}/*`, '*/*'];
  for (const one of wanted) {
    const found = ranges.find(({ range }) => range === one);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
