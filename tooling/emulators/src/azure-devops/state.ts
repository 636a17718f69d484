import type { AzureProcess, AzureState } from './process.ts';
import { AzureRefusal, noSuchItem, ruleError } from './refusal.ts';

export interface AzureUser {
  id: string;
  displayName: string;
  uniqueName: string;
}

/** A relation as one of its ends shows it. */
export interface AzureRelation {
  rel: string;
  target: number;
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

/** Both ends of each kind of relation: https://learn.microsoft.com/en-us/azure/devops/boards/queries/link-type-reference */
const INVERSE: Readonly<Record<string, string>> = {
  'System.LinkTypes.Hierarchy-Forward': 'System.LinkTypes.Hierarchy-Reverse',
  'System.LinkTypes.Hierarchy-Reverse': 'System.LinkTypes.Hierarchy-Forward',
  'System.LinkTypes.Dependency-Forward': 'System.LinkTypes.Dependency-Reverse',
  'System.LinkTypes.Dependency-Reverse': 'System.LinkTypes.Dependency-Forward',
  'System.LinkTypes.Duplicate-Forward': 'System.LinkTypes.Duplicate-Reverse',
  'System.LinkTypes.Duplicate-Reverse': 'System.LinkTypes.Duplicate-Forward',
  'System.LinkTypes.Related': 'System.LinkTypes.Related',
};
const PARENT = 'System.LinkTypes.Hierarchy-Reverse';

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
    this.#checkRelations(made.id, relations);
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
    if (relations) this.#checkRelations(id, relations);
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

  #checkRelations(id: number, relations: readonly AzureRelation[]): void {
    const before = this.items.get(id)?.relations ?? [];
    const has = ({ rel, target }: AzureRelation, among: readonly AzureRelation[]): number =>
      among.filter((one) => one.rel === rel && one.target === target).length;
    for (const relation of relations) {
      if (!Object.hasOwn(INVERSE, relation.rel))
        throw new AzureRefusal(
          400,
          'WorkItemLinkTypeNotFoundException',
          `TF201015: The link type ${relation.rel} does not exist.`,
        );
      if (has(relation, before) > 0 && has(relation, relations) === 1) continue;
      this.item(relation.target);
      if (relation.target === id)
        throw new AzureRefusal(
          400,
          'WorkItemLinkInvalidException',
          'TF201035: You cannot add a link from a work item to itself.',
        );
      if (has(relation, relations) > 1)
        throw new AzureRefusal(400, 'RelationAlreadyExistsException', 'VS402329: Relation already exists.');
    }
    const parents = relations.filter(({ rel }) => rel === PARENT);
    if (parents.length > 1) this.#linkRefused('TF201036', 'a work item can have only one Parent link');
    for (const { rel, target } of relations) {
      if (rel === PARENT && this.#isAbove(id, target))
        this.#linkRefused('TF201035', 'it would make a circle');
      if (rel !== 'System.LinkTypes.Hierarchy-Forward' || has({ rel, target }, before) > 0) continue;
      if (this.items.get(target)?.relations.some((one) => one.rel === PARENT))
        this.#linkRefused('TF201036', 'a work item can have only one Parent link');
      if (this.#isAbove(target, id)) this.#linkRefused('TF201035', 'it would make a circle');
    }
  }

  #linkRefused(code: string, why: string): never {
    throw new AzureRefusal(
      400,
      'WorkItemLinkInvalidException',
      `${code}: You cannot add the link between the two work items: ${why}.`,
    );
  }

  /** Whether `id` is `below` or above it. */
  #isAbove(id: number, below: number): boolean {
    for (let at: number | undefined = below; at !== undefined; ) {
      if (at === id) return true;
      at = this.items.get(at)?.relations.find(({ rel }) => rel === PARENT)?.target;
    }
    return false;
  }

  /** A relation is shown at both ends. */
  #relate(item: AzureItem, relations: readonly AzureRelation[]): void {
    const same = (a: AzureRelation, b: AzureRelation): boolean => a.rel === b.rel && a.target === b.target;
    const added = relations.filter((one) => !item.relations.some((old) => same(old, one)));
    const gone = item.relations.filter((old) => !relations.some((one) => same(old, one)));
    item.relations = [...relations];
    for (const { rel, target } of added)
      this.items.get(target)?.relations.push({ rel: INVERSE[rel] ?? rel, target: item.id });
    for (const { rel, target } of gone) {
      const other = this.items.get(target);
      if (other)
        other.relations = other.relations.filter(
          (one) => !same(one, { rel: INVERSE[rel] ?? rel, target: item.id }),
        );
    }
    if (!this.#linksMakeRevisions) return;
    for (const { target } of [...added, ...gone]) {
      const other = this.items.get(target);
      if (other) this.#revise(other);
    }
  }
}
