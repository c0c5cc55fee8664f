import type { ShownEventFragment } from './generated/graphql.ts';
import { oneLine } from './text-width.ts';

/** A step of an agent or a swarm in a few words; undefined for all other events. What models said has no control characters left. */
export function agentStep(event: ShownEventFragment): string | undefined {
  const said = sentence(event);
  return said === undefined ? undefined : oneLine(said);
}

function sentence(event: ShownEventFragment): string | undefined {
  if (event.__typename === 'AgentTurned') return `turn ${event.turn} of ${event.agent}`;
  if (event.__typename === 'ToolCalled')
    return `${event.agent} called ${event.tool}${event.isError ? ', which failed' : ''}`;
  if (event.__typename === 'TaskHandedOver') return `${event.agent} handed a task over to ${event.to}`;
  if (event.__typename === 'VoteCast') return `${event.agent} is for ${event.choice ?? 'nobody'} (${event.score})`;
  if (event.__typename === 'RoundEnded') return `round ${event.round} ended: ${event.choice ?? 'nobody'} was chosen`;
  if (event.__typename === 'PastRecalled')
    return `${event.agent} was told ${event.episodes} ${event.episodes === 1 ? 'episode' : 'episodes'} of the session ${event.session}`;
  if (event.__typename !== 'NoteWritten') return undefined;
  const { agent, key, bytes } = event;
  return bytes === 0 ? `${agent} deleted the note ${key}` : `${agent} noted ${key} (${bytes} bytes)`;
}
