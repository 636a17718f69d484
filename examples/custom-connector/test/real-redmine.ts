import type { IssuePatch } from '@spec-kitty/tracker-core';
import { z } from 'zod';
import { RedmineConnector, type RedmineContext } from '../src/index.ts';
import { attributesOf } from './person.ts';
import type { Attributes } from './redmine.ts';

const url = process.env['TRACKER_REDMINE'] ?? '';
const adminKey = process.env['TRACKER_REDMINE_KEY'] ?? '';
const MANAGER = 'Manager';

const Numbered = z.object({ id: z.int() });
const UserSchema = z.object({ user: z.object({ id: z.int(), api_key: z.string() }) });
const ProjectSchema = z.object({ project: Numbered });
const IssueSchema = z.object({ issue: Numbered });
const RolesSchema = z.object({ roles: z.array(z.object({ id: z.int(), name: z.string() })) });
const FieldsSchema = z.object({ custom_fields: z.array(z.object({ id: z.int(), name: z.string() })) });

/** Why the tests of a real Redmine cannot run; undefined where they can. */
export const missing: string | undefined =
  url === '' || adminKey === ''
    ? 'TRACKER_REDMINE and TRACKER_REDMINE_KEY name no real Redmine (scripts/redmine-server sets one up)'
    : undefined;

interface Account {
  id: number;
  key: string;
}

/** A project that nobody else uses. */
export interface RealProject {
  connector(context?: RedmineContext, apiKey?: string): RedmineConnector;
  create(fields: IssuePatch & { title: string }): Promise<number>;
  edit(id: number, patch: IssuePatch): Promise<void>;
  remove(id: number): Promise<void>;
  note(id: number, notes: string, isPrivate: boolean): Promise<void>;
  /** Into another project. */
  move(id: number): Promise<void>;
}

/** A real server, with an account for the connector and one for a person. */
export class RealRedmine {
  readonly bot: Account;
  readonly person: Account;
  readonly #roleId: number;
  readonly #keyFieldId: number;
  #projects = 0;

  private constructor(bot: Account, person: Account, roleId: number, keyFieldId: number) {
    this.bot = bot;
    this.person = person;
    this.#roleId = roleId;
    this.#keyFieldId = keyFieldId;
  }

  static async meet(): Promise<RealRedmine> {
    const [bot, person] = [await makeAccount('bot'), await makeAccount('person')];
    const { roles } = RolesSchema.parse(await asked('GET', '/roles.json'));
    const { custom_fields: fields } = FieldsSchema.parse(await asked('GET', '/custom_fields.json'));
    const role = roles.find(({ name }) => name === MANAGER);
    const field = fields.find(({ name }) => name === 'Sync key');
    if (!role || !field) throw new Error('this Redmine was not set up by scripts/redmine-server');
    return new RealRedmine(bot, person, role.id, field.id);
  }

  async project(): Promise<RealProject> {
    const { id, identifier } = await this.#makeProject();
    const { key } = this.person;
    const edit = async (issue: number, attributes: Attributes): Promise<void> => {
      await asked('PUT', `/issues/${issue}.json`, { issue: attributes }, key);
    };
    return {
      connector: (context = {}, apiKey = this.bot.key) =>
        new RedmineConnector(
          { baseUrl: url, apiKey, project: identifier, keyFieldId: this.#keyFieldId },
          context,
        ),
      async create({ status, ...fields }) {
        const issue = { ...attributesOf(fields), project_id: id };
        const created = IssueSchema.parse(await asked('POST', '/issues.json', { issue }, key)).issue;
        if (status !== undefined && status !== 'todo') await edit(created.id, attributesOf({ status }));
        return created.id;
      },
      edit: (issue, patch) => edit(issue, attributesOf(patch)),
      async remove(issue) {
        await asked('DELETE', `/issues/${issue}.json`, undefined, key);
      },
      note: (issue, notes, isPrivate) => edit(issue, { notes, private_notes: isPrivate }),
      move: async (issue) => edit(issue, { project_id: (await this.#makeProject()).id }),
    };
  }

  /** With both accounts as its members. */
  async #makeProject(): Promise<{ id: number; identifier: string }> {
    this.#projects += 1;
    const identifier = `p${process.pid}-${Date.now()}-${this.#projects}`;
    const made = await asked('POST', '/projects.json', { project: { name: identifier, identifier } });
    const { id } = ProjectSchema.parse(made).project;
    const members = { user_ids: [this.bot.id, this.person.id], role_ids: [this.#roleId] };
    await asked('POST', `/projects/${id}/memberships.json`, { membership: members });
    return { id, identifier };
  }
}

async function makeAccount(name: string): Promise<Account> {
  const login = `${name}${process.pid}${Date.now()}`;
  const password = crypto.randomUUID();
  const user = { login, password, firstname: name, lastname: 'of the tests', mail: `${login}@example.com` };
  const { id, api_key: key } = UserSchema.parse(await asked('POST', '/users.json', { user })).user;
  return { id, key };
}

/** As the administrator, or as whose key it is. */
async function asked(method: string, path: string, body?: object, key: string = adminKey): Promise<unknown> {
  const answer = await fetch(url + path, {
    method,
    headers: { 'x-redmine-api-key': key, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
  return text === '' ? undefined : JSON.parse(text);
}
