import {
  type CallOptions,
  CapabilityNotSupportedError,
  ConnectorConfigError,
} from '@spec-kitty/tracker-core';
import { parseAnswer } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { type LabelPage, MoreLabelsSchema, SetUpSchema } from './answers.ts';
import type { GitHubClient } from './client.ts';
import type { GitHubConfig } from './config.ts';
import type { Home } from './home.ts';
import { MORE_LABELS, SET_UP, usersQuery } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

/** The ids that GitHub wants where people say names. */
export interface Ids {
  repository: string;
  /** Whose token it is. */
  viewer: string;
  /** By their names in lower case. */
  labels: Map<string, string>;
  users: Map<string, string>;
  types: readonly { id: string; name: string }[];
}

const LABELS_AT_ONCE = 20;
const USERS_AT_ONCE = 20;
const COLOR = 'ededed';

const CreatedLabelsSchema = z.record(
  z.string(),
  z.nullable(z.object({ label: z.nullable(z.object({ id: z.string(), name: z.string() })) })),
);
const UsersSchema = z.record(z.string(), z.nullable(z.object({ id: z.string() })));

/** Ids, asked for once and kept. */
export class LookUps {
  readonly #client: GitHubClient;
  readonly #place: { owner: string; repo: string };
  readonly #home: Home;
  #ids: Promise<Ids> | undefined;

  constructor(client: GitHubClient, { owner, repo }: GitHubConfig, home: Home) {
    this.#client = client;
    this.#home = home;
    this.#place = { owner, repo };
  }

  /** @throws ConnectorConfigError where the repository has no issues. */
  async ids(options: CallOptions): Promise<Ids> {
    this.#ids ??= this.#setUp(options);
    try {
      return await this.#ids;
    } catch (error) {
      // The next call asks again.
      this.#ids = undefined;
      throw error;
    }
  }

  /** Makes the labels that are missing. @throws CapabilityNotSupportedError naming a label that GitHub does not take. */
  async needLabels(names: readonly string[], options: CallOptions): Promise<Ids> {
    const ids = await this.ids(options);
    const missing = [...new Map(names.map((name) => [name.toLowerCase(), name]))].filter(
      ([key]) => !ids.labels.has(key),
    );
    for (let from = 0; from < missing.length; from += LABELS_AT_ONCE) {
      const some = missing.slice(from, from + LABELS_AT_ONCE);
      const mutations = some.map(([, name]) => ({
        name: 'createLabel' as const,
        tells: false,
        input: { repositoryId: ids.repository, name, color: COLOR },
      }));
      const { data, problems } = await this.#client.mutate(mutations, options);
      const made = parseAnswer(CreatedLabelsSchema, data ?? {}, SYSTEM);
      for (const created of Object.values(made))
        if (created?.label) ids.labels.set(created.label.name.toLowerCase(), created.label.id);
      // Somebody else has made it meanwhile.
      if (problems.some(({ message }) => /already/i.test(message))) await this.#readLabels(ids, options);
    }
    return ids;
  }

  /** Asks for people that are not known yet. */
  async needUsers(logins: readonly string[], options: CallOptions): Promise<Ids> {
    const ids = await this.ids(options);
    const missing = [...new Set(logins.map((login) => login.toLowerCase()))].filter(
      (key) => !ids.users.has(key),
    );
    // What is no login is nobody's; GitHub need not be asked.
    const asked = missing.filter((login) => /^[\w-]{1,100}(?:\[bot\])?$/.test(login));
    for (let from = 0; from < asked.length; from += USERS_AT_ONCE) {
      const some = asked.slice(from, from + USERS_AT_ONCE);
      const variables = Object.fromEntries(some.map((login, index) => [`l${index}`, login]));
      const { data } = await this.#client.ask(usersQuery(some.length), variables, options);
      const found = parseAnswer(UsersSchema, data ?? {}, SYSTEM);
      for (const [index, login] of some.entries()) {
        const id = found[`u${index}`]?.id;
        if (id !== undefined) ids.users.set(login, id);
      }
    }
    return ids;
  }

  async #setUp(options: CallOptions): Promise<Ids> {
    const { viewer, repository } = await this.#client.read(SetUpSchema, SET_UP, this.#place, options);
    if (!repository.hasIssuesEnabled)
      throw new ConnectorConfigError(`issues are switched off in ${repository.nameWithOwner}`, {
        fieldPath: 'repo',
      });
    this.#home.learn(repository.nameWithOwner);
    const ids: Ids = {
      repository: repository.id,
      viewer: viewer.login,
      labels: new Map(),
      users: new Map(),
      types: (repository.issueTypes?.nodes ?? []).flatMap((type) => (type?.isEnabled ? [type] : [])),
    };
    await this.#keepLabels(ids, repository.labels, options);
    return ids;
  }

  async #readLabels(ids: Ids, options: CallOptions): Promise<void> {
    const { repository } = await this.#client.read(SetUpSchema, SET_UP, this.#place, options);
    await this.#keepLabels(ids, repository.labels, options);
  }

  async #keepLabels(ids: Ids, first: LabelPage | null, options: CallOptions): Promise<void> {
    for (let page = first; page; ) {
      for (const label of page.nodes) if (label) ids.labels.set(label.name.toLowerCase(), label.id);
      const after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      if (after === null) return;
      const variables = { ...this.#place, after };
      page = (await this.#client.read(MoreLabelsSchema, MORE_LABELS, variables, options)).repository.labels;
    }
  }
}

/** @throws CapabilityNotSupportedError */
export function labelId({ labels }: Ids, name: string): string {
  const id = labels.get(name.toLowerCase());
  if (id !== undefined) return id;
  throw new CapabilityNotSupportedError(`GitHub does not take the label ${JSON.stringify(name)}`, {
    capability: 'labels',
    fieldPath: 'labels',
  });
}

/** @throws CapabilityNotSupportedError */
export function userId({ users }: Ids, login: string): string {
  const id = users.get(login.toLowerCase());
  if (id !== undefined) return id;
  throw new CapabilityNotSupportedError(`GitHub knows nobody of the login ${JSON.stringify(login)}`, {
    capability: 'assignees',
    fieldPath: 'assignees',
  });
}
