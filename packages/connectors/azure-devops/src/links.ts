import {
  type CallOptions,
  type CanonicalLink,
  type ExternalRef,
  SyncConflictError,
  sameRef,
} from '@spec-kitty/tracker-core';
import type { RawItem } from './answers.ts';
import type { AzureDevOpsClient, PatchOperation } from './client.ts';
import {
  assertHere,
  onRevision,
  parentOperations,
  relationOperations,
  type WritePlace,
} from './from-canonical.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { PARENT, placesOf, RELATIONS } from './to-canonical.ts';
import { problemOf } from './writer.ts';

const MAX_ROUNDS = 4;

/** Relations between items, one at a time. */
export class Links {
  readonly #client: AzureDevOpsClient;
  readonly #reader: Reader;
  readonly #place: WritePlace;

  constructor(client: AzureDevOpsClient, reader: Reader, place: WritePlace) {
    this.#client = client;
    this.#reader = reader;
    this.#place = place;
  }

  /** Makes a relation be there or not; what is so already is a success. */
  async set(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: CallOptions): Promise<void> {
    assertHere('links', link.target, this.#place.workspace);
    // A parent is written at its child.
    const [from, to] = link.type === 'parent_of' ? [link.target, ref] : [ref, link.target];
    const isParent = link.type === 'child_of' || link.type === 'parent_of';
    const rel = link.type === 'child_of' || link.type === 'parent_of' ? PARENT : RELATIONS[link.type];
    for (let round = 1; ; round += 1) {
      const [raw] = await this.#reader.raw([from.id], options);
      if (!raw) throw notFound(from);
      if (placesOf(raw, rel, to.id).length > 0 === wanted) return;
      const error = await this.#write(raw, { from, to, rel, wanted, isParent }, options);
      if (!error) return;
      if (!(error instanceof SyncConflictError)) {
        if (await this.#is(from, rel, to, wanted, options)) return;
        throw error;
      }
      if (round === MAX_ROUNDS) throw error;
    }
  }

  async #write(
    raw: RawItem,
    {
      from,
      to,
      rel,
      wanted,
      isParent,
    }: { from: ExternalRef; to: ExternalRef; rel: string; wanted: boolean; isParent: boolean },
    options: CallOptions,
  ): Promise<Error | undefined> {
    const url = this.#place.itemUrl(to.id);
    const operations: PatchOperation[] = isParent
      ? parentOperations(raw, wanted ? url : null)
      : relationOperations(raw, rel, { id: to.id, url }, wanted);
    // Neither end is as it was read.
    for (const { id } of [from, to]) this.#reader.known.forget(id);
    const fields = [isParent ? 'parent' : 'links'] as const;
    const write = { of: { id: from.id }, operations: onRevision(raw, operations), ref: from, fields };
    const [written] = await this.#client.write([write], options);
    return problemOf(written, { ref: from, fields: [...fields], target: to });
  }

  /** Of two who add the same link, one is told that it is there. */
  async #is(
    from: ExternalRef,
    rel: string,
    to: ExternalRef,
    wanted: boolean,
    options: CallOptions,
  ): Promise<boolean> {
    if (sameRef(from, to)) return false;
    const [raw] = await this.#reader.raw([from.id], options);
    return raw !== undefined && placesOf(raw, rel, to.id).length > 0 === wanted;
  }
}
