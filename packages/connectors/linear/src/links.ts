import {
  type CanonicalLink,
  ConnectorRequestError,
  type ExternalRef,
  sameRef,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { DoneSchema, type LinearRelations } from './answers.ts';
import type { LinearClient } from './client.ts';
import type { Directory } from './directory.ts';
import { RELATE, UNRELATE } from './documents.ts';
import { saysItExists, saysNotFound } from './failures.ts';
import type { IssueRelationCreateInput } from './inputs.ts';
import type { Reader } from './reader.ts';
import { idFor, isUuid, notHeld, notThere, SYSTEM } from './system.ts';
import { assertTeam } from './updates.ts';

type RelationType = 'blocks' | 'duplicate' | 'related';

/** In Linear's words: from which issue, and which relation it is. */
const RELATION: Readonly<Partial<Record<CanonicalLink['type'], { type: RelationType; inverse: boolean }>>> = {
  blocks: { type: 'blocks', inverse: false },
  blocked_by: { type: 'blocks', inverse: true },
  relates_to: { type: 'related', inverse: false },
  duplicates: { type: 'duplicate', inverse: false },
};

/** The relations that are this link. */
function relationsOf(all: LinearRelations, link: CanonicalLink): string[] {
  const relation = RELATION[link.type];
  if (!relation) return [];
  const from = all.relations.filter(
    ({ type, relatedIssue }) => type === relation.type && relatedIssue.id === link.target.id,
  );
  const to = all.inverseRelations.filter(
    ({ type, issue }) => type === relation.type && issue.id === link.target.id,
  );
  const both = relation.type === 'related';
  return [...(both || !relation.inverse ? from : []), ...(both || relation.inverse ? to : [])].map(
    ({ id }) => id,
  );
}

/** Relations between issues. */
export class Links {
  readonly #client: LinearClient;
  readonly #directory: Directory;
  readonly #reader: Reader;

  constructor(client: LinearClient, directory: Directory, reader: Reader) {
    this.#client = client;
    this.#directory = directory;
    this.#reader = reader;
  }

  async add(ref: ExternalRef, link: CanonicalLink, { idempotencyKey, signal }: WriteOptions): Promise<void> {
    const relation = RELATION[link.type];
    if (!relation || sameRef(ref, link.target) || !isHere(ref, link.target))
      throw notHeld('links', `${link.type} ${link.target.id} is no relation of two issues of this workspace`);
    const all = await this.#relations(ref, signal);
    if (relationsOf(all, link).length > 0) return;
    const [issueId, relatedIssueId] = relation.inverse ? [link.target.id, ref.id] : [ref.id, link.target.id];
    const input = {
      issueId,
      relatedIssueId,
      type: relation.type,
      ...(idempotencyKey === undefined
        ? {}
        : { id: await idFor('relation', `${idempotencyKey} ${issueId} ${relation.type} ${relatedIssueId}`) }),
    } satisfies IssueRelationCreateInput;
    try {
      await this.#client.ask(RELATE, { input }, DoneSchema, { signal });
    } catch (error) {
      // Somebody else was quicker, or an earlier try of ours.
      if (saysItExists(error)) return;
      if (!saysNotFound(error, 'Issue')) throw error;
      throw new ConnectorRequestError(`${SYSTEM}: there is no issue ${link.target.id} to be related`, {
        provider: SYSTEM,
        failureClass: 'validation',
        cause: error,
      });
    }
  }

  async remove(ref: ExternalRef, link: CanonicalLink, { signal }: WriteOptions): Promise<void> {
    const all = await this.#relations(ref, signal);
    for (const id of relationsOf(all, link)) {
      try {
        await this.#client.ask(UNRELATE, { id }, DoneSchema, { signal });
      } catch (error) {
        if (!saysNotFound(error, 'IssueRelation')) throw error;
      }
    }
  }

  async #relations(ref: ExternalRef, signal: AbortSignal | undefined): Promise<LinearRelations> {
    const known = await this.#directory.known();
    const { teamId, gone, ...all } = await this.#reader.relations(ref, signal);
    if (gone) throw notThere(ref);
    assertTeam(ref, teamId, known);
    return all;
  }
}

const isHere = (ref: ExternalRef, target: ExternalRef): boolean =>
  target.system === ref.system && target.workspace === ref.workspace && isUuid(target.id);
