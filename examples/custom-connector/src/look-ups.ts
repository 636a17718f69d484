import type { CallOptions } from '@spec-kitty/tracker-core';
import {
  PrioritiesAnswerSchema,
  ProjectAnswerSchema,
  StatusesAnswerSchema,
  ViewerAnswerSchema,
} from './answers.ts';
import type { RedmineClient } from './client.ts';
import { located } from './failures.ts';
import type { Site } from './vocabulary.ts';

/** What is asked for once and kept. */
export class LookUps {
  readonly #client: RedmineClient;
  readonly #project: string;
  #viewer: Promise<number> | undefined;
  #site: Promise<Site> | undefined;

  constructor(client: RedmineClient, project: string) {
    this.#client = client;
    this.#project = project;
  }

  /** The number of the account whose key it is. */
  async viewer(options: CallOptions): Promise<number> {
    this.#viewer ??= this.#askViewer(options);
    try {
      return await this.#viewer;
    } catch (error) {
      // The next call asks again.
      this.#viewer = undefined;
      throw located(error);
    }
  }

  /**
   * The same, asked anew: to a key that it does not know (any more) Redmine shows a public project as it does to
   * everybody, without what is private, and says nothing of it.
   */
  confirmedViewer(options: CallOptions): Promise<number> {
    this.#viewer = undefined;
    return this.viewer(options);
  }

  async site(options: CallOptions): Promise<Site> {
    this.#site ??= this.#askSite(options);
    try {
      return await this.#site;
    } catch (error) {
      this.#site = undefined;
      throw located(error);
    }
  }

  async #askViewer(options: CallOptions): Promise<number> {
    return (await this.#client.read(ViewerAnswerSchema, '/users/current.json', {}, options)).user.id;
  }

  async #askSite(options: CallOptions): Promise<Site> {
    const include = { include: 'trackers' };
    const [{ project }, { issue_statuses: statuses }, { issue_priorities: priorities }] = await Promise.all([
      this.#client.read(
        ProjectAnswerSchema,
        `/projects/${encodeURIComponent(this.#project)}.json`,
        include,
        options,
      ),
      this.#client.read(StatusesAnswerSchema, '/issue_statuses.json', {}, options),
      this.#client.read(PrioritiesAnswerSchema, '/enumerations/issue_priorities.json', {}, options),
    ]);
    const { id: projectId, trackers = [] } = project;
    return { projectId, trackers, statuses, priorities };
  }
}
