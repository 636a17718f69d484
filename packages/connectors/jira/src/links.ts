import {
  type CallOptions,
  type CanonicalLink,
  ConnectorRequestError,
  type ExternalRef,
  refIdentity,
} from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';
import { isMissing, type JiraClient, wordsIn } from './client.ts';
import { NO_PARENT, refuse } from './from-canonical.ts';
import type { LookUps } from './look-ups.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './system.ts';
import { isOf, RELATIONS, type Relation, targetOf } from './to-canonical.ts';

/** Relations between issues, one at a time. */
export class Links {
  readonly #client: JiraClient;
  readonly #reader: Reader;
  readonly #lookUps: LookUps;

  constructor(client: JiraClient, reader: Reader, lookUps: LookUps) {
    this.#client = client;
    this.#reader = reader;
    this.#lookUps = lookUps;
  }

  /** Makes a relation be there or not; what is so already is a success. */
  async set(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: CallOptions): Promise<void> {
    const { type, target } = link;
    if (target.system !== SYSTEM || target.workspace !== ref.workspace)
      refuse('links', `${refIdentity(target)} is no issue of this site, which cannot link to it`);
    if (type === 'child_of') return this.#parent(ref, target, wanted, options);
    if (type === 'parent_of') return this.#parent(target, ref, wanted, options);
    const raw = await this.#read(ref, options);
    const there = raw.fields.issuelinks.filter((one) =>
      RELATIONS.some((relation) => relation.type === type && targetOf(relation, one)?.id === target.id),
    );
    if (!wanted) {
      for (const { id } of there) await this.#remove(id, options);
      if (there.length > 0) this.#wrote(ref, target);
      return;
    }
    if (there.length > 0) return;
    const relation = RELATIONS.find((one) => one.type === type);
    if (relation) await this.#add(ref, target, relation, options);
  }

  /**
   * Who sees the other one as outward is sent as the inward issue: of a `Blocks` link the blocker, whatever the wording
   * of the page suggests.
   */
  async #add(ref: ExternalRef, target: ExternalRef, relation: Relation, options: CallOptions): Promise<void> {
    const types = await this.#lookUps.linkTypes(options);
    const type =
      types.find((one) => isOf(relation, one)) ??
      refuse('links', `the site has no link type "${relation.name}"`);
    const [inward, outward] = relation.side === 'outward' ? [ref, target] : [target, ref];
    const body = { type: { id: type.id }, inwardIssue: { id: inward.id }, outwardIssue: { id: outward.id } };
    try {
      this.#wrote(ref, target);
      const answer = await this.#client.write('POST', '/issueLink', { body }, options);
      if (!answer.ok) refuse('links', `Jira refused the link: ${wordsIn(answer.refusal)}`);
    } catch (error) {
      // The issue itself was there just now.
      throw isMissing(error) ? notFound(target) : error;
    }
  }

  async #remove(id: string, options: CallOptions): Promise<void> {
    try {
      const answer = await this.#client.write('DELETE', `/issueLink/${encodeURIComponent(id)}`, {}, options);
      if (!answer.ok) refuse('links', `Jira refused to remove the link: ${wordsIn(answer.refusal)}`);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async #parent(
    child: ExternalRef,
    parent: ExternalRef,
    wanted: boolean,
    options: CallOptions,
  ): Promise<void> {
    const raw = await this.#read(child, options);
    if ((raw.fields.parent?.id === parent.id) === wanted) return;
    const body = wanted ? { fields: { parent: { id: parent.id } } } : { update: { parent: NO_PARENT } };
    this.#wrote(child);
    const answer = await this.#client.write('PUT', `/issue/${raw.id}`, { body }, options);
    if (!answer.ok) refuse('parent', `Jira refused the parent: ${wordsIn(answer.refusal)}`);
  }

  async #read(ref: ExternalRef, options: CallOptions): Promise<RawIssue> {
    const [raw] = await this.#reader.raw([ref.id], options);
    if (raw) return raw;
    throw notFound(ref);
  }

  #wrote(...refs: ExternalRef[]): void {
    for (const { id } of refs) this.#reader.wrote(id);
  }
}

/** Deletes an issue; one that is gone is as good as deleted. Its subtasks would go along: they are for a person to delete. */
export async function deleteIssue(client: JiraClient, ref: ExternalRef, options: CallOptions): Promise<void> {
  // A draft is none of Jira's.
  if (!/^\d+$/.test(ref.id)) return;
  try {
    const answer = await client.write('DELETE', `/issue/${ref.id}`, {}, options);
    if (answer.ok) return;
    throw new ConnectorRequestError(
      `jira: ${ref.key ?? ref.id} was not deleted: ${wordsIn(answer.refusal)}`,
      { provider: SYSTEM, statusCode: 400 },
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
