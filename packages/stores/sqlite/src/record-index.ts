import type { RecordWrite, RefRow } from '@spec-kitty/tracker-core';
import type { Identities } from './identities.ts';
import { toSortKey } from './sort-key.ts';
import type { SqlValue, Statements } from './statements.ts';

/** A page of fresh keys is rewritten by almost every commit; so many of them are a few pages. */
const MAX_FRESH_KEYS = 4096;

interface StoredRef {
  identity: string;
  target: string;
  draft: number;
  seen: string | null;
}

function storedRef({ identity, target, draft, seen }: RefRow): StoredRef {
  return {
    identity: toSortKey(identity),
    target: toSortKey(target),
    draft: draft ? 1 : 0,
    seen: seen ?? null,
  };
}

function listing(statements: Statements): { listed: number; last_sequence: number } {
  return statements.get('listed') ?? { listed: 0, last_sequence: 0 };
}

/** Whether the refs of a target can be read in order as they are. */
export function allRefsListed(statements: Statements): boolean {
  const { listed, last_sequence } = listing(statements);
  return listed === last_sequence;
}

/**
 * Sorts in the refs of what was written since the last time. An import does not pay for an order that only the
 * reading of a whole target needs.
 */
export function listRefs(statements: Statements): void {
  statements.run('listRefs', listing(statements).listed);
  statements.run('setListed');
}

/** Keeps what records are found by, inside of the transaction that writes them. */
export class RecordIndex {
  readonly #statements: Statements;
  readonly #identities: Identities;
  readonly #newRefs: SqlValue[][] = [];
  readonly #newKeys: SqlValue[][] = [];

  constructor(statements: Statements, identities: Identities) {
    this.#statements = statements;
    this.#identities = identities;
  }

  insert(id: number, write: RecordWrite): void {
    for (const ref of write.refs) this.#addRef(id, storedRef(ref));
    for (const target of write.pending) this.#statements.run('insertPending', toSortKey(target), id);
  }

  /** Writes only what is not so already: mostly nothing. */
  update(id: number, write: RecordWrite): void {
    const held = new Map(this.#refsOf(id).map((ref) => [ref.identity, ref]));
    const kept = new Set<string>();
    for (const row of write.refs) {
      const ref = storedRef(row);
      const before = held.get(ref.identity);
      kept.add(ref.identity);
      if (before) this.#changeRef(id, before, ref);
      else this.#addRef(id, ref);
    }
    for (const ref of held.values()) if (!kept.has(ref.identity)) this.#removeRef(id, ref);
    this.#setPending(id, write.pending.map(toSortKey));
  }

  remove(id: number): void {
    for (const ref of this.#refsOf(id)) this.#removeRef(id, ref);
    this.#setPending(id, []);
  }

  /** Writes what was added. Of `fresh` keys there are so many after it. */
  flush(fresh: number): number {
    this.#statements.insertAll('insertRef', this.#newRefs);
    this.#statements.insertAll('insertKey', this.#newKeys);
    const now = fresh + this.#newKeys.length;
    if (now < MAX_FRESH_KEYS) return now;
    this.#statements.run('settleKeys');
    this.#statements.run('clearFreshKeys');
    return 0;
  }

  #refsOf(id: number): StoredRef[] {
    return this.#statements.all<StoredRef>('refsOfRecord', id);
  }

  #addRef(id: number, ref: StoredRef): void {
    this.#newRefs.push(refRow(id, ref));
    this.#newKeys.push([this.#identities.hash(ref.identity), id]);
  }

  #changeRef(id: number, before: StoredRef, ref: StoredRef): void {
    const moved = before.target !== ref.target || before.draft !== ref.draft;
    if (moved) this.#statements.run('deleteListedRef', before.target, before.identity);
    if (moved || before.seen !== ref.seen) this.#newRefs.push(refRow(id, ref));
  }

  #removeRef(id: number, ref: StoredRef): void {
    const hash = this.#identities.hash(ref.identity);
    this.#statements.run('deleteListedRef', ref.target, ref.identity);
    this.#statements.run('deleteRef', id, ref.identity);
    this.#statements.run('deleteFreshKey', hash, id);
    this.#statements.run('deleteSettledKey', hash, id);
  }

  #setPending(id: number, targets: string[]): void {
    const held = this.#statements.all<{ target: string }>('pendingOfRecord', id).map(({ target }) => target);
    for (const target of held)
      if (!targets.includes(target)) this.#statements.run('deletePending', target, id);
    for (const target of targets)
      if (!held.includes(target)) this.#statements.run('insertPending', target, id);
  }
}

function refRow(id: number, { identity, target, draft, seen }: StoredRef): SqlValue[] {
  return [id, identity, target, draft, seen];
}
