import type { CallOptions } from '@spec-kitty/tracker-core';
import {
  type CreateField,
  CreateFieldsSchema,
  LinkTypesSchema,
  MyselfSchema,
  PrioritiesSchema,
  ProjectStatusesSchema,
  type RawLinkType,
  type RawPriority,
  type RawStatus,
  type RawType,
  TypesSchema,
} from './answers.ts';
import type { JiraClient } from './client.ts';

/** What has to be known to read an issue. */
export interface Site {
  /** The account that the connector uses. */
  viewer: string;
  /** In which JQL reads times. */
  timeZone: string | undefined;
  /** The most urgent first. */
  priorities: readonly RawPriority[];
}

const PAGE = '200';

/** What a site and its project are like: asked for once, when it is needed first. */
export class LookUps {
  readonly #client: JiraClient;
  readonly #project: string;
  readonly #held = new Map<string, Promise<unknown>>();

  constructor(client: JiraClient, projectKey: string) {
    this.#client = client;
    this.#project = encodeURIComponent(projectKey);
  }

  site(options: CallOptions): Promise<Site> {
    return this.#once('site', async () => {
      const myself = await this.#client.read(MyselfSchema, 'GET', '/myself', {}, options);
      const query = { maxResults: '50' };
      const { values } = await this.#client.read(
        PrioritiesSchema,
        'GET',
        '/priority/search',
        { query },
        options,
      );
      return { viewer: myself.accountId, timeZone: myself.timeZone, priorities: values };
    });
  }

  /** The issue types that can be created in the project. */
  types(options: CallOptions): Promise<readonly RawType[]> {
    return this.#once('types', async () => {
      const path = `/issue/createmeta/${this.#project}/issuetypes`;
      const query = { maxResults: PAGE };
      return (await this.#client.read(TypesSchema, 'GET', path, { query }, options)).issueTypes;
    });
  }

  /** The fields that an issue of this type is created with. */
  fields(typeId: string, options: CallOptions): Promise<readonly CreateField[]> {
    return this.#once(`fields ${typeId}`, async () => {
      const path = `/issue/createmeta/${this.#project}/issuetypes/${encodeURIComponent(typeId)}`;
      const all: CreateField[] = [];
      for (;;) {
        const query = { maxResults: PAGE, startAt: String(all.length) };
        const { fields, total } = await this.#client.read(
          CreateFieldsSchema,
          'GET',
          path,
          { query },
          options,
        );
        all.push(...fields);
        if (fields.length === 0 || all.length >= total) return all;
      }
    });
  }

  /** Those of all the project's issue types, each once. */
  statuses(options: CallOptions): Promise<readonly RawStatus[]> {
    return this.#once('statuses', async () => {
      const path = `/project/${this.#project}/statuses`;
      const types = await this.#client.read(ProjectStatusesSchema, 'GET', path, {}, options);
      const byId = new Map(types.flatMap(({ statuses }) => statuses.map((one) => [one.id, one])));
      return [...byId.values()];
    });
  }

  linkTypes(options: CallOptions): Promise<readonly RawLinkType[]> {
    return this.#once('link types', async () => {
      const answer = await this.#client.read(LinkTypesSchema, 'GET', '/issueLinkType', {}, options);
      return answer.issueLinkTypes;
    });
  }

  /** What failed is asked for again the next time. */
  #once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const held = this.#held.get(name) as Promise<T> | undefined;
    if (held) return held;
    const asked = ask();
    this.#held.set(name, asked);
    asked.catch(() => this.#held.delete(name));
    return asked;
  }
}
