import type { CallOptions, CanonicalStatus } from '@spec-kitty/tracker-core';
import { type RawIssue, type RawTransition, TransitionsSchema } from './answers.ts';
import { type JiraClient, wordsIn } from './client.ts';
import { fold, type Vocabulary } from './vocabulary.ts';

/** A way that an issue can go from where it is. */
export interface Transition {
  id: string;
  name: string;
  to: { id: string; name: string; status: CanonicalStatus };
}

/** Transitions by the project, the type and the status of the issues that have them. */
export type KnownTransitions = Map<string, readonly RawTransition[]>;

/** Moves issues through their workflow. */
export class Transitions {
  readonly #client: JiraClient;
  readonly #vocabulary: Vocabulary;

  constructor(client: JiraClient, vocabulary: Vocabulary) {
    this.#client = client;
    this.#vocabulary = vocabulary;
  }

  /** @throws ConnectorRequestError 404 */
  async list(id: string, options: CallOptions): Promise<Transition[]> {
    const all = await this.#of(id, options);
    return all.map(({ to, ...one }) => ({
      id: one.id,
      name: one.name,
      to: { id: to.id, name: to.name, status: this.#vocabulary.statusOf(to) },
    }));
  }

  /**
   * Brings an issue to a status. Where it is there already, nothing is asked for.
   * @param known of issues like it; what is not right for this one is asked for again.
   * @returns why it was refused, where it was.
   */
  async move(
    raw: RawIssue,
    wanted: CanonicalStatus,
    options: CallOptions,
    known?: KnownTransitions,
  ): Promise<string | undefined> {
    const { status, issuetype, project } = raw.fields;
    const name = this.#vocabulary.statusName(wanted);
    if (fold(status.name) === fold(name)) return undefined;
    const like = `${project.key} ${issuetype.id} ${status.id}`;
    const held = known?.get(like);
    const guess = held && transitionTo(name, held);
    if (guess && (await this.#take(raw.id, guess, options)) === undefined) return undefined;
    const own = await this.#of(raw.id, options);
    known?.set(like, own);
    const found = transitionTo(name, own);
    if (found) return this.#take(raw.id, found, options);
    const there = own.map((one) => `${one.name} -> ${one.to.name}`).join(', ');
    return `${raw.key} cannot become ${wanted}: no transition of it leads to the status "${name}", and none is called so. There are: ${there === '' ? 'none' : there}`;
  }

  async #of(id: string, options: CallOptions): Promise<readonly RawTransition[]> {
    const answer = await this.#client.read(TransitionsSchema, 'GET', `/issue/${id}/transitions`, {}, options);
    return answer.transitions;
  }

  async #take(id: string, { id: transition, name, to }: RawTransition, options: CallOptions) {
    const body = { transition: { id: transition } };
    const answer = await this.#client.write('POST', `/issue/${id}/transitions`, { body }, options);
    return answer.ok
      ? undefined
      : `the transition ${name} -> ${to.name} was refused: ${wordsIn(answer.refusal)}`;
  }
}

/** By where it leads, then by its own name; of several the first. */
function transitionTo(name: string, all: readonly RawTransition[]): RawTransition | undefined {
  return (
    all.find(({ to }) => fold(to.name) === fold(name)) ?? all.find((one) => fold(one.name) === fold(name))
  );
}
