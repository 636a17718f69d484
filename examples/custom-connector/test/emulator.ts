import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { RedmineConnector, type RedmineContext } from '../src/index.ts';
import { type Query, queried, shown, toldRelation } from './answers.ts';
import { KEY_FIELD, PRIORITIES, PROJECT, Redmine, STATUSES, TRACKERS } from './redmine.ts';

/** The account that the connector uses, and a person. */
export const BOT = 5;
export const PERSON = 6;
const KEYS: Readonly<Record<string, number>> = { 'the key of the bot': BOT };

interface Asked {
  method: string;
  path: string;
  query: Query;
  body: Readonly<Record<string, unknown>>;
  viewer: number | undefined;
}
/** A status, and what is said with it. */
type Told = readonly [status: number, body?: unknown];

/** Redmine's API over a connection on this machine. */
export class Emulator implements AsyncDisposable {
  readonly redmine: Redmine = new Redmine();
  /** Method and path of each request, without its query. */
  readonly requests: string[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/redmine`;
  }

  static async start(): Promise<Emulator> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const emulator = new Emulator(server);
    server.on('request', (request, response) => void emulator.#serve(request, response));
    return emulator;
  }

  connector(
    context: RedmineContext = {},
    config: { apiKey?: string; keyFieldId?: number } = { keyFieldId: KEY_FIELD },
  ): RedmineConnector {
    const place = { baseUrl: this.url, apiKey: 'the key of the bot', project: 'shop' };
    return new RedmineConnector({ ...place, ...config }, context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let told: Told;
    try {
      told = this.#answer(await this.#asked(request));
    } catch (error) {
      // What this emulator does not know is a mistake of whoever asked it.
      told = [400, { errors: [String(error)] }];
    }
    const [status, body] = told;
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  async #asked(request: IncomingMessage): Promise<Asked> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const key = request.headers['x-redmine-api-key'];
    const sent = await text(request);
    const method = request.method ?? 'GET';
    const path = pathname.replace(/^\/redmine/, '');
    this.requests.push(`${method} ${path}`);
    if (path === pathname) throw new Error(`${pathname} is not of Redmine`);
    return {
      method,
      path,
      query: Object.fromEntries(searchParams),
      body: sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>),
      viewer: typeof key === 'string' ? KEYS[key] : undefined,
    };
  }

  #answer(asked: Asked): Told {
    const { method, path, query } = asked;
    // To a key that it does not know, it is as open as to everybody; only who asks is nobody then.
    if (path === '/users/current.json') return asked.viewer ? [200, { user: { id: asked.viewer } }] : [401];
    if (method !== 'GET' && asked.viewer === undefined) return [401];
    if (path === '/issue_statuses.json') return [200, { issue_statuses: STATUSES }];
    if (path === '/enumerations/issue_priorities.json') return [200, { issue_priorities: PRIORITIES }];
    if (path === '/projects/shop.json') return [200, { project: { ...PROJECT, trackers: TRACKERS } }];
    if (path === '/issues.json' && method === 'POST') return this.#create(asked);
    if (path === '/issues.json') return [200, queried(this.redmine, query)];
    const [, what = '', digits = '', rest = ''] =
      /^\/(issues|journals|relations)\/(\d+)(\/relations)?\.json$/.exec(path) ?? [];
    const id = Number(digits);
    if (what === 'relations') return this.#unrelate(id);
    if (what === 'journals') return this.#annotate(id, asked);
    const issue = what === 'issues' ? this.redmine.issues.get(id) : undefined;
    if (!issue) return [404];
    if (rest !== '') return this.#relate(id, asked);
    if (method === 'GET') return [200, { issue: shown(this.redmine, issue, query['include'] ?? '') }];
    if (method === 'DELETE') {
      this.redmine.remove(id);
      return [204];
    }
    const errors = this.redmine.update(id, attributesIn(asked, 'issue'), asked.viewer ?? 0);
    return errors.length > 0 ? [422, { errors }] : [204];
  }

  #create(asked: Asked): Told {
    const made = this.redmine.create(attributesIn(asked, 'issue'), asked.viewer ?? 0);
    return Array.isArray(made) ? [422, { errors: made }] : [201, { issue: shown(this.redmine, made, '') }];
  }

  #relate(id: number, asked: Asked): Told {
    const { issue_to_id: to, relation_type: type } = attributesIn(asked, 'relation');
    const made = this.redmine.relate(id, Number(to), String(type));
    return Array.isArray(made) ? [422, { errors: made }] : [201, { relation: toldRelation(made) }];
  }

  #unrelate(id: number): Told {
    return this.redmine.relations.delete(id) ? [204] : [404];
  }

  #annotate(id: number, asked: Asked): Told {
    const all = [...this.redmine.issues.values()].flatMap(({ journals }) => journals);
    const journal = all.find((one) => one.id === id);
    if (!journal) return [404];
    journal.notes = String(attributesIn(asked, 'journal')['notes']);
    return [204];
  }
}

function attributesIn({ body }: Asked, name: string): Readonly<Record<string, unknown>> {
  const { [name]: attributes, ...others } = body;
  if (typeof attributes !== 'object' || attributes === null || Object.keys(others).length > 0)
    throw new TypeError(`expected { ${name}: … } alone`);
  return attributes as Readonly<Record<string, unknown>>;
}

/** Of a request as it is on its way. */
export const methodOf = (input: string | URL | Request, init?: RequestInit): string =>
  init?.method ?? (input instanceof Request ? input.method : 'GET');
