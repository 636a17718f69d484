import { type CanonicalStatus, type Clock, ConnectorConfigError } from '@spec-kitty/tracker-core';
import {
  LabelPageSchema,
  LabelsCreatedSchema,
  type LinearLabel,
  type LinearSetUp,
  type LinearTeam,
  SetUpSchema,
  UsersSchema,
} from './answers.ts';
import type { LinearClient } from './client.ts';
import type { LinearConfig } from './config.ts';
import { LABELS, labelsDocument, SET_UP, USERS } from './documents.ts';
import { isRefusal, saysNotFound } from './failures.ts';
import { isUuid } from './system.ts';
import { type StatusToStateId, stateFor, statusOf } from './vocabulary.ts';

/** How long what was looked up is believed. */
const FRESH_MS = 600_000;
/** Aliases in one document. */
export const MOST_ALIASES = 20;

/** Where a name leads: to a label's id, or to the reason why it cannot be one. */
export type LabelFor = { id: string } | { refused: string };

/** The account, and the states, labels and people of the team: looked up together, and kept for ten minutes. */
export class Directory {
  readonly #client: LinearClient;
  readonly #config: LinearConfig;
  readonly #clock: Clock;
  #loading: Promise<Known> | undefined;
  #loadedAt = 0;

  constructor(client: LinearClient, config: LinearConfig, clock: Clock) {
    this.#client = client;
    this.#config = config;
    this.#clock = clock;
  }

  /** @throws ConnectorConfigError for a team that is not there, or a state that is none of it. */
  async known(): Promise<Known> {
    const now = Date.parse(this.#clock.now());
    if (this.#loading && now - this.#loadedAt < FRESH_MS) return this.#loading;
    this.#loadedAt = now;
    // Shared by all that ask meanwhile, so that no single one of them may abort it.
    const loading = this.#load();
    this.#loading = loading;
    loading.catch(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return loading;
  }

  async #load(): Promise<Known> {
    const { teamId, statusToStateId = {} } = this.#config;
    let answer: LinearSetUp;
    try {
      answer = await this.#client.ask(SET_UP, { team: teamId, labelsOf: teamId }, SetUpSchema, {
        reads: true,
      });
    } catch (cause) {
      if (!saysNotFound(cause, 'Team')) throw cause;
      throw new ConnectorConfigError('Linear shows no team with this id to this account', {
        fieldPath: 'teamId',
        cause,
      });
    }
    const { viewer, team, issueLabels } = answer;
    for (const [status, id] of Object.entries(statusToStateId)) {
      if (team.states.nodes.some((state) => state.id === id)) continue;
      throw new ConnectorConfigError(`the state for ${status} is none of the team ${team.key}`, {
        fieldPath: `statusToStateId.${status}`,
      });
    }
    const known = new Known(this.#client, viewer.id, team, statusToStateId);
    known.learn(issueLabels.nodes);
    const { hasNextPage, endCursor } = issueLabels.pageInfo;
    if (hasNextPage) await known.learnLabels(known.ofTeam, endCursor);
    return known;
  }
}

/** What one look-up told, and what was learned since. */
export class Known {
  readonly viewerId: string;
  readonly team: Pick<LinearTeam, 'id' | 'key'>;
  readonly statusToStateId: StatusToStateId;
  readonly #client: LinearClient;
  readonly #states: LinearTeam['states']['nodes'];
  readonly #people: Set<string>;
  readonly #labels = new Map<string, LinearLabel>();
  /** Labels that can be added to issues of this team, by their names. */
  readonly #byName = new Map<string, LinearLabel>();
  /** Names that several labels have. */
  readonly #shared = new Set<string>();

  constructor(
    client: LinearClient,
    viewerId: string,
    { id, key, states, members }: LinearTeam,
    statusToStateId: StatusToStateId,
  ) {
    this.#client = client;
    this.viewerId = viewerId;
    this.team = { id, key };
    this.statusToStateId = statusToStateId;
    this.#states = states.nodes;
    this.#people = new Set(members.nodes.map((member) => member.id));
  }

  /** Where this account keeps what it tells of a mission. Each account has its own, so that none writes over another's. */
  get missionUrl(): string {
    return `https://spec-kitty.invalid/mission/${this.viewerId}`;
  }

  get ofTeam(): object {
    return { or: [{ team: { id: { eq: this.team.id } } }, { team: { null: true } }] };
  }

