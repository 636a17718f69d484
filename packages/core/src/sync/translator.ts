import type { Folding } from '../model/equality.ts';
import { type ExternalRef, isDraftRef, refIdentity, sameRef } from '../model/external-ref.ts';
import type { CanonicalLink, IssueFields } from '../model/issue.ts';
import { type BindingTarget, type Person, placeKey, type StoredRecord } from '../store/records.ts';

/** Every ref of one issue, the first one first, as far as the store knows them. */
export interface KnownRefs {
  refs: ExternalRef[];
  /** The store holds it as a tombstone. */
  deleted: boolean;
}

/** Where assignees of a record come from: the place of its first ref. */
const homeOf = (record: Pick<StoredRecord, 'issue'>): string => placeKey(record.issue.ref);

/** Between a record's terms and a tracker's: refs to other issues and ids of people. */
export class Translator {
  readonly #place: string;
  readonly #target: BindingTarget;
  readonly #known: ReadonlyMap<string, KnownRefs>;
  readonly #people = new Map<string, Person>();

  constructor(target: BindingTarget, known: ReadonlyMap<string, KnownRefs>, people: readonly Person[]) {
    this.#target = target;
    this.#place = placeKey(target);
    this.#known = known;
    for (const person of people) {
      for (const [place, id] of Object.entries(person.ids)) this.#people.set(`${place} ${id}`, person);
    }
  }

  /** One name for an issue, whichever of its refs is given. */
  readonly identityOf = (ref: ExternalRef): string => {
    const identity = refIdentity(ref);
    const first = this.#known.get(identity)?.refs[0];
    return first ? refIdentity(first) : identity;
  };

  folding(sets: Pick<Folding, 'labels' | 'assignees'>): Folding {
    return { ...sets, identityOf: this.identityOf };
  }

  /** The ref as records hold it: the first one that its issue has. */
  toLocalRef(ref: ExternalRef): ExternalRef {
    const first = this.#known.get(refIdentity(ref))?.refs[0];
    return !first || sameRef(first, ref) ? ref : first;
  }

  /** The ref as this tracker knows it; undefined while the issue has none there. */
  toRemoteRef(ref: ExternalRef): ExternalRef | undefined {
    const here = (candidate: ExternalRef): boolean =>
      candidate.system === this.#target.system &&
      candidate.workspace === this.#target.workspace &&
      !isDraftRef(candidate);
    const known = this.#known.get(refIdentity(ref));
    return known?.refs.find(here) ?? (here(ref) ? ref : undefined);
  }

  /** Whether the store knows the issue and has it waiting to be created at this tracker. */
  awaitsCreation(ref: ExternalRef): boolean {
    const known = this.#known.get(refIdentity(ref));
    if (!known || known.deleted || this.toRemoteRef(ref)) return false;
    return known.refs.some(
      (candidate) =>
        isDraftRef(candidate) &&
        candidate.system === this.#target.system &&
        candidate.workspace === this.#target.workspace,
    );
  }

  toLocalPerson(record: Pick<StoredRecord, 'issue'>, id: string): string | undefined {
    return this.#isHome(record) ? id : this.#people.get(`${this.#place} ${id}`)?.ids[homeOf(record)];
  }

  toRemotePerson(record: Pick<StoredRecord, 'issue'>, id: string): string | undefined {
    return this.#isHome(record) ? id : this.#people.get(`${homeOf(record)} ${id}`)?.ids[this.#place];
  }

  /** What the tracker holds, in the record's terms; people without a row are left out. */
  inbound(record: Pick<StoredRecord, 'issue'>, fields: IssueFields): IssueFields {
    if (this.#known.size === 0 && this.#isHome(record)) return fields;
    return {
      ...fields,
      assignees: fields.assignees.flatMap((id) => this.toLocalPerson(record, id) ?? []),
      parent: fields.parent && this.toLocalRef(fields.parent),
      links: fields.links.map((link) => this.#withTarget(link, this.toLocalRef(link.target))),
    };
  }

  toRemoteLink(link: CanonicalLink): CanonicalLink | undefined {
    const target = this.toRemoteRef(link.target);
    return target && this.#withTarget(link, target);
  }

  #isHome({ issue }: Pick<StoredRecord, 'issue'>): boolean {
    return issue.ref.system === this.#target.system && issue.ref.workspace === this.#target.workspace;
  }

  #withTarget(link: CanonicalLink, target: ExternalRef): CanonicalLink {
    return target === link.target ? link : { ...link, target };
  }
}

/** Identities of the issues that these fields name. */
export function namedIdentities(fields: Pick<IssueFields, 'parent' | 'links'>): string[] {
  const named = fields.links.map((link) => refIdentity(link.target));
  return fields.parent ? [refIdentity(fields.parent), ...named] : named;
}
