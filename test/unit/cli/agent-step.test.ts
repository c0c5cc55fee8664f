import { describe, expect, it } from 'vitest';
import { eventLine } from '../../../src/cli/event-line.ts';
import type { ShownEventFragment } from '../../../src/cli/generated/graphql.ts';

describe('a step of an agent', () => {
  it('is one line that says who did what, whatever models say', () => {
    const at = { cursor: 'c', sequence: 1, at: '2026-01-01T00:00:00.000Z', path: 's', attempt: 1 };
    const usage = { inputTokens: 120, outputTokens: 7, costUsdMicros: '45' };
    const steps: ShownEventFragment[] = [
      { ...at, __typename: 'AgentTurned', type: 'AGENT_TURNED', agent: 'ada', turn: 2, model: 'fast', usage },
      { ...at, __typename: 'ToolCalled', type: 'TOOL_CALLED', agent: 'ada', turn: 2, tool: 'recall', isError: false },
      {
        ...at,
        __typename: 'ToolCalled',
        type: 'TOOL_CALLED',
        agent: 'ada',
        turn: 2,
        tool: 'a\u001b[2J\nb',
        isError: true,
      },
      { ...at, attempt: 2, __typename: 'TaskHandedOver', type: 'TASK_HANDED_OVER', agent: 'lead', to: 'ada' },
      {
        ...{ ...at, __typename: 'VoteCast', type: 'VOTE_CAST', agent: 'ada', round: 1, choice: 'joan', score: 1 },
        reason: 'Clear\u001b[31m\nas day\u202e.',
      },
      {
        ...{ ...at, __typename: 'VoteCast', type: 'VOTE_CAST', agent: 'ada', round: 1, choice: 'ada', score: 0.4 },
        reason: '',
      },
      { ...at, __typename: 'RoundEnded', type: 'ROUND_ENDED', round: 1, choice: null },
      { ...at, __typename: 'RoundEnded', type: 'ROUND_ENDED', round: 2, choice: 'joan' },
      { ...at, __typename: 'NoteWritten', type: 'NOTE_WRITTEN', agent: 'ada', key: 'colour\r', bytes: 6 },
      { ...at, __typename: 'NoteWritten', type: 'NOTE_WRITTEN', agent: 'ada', key: 'colour', bytes: 0 },
      { ...at, __typename: 'PastRecalled', type: 'PAST_RECALLED', agent: 'ada', session: 'eve\n', episodes: 1 },
      { ...at, __typename: 'PastRecalled', type: 'PAST_RECALLED', agent: 'ada', session: 's', episodes: 0 },
    ];
    expect(steps.map((event) => eventLine(event, Date.parse(at.at)).slice('   +0.000  s  '.length))).toEqual([
      'turn 2 of ada  fast: 120 + 7 tokens, $0.000045',
      'ada called recall',
      'ada called a [2J b, which failed',
      'lead handed a task over to ada  (attempt 2)',
      'ada is for joan (1)  Clear [31m as day .',
      'ada is for ada (0.4)',
      'round 1 ended: nobody was chosen',
      'round 2 ended: joan was chosen',
      'ada noted colour  (6 bytes)',
      'ada deleted the note colour',
      'ada was told 1 episode of the session eve',
      'ada was told 0 episodes of the session s',
    ]);
  });
});
