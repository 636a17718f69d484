import { type CallOptions, CapabilityNotSupportedError } from '@spec-kitty/tracker-core';
import { MembersSchema, type RawUser, ViewerSchema } from './answers.ts';
import type { GitLabClient } from './client.ts';
import type { Home } from './home.ts';

const AT_ONCE = 100;
/** A name finds few people; more than this are many pages of a search that finds no end. */
const MAX_PAGES = 10;

/** Who is who, asked for once and kept. */
export class LookUps {
  readonly #client: GitLabClient;
  readonly #home: Home;
  readonly #users = new Map<string, number>();
  #viewer: Promise<RawUser> | undefined;
  #viewerId: number | undefined;

  constructor(client: GitLabClient, home: Home) {
    this.#client = client;
    this.#home = home;
  }

  /** Whose token it is, where that was asked already. */
  get knownViewer(): number | undefined {
    return this.#viewerId;
  }

  /** Whose token it is. */
  async viewer(options: CallOptions): Promise<number> {
    this.#viewer ??= this.#client.read(ViewerSchema, '/user', {}, options);
    try {
      const { id } = await this.#viewer;
      this.#viewerId = id;
      return id;
    } catch (error) {
      // The next call asks again.
      this.#viewer = undefined;
      throw error;
    }
  }

  /** People as an answer names them. */
  learn(users: readonly (RawUser | null)[]): void {
    for (const user of users) if (user) this.#users.set(user.username.toLowerCase(), user.id);
  }

  /** @throws CapabilityNotSupportedError for a name that no member of the project has. */
  async userIds(usernames: readonly string[], options: CallOptions): Promise<number[]> {
    const ids: number[] = [];
    for (const username of usernames) {
      const known = this.#users.get(username.toLowerCase()) ?? (await this.#ask(username, options));
      if (known === undefined)
        throw new CapabilityNotSupportedError(
          `the project has no member of the name ${JSON.stringify(username)}`,
          { capability: 'assignees', fieldPath: 'assignees' },
        );
      ids.push(known);
    }
    return ids;
  }

  async #ask(username: string, options: CallOptions): Promise<number | undefined> {
    // What is no name is nobody's; GitLab need not be asked.
    if (!/^[\w.-]{1,255}$/.test(username)) return undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const members = await this.#client.read(
        MembersSchema,
        `${this.#home.project}/members/all`,
        { query: username, per_page: AT_ONCE, page },
        options,
      );
      this.learn(members);
      const found = this.#users.get(username.toLowerCase());
      if (found !== undefined || members.length < AT_ONCE) return found;
    }
    return undefined;
  }
}
