import {
  type CallOptions,
  type CanonicalLink,
  type ExternalRef,
  type LinkType,
  refIdentity,
  sameRef,
} from '@spec-kitty/tracker-core';
import type { RawRelation } from './answers.ts';
import type { RedmineClient } from './client.ts';
import { located, notFound, refuse, saysNotFound, statusOf } from './failures.ts';
import { isHere, numberOf } from './from-canonical.ts';
import type { Reader } from './reader.ts';
import { linkOf, type Reading } from './to-canonical.ts';

const WORDS: Readonly<Partial<Record<LinkType, string>>> = {
  relates_to: 'relates',
  blocks: 'blocks',
  blocked_by: 'blocked',
  duplicates: 'duplicates',
};

/** Relations between issues, one at a time. */
export class Links {
  readonly #client: RedmineClient;
  readonly #reader: Reader;
  readonly #reading: Reading;

  constructor(client: RedmineClient, reader: Reader, reading: Reading) {
    this.#client = client;
    this.#reader = reader;
    this.#reading = reading;
  }

  /** Makes a relation be there; that it is there already is a success. */
  async add(ref: ExternalRef, link: CanonicalLink, options: CallOptions): Promise<void> {
    const word = this.#assertHeld(link);
    const relation = { issue_to_id: numberOf(link.target), relation_type: word };
    const path = `/issues/${encodeURIComponent(ref.id)}/relations.json`;
    try {
      await this.#client.write('POST', path, { body: { relation }, ...options });
    } catch (error) {
      if (saysNotFound(error)) throw notFound(ref);
      if (statusOf(error) !== 422) throw located(error);
      const { held, others } = await this.#between(ref, link, options);
      if (held) return;
      const why = others.map(({ relation_type }) => relation_type).join(' and ');
      refuse(
        'links',
        why === ''
          ? `Redmine refused the relation ${link.type}: ${error instanceof Error ? error.message : ''}`
          : `Redmine refused the relation ${link.type} beside ${why}, which these two issues have already`,
      );
    }
  }

  /** Takes a relation away; that it is not there is a success. */
  async remove(ref: ExternalRef, link: CanonicalLink, options: CallOptions): Promise<void> {
    this.#assertHeld(link);
    const { held } = await this.#between(ref, link, options);
    if (!held) return;
    try {
      await this.#client.write('DELETE', `/relations/${held.id}.json`, options);
    } catch (error) {
      if (!saysNotFound(error)) throw located(error);
    }
  }

  /** What there is between two issues already. */
  async #between(
    ref: ExternalRef,
    { type, target }: CanonicalLink,
    options: CallOptions,
  ): Promise<{ held: RawRelation | undefined; others: RawRelation[] }> {
    const { id, relations = [] } = await this.#reader.raw(ref, options);
    const both = [id, numberOf(target)];
    const between = relations.filter(
      ({ issue_id, issue_to_id }) => both.includes(issue_id) && both.includes(issue_to_id),
    );
    const held = between.find((relation) => {
      const link = linkOf(relation, id, this.#reading);
      return link?.type === type && sameRef(link.target, target);
    });
    return { held, others: between };
  }

  #assertHeld({ type, target }: CanonicalLink): string {
    if (!isHere(target, this.#reading.workspace))
      refuse('links', `${refIdentity(target)} is no issue of this server`);
    return WORDS[type] ?? refuse('links', `Redmine has no relation ${type}`);
  }
}
