import type { AzureProcess, AzureState } from './process.ts';
import { AzureRefusal, noSuchItem, ruleError } from './refusal.ts';
import { type AzureRelation, checkRelations, inverseOf, type LinkedItems } from './relations.ts';

export interface AzureUser {
  id: string;
  displayName: string;
  uniqueName: string;
}

export interface AzureItem {
  id: number;
  rev: number;
  type: string;
  title: string;
  state: string;
  /** HTML, or Markdown where `isMarkdown`. */
  description: string;
  isMarkdown: boolean;
  /** The unique name of a user. */
  assignedTo: string | null;
  tags: string[];
  priority: number;
  createdBy: string;
  createdAt: number;
  changedAt: number;
  relations: AzureRelation[];
  deletedAt?: number;
}

export interface AzureComment {
  id: number;
  item: number;
  author: string;
  text: string;
  format: 'markdown' | 'html';
  createdAt: number;
  modifiedAt: number;
}

/** What a write names of an item. */
export type AzureFields = Partial<
  Pick<
    AzureItem,
    | 'type'
    | 'title'
    | 'state'
    | 'description'
    | 'isMarkdown'
    | 'assignedTo'
    | 'tags'
    | 'priority'
    | 'relations'
  >
>;

const MAX_TITLE = 255;
const MAX_TEXT = 1_048_576;
const MAX_TAG = 400;
const MAX_TAGS = 100;
const DEFAULT_PRIORITY = 2;
const MAX_REVISIONS = 20;

export interface AzureStateOptions {
  process: AzureProcess;
  users: readonly string[];
  now: () => number;
  /** Whether a link makes a revision; in the vendor's own examples it does not. */
  linksMakeRevisions: boolean;
}

