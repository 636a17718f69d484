import { hash } from 'node:crypto';
import { toSortKey } from './sort-key.ts';
import type { Statements } from './statements.ts';

export interface Holder {
  record_id: number;
  seen: string | null;
}

/**
 * 48 bits of the SHA-256 of an identity's sort key, which is a safe integer. A cryptographic one, so that nobody can
 * choose ids at a tracker that fall together here.
 */
export function identityHash(key: string): number {
  return Number.parseInt(hash('sha256', key).slice(0, 12), 16);
}

function findHolder(statements: Statements, key: string, hash: number): Holder | undefined {
  for (const candidate of statements.all<{ record_id: number }>('candidates', hash, hash)) {
    const holder = statements.get<Holder>('ref', candidate.record_id, key);
    if (holder) return holder;
  }
  return undefined;
}

/**
 * Finds who holds identities. An import looks up what it then inserts: what the last look-up did not find is not
 * looked for again while no record was written since, by this process or another.
 */
export class Identities {
  readonly #statements: Statements;
  #sequence = -1;
  /** The hashes of what was not found at that sequence, by sort key. */
  #absent = new Map<string, number>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Inside of a transaction that saw `sequence` as the last one. Two statements, however many identities. */
  lookup(identities: string[], sequence: number): Array<Holder | undefined> {
    const keys = identities.map(toSortKey);
    const hashes = keys.map(identityHash);
    const wanted = JSON.stringify(hashes);
    const ids = this.#statements.all<{ record_id: number }>('candidatesOf', wanted, wanted);
    const holders = new Map<string, Holder>();
    if (ids.length > 0) {
      const list = JSON.stringify(ids.map(({ record_id }) => record_id));
      for (const row of this.#statements.all<Holder & { identity: string }>('refsOf', list)) {
        holders.set(row.identity, row);
      }
    }
    this.#sequence = sequence;
    this.#absent = new Map();
    keys.forEach((key, index) => {
      if (!holders.has(key)) this.#absent.set(key, hashes[index] ?? identityHash(key));
    });
    return keys.map((key) => holders.get(key));
  }

  holder(identity: string, sequence: number): number | undefined {
    const key = toSortKey(identity);
    if (sequence === this.#sequence && this.#absent.has(key)) return undefined;
    return findHolder(this.#statements, key, this.hash(key))?.record_id;
  }

  hash(key: string): number {
    return this.#absent.get(key) ?? identityHash(key);
  }
}
