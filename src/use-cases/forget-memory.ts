import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import { FactId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { nameFault } from '../memory/memory-input.ts';
import type { Forgotten } from '../store/forgetting-store.ts';
import { auditOf } from './audit.ts';
import { findMemory, invalidInput, type MemoryUseCasesDeps } from './open-memory.ts';
import { requireScope, type Viewer } from './viewer.ts';

const MOST_IDS = 1_000;

/** What is deleted for good; of another tenant nothing is, and nobody can tell that from a thing that is not there. */
export interface MemoryForgetter {
  /** Answers with how many there were of them. */
  forgetFacts(
    viewer: Viewer,
    input: { readonly memory: string; readonly ids: readonly string[] },
  ): Promise<Result<{ readonly forgotten: number }, NotFoundError | InvalidInputError>>;
  /** All facts and episodes about a subject, whatever the memory. */
  forgetSubject(viewer: Viewer, subject: string): Promise<Result<Forgotten, InvalidInputError>>;
  /** All episodes of a session; every episodic memory tells and keeps those of its sessions in the same place. */
  forgetSession(viewer: Viewer, session: string): Promise<Result<Pick<Forgotten, 'episodes'>, InvalidInputError>>;
}

export const createMemoryForgetter = (deps: MemoryUseCasesDeps): MemoryForgetter => ({
  async forgetFacts(viewer, { memory: name, ids }) {
    requireScope(viewer, 'memory:write');
    const memory = findMemory(deps, name, 'semantic');
    if (!memory.ok) return memory;
    if (ids.length === 0 || ids.length > MOST_IDS)
      return err(invalidInput(`${ids.length} facts cannot be forgotten at once. Give 1 to ${MOST_IDS} ids.`));
    // What is no UUID is the id of no fact.
    const known = ids.flatMap((id) => FactId.safeParse(id).data ?? []);
    const { store, clock } = deps;
    const audit = auditOf(viewer, 'forgetFacts', { at: clock.now(), nounId: name, fields: ['facts'] });
    const of = { ids: known, audit };
    const forgotten = known.length === 0 ? 0 : await store.facts.remove(viewer.tenant, memory.value.collection, of);
    return ok({ forgotten });
  },
  async forgetSubject(viewer, subject) {
    requireScope(viewer, 'memory:write');
    const fault = nameFault('subject', subject);
    if (fault !== undefined) return err(invalidInput(fault));
    const audit = auditOf(viewer, 'forgetSubject', { at: deps.clock.now(), fields: ['episodes', 'facts'] });
    return ok(await deps.store.forgetting.forgetSubject(viewer.tenant, subject, audit));
  },
  async forgetSession(viewer, session) {
    requireScope(viewer, 'memory:write');
    const fault = nameFault('session', session);
    if (fault !== undefined) return err(invalidInput(fault));
    const audit = auditOf(viewer, 'forgetSession', { at: deps.clock.now(), fields: ['episodes'] });
    return ok({ episodes: await deps.store.forgetting.forgetSession(viewer.tenant, session, audit) });
  },
});