/** The work items of one project. */
export class AzureDevOpsState {
  readonly items = new Map<number, AzureItem>();
  readonly comments = new Map<number, AzureComment>();
  readonly users: AzureUser[];
  readonly process: AzureProcess;
  readonly #now: () => number;
  readonly #linksMakeRevisions: boolean;
  /** The last revisions of each item. */
  readonly #revisions = new Map<number, AzureItem[]>();
  /** Tags as they were first written, by their names in lower case. */
  readonly #tags = new Map<string, string>();
  readonly #links: LinkedItems = {
    item: (id) => this.item(id),
    relationsOf: (id) => this.items.get(id)?.relations ?? [],
  };
  #lastId = 0;
  #lastComment = 0;

  constructor({ process, users, now, linksMakeRevisions }: AzureStateOptions) {
    this.process = process;
    this.#now = now;
    this.#linksMakeRevisions = linksMakeRevisions;
    this.users = users.map((name, index) => ({
      id: `00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
      displayName: name,
      uniqueName: `${name}@acme.example`,
    }));
  }

  statesOf(type: string): readonly AzureState[] {
    const found = Object.entries(this.process).find(([name]) => name === type)?.[1];
    if (found) return found;
    throw new AzureRefusal(
      404,
      'WorkItemTypeNotFoundException',
      `VS402323: Work item type ${type} does not exist in the project, or you do not have permission to access it.`,
    );
  }

  /** By the unique name, the display name, or `Name <unique name>`. */
  user(name: string): AzureUser | undefined {
    const [, inside] = /<([^>]+)>$/.exec(name) ?? [];
    const wanted = (inside ?? name).toLowerCase();
    return this.users.find(
      ({ uniqueName, displayName }) =>
        uniqueName.toLowerCase() === wanted || displayName.toLowerCase() === wanted,
    );
  }

  /** @throws AzureRefusal 404, also for what is in the recycle bin. */
  item(id: number): AzureItem {
    const found = this.items.get(id);
    if (!found || found.deletedAt !== undefined) throw noSuchItem(id);
    return found;
  }

  /** An item as it was at a time; undefined before it was made. */
  asOf(item: AzureItem, time: number): AzureItem | undefined {
    if (item.changedAt <= time) return item;
    return this.#revisions.get(item.id)?.findLast(({ changedAt }) => changedAt <= time);
  }

  create(author: string, type: string, fields: AzureFields): AzureItem {
    const [first] = this.statesOf(type);
    if (fields.state !== undefined && fields.state !== first?.name)
      throw ruleError(
        'System.State',
        `TF401320: Rule Error for field State. Error code: HasValues, LimitedToValues, InvalidListValue. The value ${fields.state} is none that an item begins in.`,
      );
    const now = this.#now();
    const made: AzureItem = {
      id: this.#lastId + 1,
      rev: 1,
      type,
      title: '',
      state: first?.name ?? '',
      description: '',
      isMarkdown: false,
      assignedTo: null,
      tags: [],
      priority: DEFAULT_PRIORITY,
      createdBy: author,
      createdAt: now,
      changedAt: now,
      relations: [],
    };
    const { relations = [], ...rest } = this.#checked(made, fields);
    Object.assign(made, rest);
    if (made.title === '') this.#refuseTitle('InvalidEmpty');
    checkRelations(this.#links, made.id, relations);
    this.#lastId = made.id;
    this.items.set(made.id, made);
    this.#relate(made, relations);
    this.#note(made);
    return made;
  }

  /** Writes all of it or nothing. */
  change(id: number, fields: AzureFields): AzureItem {
    const item = this.item(id);
    const { relations, ...rest } = this.#checked(item, fields);
    if (relations) checkRelations(this.#links, id, relations);
    const changes = Object.entries(rest).some(
      ([name, value]) => JSON.stringify(Reflect.get(item, name)) !== JSON.stringify(value),
    );
    const links = relations && JSON.stringify(relations) !== JSON.stringify(item.relations);
    Object.assign(item, rest);
    if (relations) this.#relate(item, relations);
    if (changes || (links && this.#linksMakeRevisions)) this.#revise(item);
    return item;
  }

  /** Puts it into the recycle bin. */
  delete(id: number): AzureItem {
    const item = this.item(id);
    item.deletedAt = this.#now();
    return item;
  }

  restore(id: number): AzureItem {
    const item = this.items.get(id);
    if (item?.deletedAt === undefined) throw noSuchItem(id);
    delete item.deletedAt;
    this.#revise(item);
    return item;
  }

  /** Relations as they are shown: those to deleted items are not. */
  relationsOf(item: AzureItem): AzureRelation[] {
    return item.relations.filter(({ target }) => this.items.get(target)?.deletedAt === undefined);
  }

  comment(
    author: string,
    id: number,
    text: string,
    format: AzureComment['format'] = 'markdown',
  ): AzureComment {
    const item = this.item(id);
    const now = this.#now();
    this.#lastComment += 1;
    const made = {
      id: this.#lastComment,
      item: item.id,
      author,
      text,
      format,
      createdAt: now,
      modifiedAt: now,
    };
    this.comments.set(made.id, made);
    this.#revise(item);
    return made;
  }

  editComment(id: number, commentId: number, text: string, format: AzureComment['format']): AzureComment {
    const found = this.comments.get(commentId);
    if (found?.item !== this.item(id).id)
      throw new AzureRefusal(404, 'CommentNotFoundException', `Comment ${commentId} does not exist.`);
    Object.assign(found, { text, format, modifiedAt: this.#now() });
    this.#revise(this.item(id));
    return found;
  }

  #revise(item: AzureItem): void {
    item.rev += 1;
    item.changedAt = this.#now();
    this.#note(item);
  }

  #note(item: AzureItem): void {
    const earlier = this.#revisions.get(item.id) ?? [];
    this.#revisions.set(item.id, [...earlier.slice(-MAX_REVISIONS), structuredClone(item)]);
  }

  #refuseTitle(code: string): never {
    throw ruleError('System.Title', `TF401320: Rule Error for field Title. Error code: Required, ${code}.`);
  }

  #checked(item: AzureItem, fields: AzureFields): AzureFields {
    const checked = { ...fields };
    if (fields.type !== undefined) this.statesOf(fields.type);
    if (fields.title !== undefined) {
      checked.title = fields.title.trim();
      if (checked.title === '') this.#refuseTitle('InvalidEmpty');
      if (checked.title.length > MAX_TITLE) this.#refuseTitle('InvalidTooLong');
      if (/\p{Cc}/u.test(checked.title)) this.#refuseTitle('InvalidCharacters');
    }
    const type = fields.type ?? item.type;
    const state = fields.state ?? item.state;
    if (!this.statesOf(type).some(({ name }) => name === state))
      throw ruleError(
        'System.State',
        `TF401320: Rule Error for field State. Error code: HasValues, LimitedToValues, InvalidListValue. The value ${state} is none of ${type}.`,
      );
    if (fields.priority !== undefined && ![1, 2, 3, 4].includes(fields.priority))
      throw ruleError(
        'Microsoft.VSTS.Common.Priority',
        `TF401320: Rule Error for field Priority. Error code: LimitedToValues, InvalidListValue. The value ${fields.priority} is none of 1, 2, 3, 4.`,
      );
    if (fields.assignedTo != null) {
      const user = this.user(fields.assignedTo);
      if (!user)
        throw ruleError(
          'System.AssignedTo',
          `The identity value '${fields.assignedTo}' for field 'Assigned To' is an unknown identity.`,
        );
      checked.assignedTo = user.uniqueName;
    }
    if (fields.tags !== undefined) checked.tags = this.#tagged(fields.tags);
    if ((fields.description?.length ?? 0) > MAX_TEXT)
      throw ruleError(
        'System.Description',
        'TF401320: Rule Error for field Description. Error code: InvalidTooLong.',
      );
    // What is shown as HTML is kept without what could run, and without comments.
    if (fields.description !== undefined && !(fields.isMarkdown ?? item.isMarkdown))
      checked.description = fields.description
        .replaceAll(/<!--[\s\S]*?-->/g, '')
        .replaceAll(/<(script|style|iframe)\b[\s\S]*?<\/\1\s*>/gi, '');
    return checked;
  }

  /** A tag has the case in which it was first written in the project; an item shows its tags in order of name. */
  #tagged(given: readonly string[]): string[] {
    const named = new Map<string, string>();
    for (const one of given) {
      const tag = one.trim();
      if (tag === '') continue;
      if (tag.length > MAX_TAG || /[\p{Cc},;]/u.test(tag))
        throw new AzureRefusal(
          400,
          'InvalidTagNameException',
          'VS402962: The tag name is not valid.',
          'System.Tags',
        );
      const key = tag.toLowerCase();
      if (!this.#tags.has(key)) this.#tags.set(key, tag);
      named.set(key, this.#tags.get(key) ?? tag);
    }
    if (named.size > MAX_TAGS)
      throw new AzureRefusal(
        400,
        'TagLimitExceededException',
        `VS402963: A work item may have ${MAX_TAGS} tags at most.`,
        'System.Tags',
      );
    return [...named.values()].sort((a, b) => a.localeCompare(b, 'en'));
  }

  /** A relation is shown at both ends. */
  #relate(item: AzureItem, relations: readonly AzureRelation[]): void {
    const same = (a: AzureRelation, b: AzureRelation): boolean => a.rel === b.rel && a.target === b.target;
    const added = relations.filter((one) => !item.relations.some((old) => same(old, one)));
    const gone = item.relations.filter((old) => !relations.some((one) => same(old, one)));
    item.relations = [...relations];
    for (const { rel, target } of added)
      this.items.get(target)?.relations.push({ rel: inverseOf(rel), target: item.id });
    for (const { rel, target } of gone) {
      const other = this.items.get(target);
      if (other)
        other.relations = other.relations.filter(
          (one) => !same(one, { rel: inverseOf(rel), target: item.id }),
        );
    }
    if (!this.#linksMakeRevisions) return;
    for (const { target } of [...added, ...gone]) {
      const other = this.items.get(target);
      if (other) this.#revise(other);
    }
  }
}