  learn(labels: readonly LinearLabel[]): void {
    for (const label of labels) {
      this.#labels.set(label.id, label);
      const folded = foldedName(label.name);
      const held = this.#byName.get(folded);
      if (held && held.id !== label.id) this.#shared.add(folded);
      for (const name of [label.name, folded]) if (!this.#byName.has(name)) this.#byName.set(name, label);
    }
  }

  stateFor(status: CanonicalStatus): string | undefined {
    return stateFor(status, this.#states, this.statusToStateId);
  }

  /** The states of the team that stand for one of these. */
  statesOf(statuses: readonly CanonicalStatus[], unmapped: CanonicalStatus): string[] {
    return this.#states
      .filter((state) => statuses.includes(statusOf(state, this.statusToStateId) ?? unmapped))
      .map(({ id }) => id);
  }

  /** A label that nobody knows any more goes by its id. */
  readonly labelName = (id: string): string => this.#labels.get(id)?.name ?? id;

  /** The id of the one label of this name; undefined where there is none, or more than one. */
  onlyLabel(name: string): string | undefined {
    return this.#shared.has(foldedName(name)) ? undefined : this.#named(name)?.id;
  }

  /** Looks up those of the labels that are not known yet, such as those of another team. */
  async learnIds(ids: Iterable<string>, signal?: AbortSignal): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#labels.has(id));
    for (let start = 0; start < unknown.length; start += 100) {
      const some = unknown.slice(start, start + 100);
      const { issueLabels } = await this.#client.ask(
        LABELS,
        { filter: { id: { in: some } }, after: null, archived: true },
        LabelPageSchema,
        { reads: true, signal },
      );
      for (const label of issueLabels.nodes) this.#labels.set(label.id, label);
    }
  }

  /** Reads labels to the end. */
  async learnLabels(filter: object, after: string | null = null, signal?: AbortSignal): Promise<void> {
    let cursor = after;
    for (;;) {
      const { issueLabels } = await this.#client.ask(
        LABELS,
        { filter, after: cursor, archived: false },
        LabelPageSchema,
        {
          reads: true,
          signal,
        },
      );
      this.learn(issueLabels.nodes);
      cursor = issueLabels.pageInfo.endCursor;
      if (!issueLabels.pageInfo.hasNextPage || cursor === null) return;
    }
  }

  /** The labels of these names. Those that are not there are made, in the team. */
  async labelsFor(names: Iterable<string>, signal?: AbortSignal): Promise<Map<string, LabelFor>> {
    const wanted = [...new Set(names)];
    const missing = wanted.filter((name) => !this.#named(name));
    const refused = new Map<string, string>();
    for (let start = 0; start < missing.length; start += MOST_ALIASES)
      await this.#create(missing.slice(start, start + MOST_ALIASES), refused, signal);
    return new Map(
      wanted.map((name): [string, LabelFor] => {
        const label = this.#named(name);
        if (!label) return [name, { refused: refused.get(name) ?? 'Linear made no such label' }];
        return [name, label.isGroup ? { refused: `${name} is a group of labels` } : { id: label.id }];
      }),
    );
  }

  /** Which of these ids Linear may take for a person: members of the team, and other active users. */
  async peopleAmong(ids: Iterable<string>, signal?: AbortSignal): Promise<Set<string>> {
    const wanted = [...new Set(ids)];
    const unknown = wanted.filter((id) => !this.#people.has(id) && isUuid(id));
    for (let start = 0; start < unknown.length; start += 100) {
      const some = unknown.slice(start, start + 100);
      const { users } = await this.#client.ask(USERS, { ids: some }, UsersSchema, { reads: true, signal });
      for (const { id, active } of users.nodes) if (active) this.#people.add(id);
    }
    return new Set(wanted.filter((id) => this.#people.has(id)));
  }

  #named(name: string): LinearLabel | undefined {
    return this.#byName.get(name) ?? this.#byName.get(foldedName(name));
  }

  async #create(names: readonly string[], refused: Map<string, string>, signal?: AbortSignal): Promise<void> {
    const inputs = names.map((name, i) => [`input${i}`, { name, teamId: this.team.id }]);
    try {
      const made = await this.#client.ask(
        labelsDocument(names.length),
        Object.fromEntries(inputs),
        LabelsCreatedSchema,
        { signal },
      );
      this.learn(Object.values(made).map(({ issueLabel }) => issueLabel));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Those before the refused one were made, and somebody may have made others.
      await this.learnLabels(this.ofTeam, null, signal);
      const left = names.filter((name) => !this.#named(name));
      if (names.length === 1) for (const name of left) refused.set(name, error.message);
      else for (const name of left) await this.#create([name], refused, signal);
    }
  }
}

/** A label's name as Linear tells it from others: whatever its case. */
export const foldedName = (name: string): string => name.normalize('NFC').toLowerCase();
