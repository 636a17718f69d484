import type { CallOptions, Clock } from '@spec-kitty/tracker-core';
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
/** An account may move to another time zone, in which its queries are read from then on. */
const SITE_MS = 3_600_000;

/** What is asked for once, or once in a while; what failed is asked for again the next time. */
class Once<T> {
  readonly #isOld: () => boolean;
  #asked: Promise<T> | undefined;

  constructor(isOld: () => boolean = () => false) {
    this.#isOld = isOld;
  }

  /** It is asked for without anybody's signal: several may wait for the same answer. */
  async get({ signal }: CallOptions, ask: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const held = this.#isOld() ? undefined : this.#asked;
    const asked = held ?? ask();
    this.#asked = asked;
    try {
      return await asked;
    } catch (error) {
      if (this.#asked === asked) this.#asked = undefined;
      throw error;
    } finally {
      signal?.throwIfAborted();
    }
  }
}

/** What a site and its project are like: asked for once, when it is needed first. */
export class LookUps {
  readonly #client: JiraClient;
  readonly #project: string;
  readonly #site: Once<Site>;
  readonly #types = new Once<readonly RawType[]>();
  readonly #fields = new Map<string, Once<readonly CreateField[]>>();
  readonly #statuses = new Once<readonly RawStatus[]>();
  readonly #linkTypes = new Once<readonly RawLinkType[]>();

  constructor(client: JiraClient, projectKey: string, clock: Clock) {
    this.#client = client;
    this.#project = encodeURIComponent(projectKey);
    const now = (): number => Date.parse(clock.now());
    let askedAt = now();
    this.#site = new Once<Site>(() => {
      const isOld = now() - askedAt > SITE_MS;
      if (isOld) askedAt = now();
      return isOld;
    });
  }

  async site(options: CallOptions): Promise<Site> {
    return this.#site.get(options, async () => {
      const myself = await this.#client.read(MyselfSchema, 'GET', '/myself');
      const query = { maxResults: '50' };
      const { values } = await this.#client.read(PrioritiesSchema, 'GET', '/priority/search', { query });
      return { viewer: myself.accountId, timeZone: myself.timeZone, priorities: values };
    });
  }

  /** The issue types that can be created in the project. */
  async types(options: CallOptions): Promise<readonly RawType[]> {
    return this.#types.get(options, async () => {
      const path = `/issue/createmeta/${this.#project}/issuetypes`;
      const query = { maxResults: PAGE };
      return (await this.#client.read(TypesSchema, 'GET', path, { query })).issueTypes;
    });
  }

  /** The fields that an issue of this type is created with. */
  async fields(typeId: string, options: CallOptions): Promise<readonly CreateField[]> {
    const once = this.#fields.get(typeId) ?? new Once<readonly CreateField[]>();
    this.#fields.set(typeId, once);
    return once.get(options, async () => {
      const path = `/issue/createmeta/${this.#project}/issuetypes/${encodeURIComponent(typeId)}`;
      const all: CreateField[] = [];
      for (;;) {
        const query = { maxResults: PAGE, startAt: String(all.length) };
        const { fields, total } = await this.#client.read(CreateFieldsSchema, 'GET', path, { query });
        all.push(...fields);
        if (fields.length === 0 || all.length >= total) return all;
      }
    });
  }

  /** Those of all the project's issue types, each once. */
  async statuses(options: CallOptions): Promise<readonly RawStatus[]> {
    return this.#statuses.get(options, async () => {
      const path = `/project/${this.#project}/statuses`;
      const types = await this.#client.read(ProjectStatusesSchema, 'GET', path);
      const byId = new Map(types.flatMap(({ statuses }) => statuses.map((one) => [one.id, one])));
      return [...byId.values()];
    });
  }

  async linkTypes(options: CallOptions): Promise<readonly RawLinkType[]> {
    return this.#linkTypes.get(
      options,
      async () => (await this.#client.read(LinkTypesSchema, 'GET', '/issueLinkType')).issueLinkTypes,
    );
  }
}
