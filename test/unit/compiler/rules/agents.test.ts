import { describe, expect, it } from 'vitest';
import { knownAgents } from '../../../../src/compiler/rules/known-agents.ts';
import { memoryGuarantees } from '../../../../src/compiler/rules/memory-guarantees.ts';
import { soundSwarms } from '../../../../src/compiler/rules/sound-swarms.ts';
import type { EpisodicMemoryDefinition } from '../../../../src/registry/memory.ts';
import { createRegistry } from '../../../../src/registry/registry.ts';
import { agent as registeredAgent } from '../../../support/tools.ts';
import { findingsOf } from '../../../support/rules.ts';

const agent = (more: object = {}) => ({ kind: 'agent', agent: 'ada', prompt: 'Hi', ...more });
const swarm = (more: object = {}) => ({
  ...{ kind: 'swarm', strategy: 'consensus', agents: ['ada', 'grace'], prompt: 'Hi' },
  ...more,
});

describe('known-agents', () => {
  it('finds every unknown agent, at its place', () => {
    const nodes = { a: agent({ agent: 'adda' }), s: swarm({ agents: ['ada', 'grce'] }), fine: swarm() };
    expect(findingsOf(knownAgents, { nodes })).toEqual([
      {
        path: '/nodes/a/agent',
        message: 'Node "a" asks an unknown agent. No agent is named "adda". Did you mean "ada"?',
      },
      {
        path: '/nodes/s/agents/1',
        message: 'Node "s" asks an unknown agent. No agent is named "grce". Did you mean "grace"?',
      },
    ]);
  });
});

describe('sound-swarms', () => {
  it('finds members that are named twice, a lead who is none, and settings of another strategy', () => {
    const nodes = {
      twice: swarm({ agents: ['ada', 'ada'] }),
      led: swarm({ strategy: 'hierarchical', lead: 'joan', quorum: 0.5 }),
      market: swarm({ strategy: 'marketplace', maxRounds: 2 }),
      fine: swarm({ quorum: 1, maxRounds: 2 }),
      fine_too: swarm({ strategy: 'hierarchical', lead: 'grace' }),
    };
    expect(findingsOf(soundSwarms, { nodes })).toEqual([
      { path: '/nodes/led/lead', message: expect.stringContaining('who is no member. There are "ada" and "grace"') },
      {
        path: '/nodes/led/quorum',
        message: '"quorum" of "led" is of a consensus swarm, and this one is hierarchical. Leave it out.',
      },
      {
        path: '/nodes/market/maxRounds',
        message: '"maxRounds" of "market" is of a consensus swarm, and this one is marketplace. Leave it out.',
      },
      { path: '/nodes/twice/agents/1', message: 'Swarm "twice" names "ada" twice. Leave one of them out.' },
    ]);
  });
});

describe('memory-guarantees', () => {
  it('finds a memory that an agent does not have, and a guarantee that a memory does not keep', () => {
    const nodes = {
      fine: agent({ memory: { notes: ['durable'] } }),
      missing: swarm({ memory: { notes: ['durable'] } }),
      much: agent({ memory: { notes: ['vectorised'] } }),
      other: agent({ memory: { docs: ['durable'] } }),
    };
    expect(findingsOf(memoryGuarantees, { nodes })).toEqual([
      {
        path: '/nodes/missing/memory/notes',
        message: 'Node "missing" relies on the memory "notes", which the agent "grace" does not have. There is none.',
      },
      {
        path: '/nodes/much/memory/notes',
        message: expect.stringContaining('Node "much" relies on what "notes" does not keep. The working memory'),
      },
      { path: '/nodes/other/memory/docs', message: expect.stringContaining('does not have. There is "notes".') },
    ]);
  });

  it('finds a lifetime that an episodic memory does not have, and leaves unknown agents to their rule', () => {
    const chat = (name: string, lifetimeMs?: number): EpisodicMemoryDefinition => ({
      ...{ name, kind: 'episodic', guarantees: [], recalled: 5, lifetimeMs },
    });
    const registry = createRegistry({
      tools: [],
      memories: [chat('kept'), chat('passing', 1_000)],
      agents: [registeredAgent({ name: 'ada', memories: ['kept', 'passing', 'gone'] })],
    });
    const nodes = {
      fine: agent({ memory: { passing: ['ttl'], kept: ['durable'] } }),
      gone: agent({ memory: { gone: ['ttl'] } }),
      nobody: agent({ agent: 'joan', memory: { kept: ['durable'] } }),
      timeless: agent({ memory: { kept: ['ttl'] } }),
    };
    expect(findingsOf(memoryGuarantees, { nodes }, registry)).toEqual([
      {
        path: '/nodes/timeless/memory/kept',
        message:
          'Node "timeless" relies on "ttl" of "kept", which has no "lifetimeMs". Give it one in iceos.config.ts, or leave "ttl" out.',
      },
    ]);
  });
});
