import { isoSeconds } from './limits.ts';
import { JiraRefusal } from './refusal.ts';
import { type JiraComment, type JiraIssue, type JiraState, LINK_TYPES } from './state.ts';

type View = Record<string, unknown>;
const API = '/rest/api/3';

/** With an offset without a colon, as Jira writes times. */
const dated = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');

/** What a caller sees of a site. */
export class JiraViews {
  readonly #state: JiraState;
  readonly #origin: () => string;
  readonly #timeZone: string;

  constructor(state: JiraState, origin: () => string, timeZone: string) {
    this.#state = state;
    this.#origin = origin;
    this.#timeZone = timeZone;
  }

  user(accountId: string | null): View | null {
    const user = this.#state.site.users.find((one) => one.accountId === accountId);
    if (!user) return null;
    return {
      self: this.#self(`user?accountId=${user.accountId}`),
      ...user,
      active: true,
      timeZone: this.#timeZone,
    };
  }

  status(id: string): View {
    const status = this.#state.site.statuses.find((one) => one.id === id);
    return {
      self: this.#self(`status/${id}`),
      id,
      name: status?.name,
      statusCategory: { id: 2, key: status?.category, name: status?.category },
    };
  }

  type(id: string): View {
    const type = this.#state.site.types.find((one) => one.id === id);
    return {
      self: this.#self(`issuetype/${id}`),
      id,
      name: type?.name,
      subtask: (type?.level ?? 0) < 0,
      hierarchyLevel: type?.level,
    };
  }

  priority(id: string): View {
    return { self: this.#self(`priority/${id}`), id, name: this.#state.site.priorities[Number(id) - 1] };
  }

  /** An issue with the fields and properties that were asked for. */
  issue(issue: JiraIssue, fields: readonly string[], properties: readonly string[]): View {
    const all = this.#fields(issue);
    const wanted = fields.includes('*all') ? Object.keys(all) : fields;
    const shown = Object.fromEntries(
      wanted.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]),
    );
    const held = properties.filter((key) => Object.hasOwn(issue.properties, key));
    return {
      id: issue.id,
      key: issue.key,
      self: this.#self(`issue/${issue.id}`),
      ...(fields.length === 0 ? {} : { fields: shown }),
      ...(properties.length === 0
        ? {}
        : { properties: Object.fromEntries(held.map((key) => [key, issue.properties[key]])) }),
    };
  }

  comment(comment: JiraComment, withProperties: boolean): View {
    return {
      self: this.#self(`issue/${comment.issue}/comment/${comment.id}`),
      id: comment.id,
      author: this.user(comment.author),
      body: comment.body,
      created: dated(comment.created),
      updated: dated(comment.updated),
      ...(withProperties ? { properties: comment.properties } : {}),
    };
  }

  #fields(issue: JiraIssue): View {
    const parent = issue.parent === null ? undefined : this.#state.issues.get(issue.parent);
    return {
      summary: issue.summary,
      description: issue.description,
      status: this.status(issue.status),
      issuetype: this.type(issue.type),
      priority: issue.priority === null ? null : this.priority(issue.priority),
      assignee: this.user(issue.assignee),
      creator: this.user(issue.creator),
      reporter: this.user(issue.creator),
      labels: issue.labels,
      project: { key: issue.project, name: issue.project },
      ...(parent ? { parent: this.#brief(parent) } : {}),
      issuelinks: this.#links(issue),
      created: dated(issue.created),
      updated: dated(issue.updated),
      ...Object.fromEntries(this.#state.site.customFields.map(({ id }) => [id, issue.custom[id] ?? null])),
    };
  }

  /** The blocker of a `Blocks` link is its inward issue, and sees the other one as outward. */
  #links({ id }: JiraIssue): View[] {
    return this.#state.linksOf(id).map((link) => {
      const isInward = link.inward === id;
      const other = this.#state.issue(isInward ? link.outward : link.inward);
      return {
        id: link.id,
        type: LINK_TYPES.find(({ name }) => name === link.type),
        [isInward ? 'outwardIssue' : 'inwardIssue']: this.#brief(other),
      };
    });
  }

  #brief(issue: JiraIssue): View {
    return {
      id: issue.id,
      key: issue.key,
      self: this.#self(`issue/${issue.id}`),
      fields: { summary: issue.summary, status: this.status(issue.status), issuetype: this.type(issue.type) },
    };
  }

  #self(path: string): string {
    return `${this.#origin()}${API}/${path}`;
  }
}

const TOKEN_LIFE_MS = 7 * 86_400_000;

/** Where a page ends, for those who go on with the same query. */
export function pageToken(listing: string, place: string, now: number): string {
  return Buffer.from(JSON.stringify([listing, place, isoSeconds(now)])).toString('base64url');
}

/** @throws JiraRefusal 400 */
export function placeIn(token: string, listing: string, now: number): string {
  try {
    const [madeFor, place, at] = JSON.parse(Buffer.from(token, 'base64url').toString());
    const age = now - Date.parse(at);
    if (madeFor === listing && typeof place === 'string' && age <= TOKEN_LIFE_MS) return place;
  } catch {
    // No token at all.
  }
  throw new JiraRefusal(400, 'The provided next page token is invalid or expired.');
}
