import {
  type CallOptions,
  type CanonicalLink,
  type ExternalRef,
  refIdentity,
  sameRef,
} from '@spec-kitty/tracker-core';
import type { RawLink } from './answers.ts';
import type { GitLabClient } from './client.ts';
import { isRefusal, isRequestError, located, saysNotFound } from './failures.ts';
import { refuse } from './from-canonical.ts';
import type { Home } from './home.ts';
import type { IssueLinkInput } from './inputs.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { linkTypeOf, refOf, SYSTEM } from './to-canonical.ts';

const WORDS: Partial<Record<CanonicalLink['type'], IssueLinkInput['link_type']>> = {
  relates_to: 'relates_to',
  blocks: 'blocks',
  blocked_by: 'is_blocked_by',
};

/** Relations between issues, one at a time. Two issues have one at most. */
export class Links {
  readonly #client: GitLabClient;
  readonly #reader: Reader;
  readonly #home: Home;

  constructor(client: GitLabClient, reader: Reader, home: Home) {
    this.#client = client;
    this.#reader = reader;
    this.#home = home;
  }

  /** Makes a relation be there; that it is there already is a success. */
  async add(ref: ExternalRef, link: CanonicalLink, options: CallOptions): Promise<void> {
    const type = wordOf(link);
    const project = this.#projectOf(link.target);
    const input: IssueLinkInput = {
      target_project_id: project,
      target_issue_iid: link.target.id,
      link_type: type,
    };
    try {
      await this.#client.write('POST', this.#path(ref), { body: input, ...options });
    } catch (error) {
      if (!isRequestError(error)) throw error;
      if (error.statusCode === 409) return this.#assertSame(ref, link, options);
      if (saysNotFound(error)) {
        // It does not say which of the two is not there.
        await this.#reader.related(ref, options);
        throw notFound(link.target);
      }
      if (!isRefusal(error)) throw located(error);
      // Relations that block are paid for: 403 without a licence, and no word for them in the community edition.
      refuse('links', `GitLab refused the relation ${link.type}: ${error.message}`);
    }
  }

  /** Takes a relation away; that it is not there is a success. */
  async remove(ref: ExternalRef, link: CanonicalLink, options: CallOptions): Promise<void> {
    wordOf(link);
    this.#projectOf(link.target);
    const held = (await this.#reader.related(ref, options)).find((raw) => this.#is(raw, link));
    if (!held) return;
    try {
      await this.#client.write('DELETE', `${this.#path(ref)}/${held.issue_link_id}`, options);
    } catch (error) {
      if (saysNotFound(error)) return;
      if (isRefusal(error))
        refuse('links', `GitLab refused to take the relation ${link.type} away: ${error.message}`);
      throw error;
    }
  }

  async #assertSame(ref: ExternalRef, link: CanonicalLink, options: CallOptions): Promise<void> {
    const related = await this.#reader.related(ref, options);
    if (related.some((raw) => this.#is(raw, link))) return;
    const other = related.find((raw) => sameRef(refOf(raw, this.#home), link.target));
    const held = linkTypeOf(other?.link_type ?? '') ?? 'another one';
    refuse('links', `GitLab keeps one relation between two issues, and these have ${held} already`);
  }

  #is(raw: RawLink, { type, target }: CanonicalLink): boolean {
    return linkTypeOf(raw.link_type) === type && sameRef(refOf(raw, this.#home), target);
  }

  #path({ id }: ExternalRef): string {
    return `${this.#home.issues}/${encodeURIComponent(id)}/links`;
  }

  #projectOf(target: ExternalRef): string {
    const project = target.system === SYSTEM ? this.#home.projectOf(target.workspace) : undefined;
    return project ?? refuse('links', `${refIdentity(target)} is no issue of this GitLab`);
  }
}

function wordOf({ type }: CanonicalLink): IssueLinkInput['link_type'] {
  const word = WORDS[type];
  if (word !== undefined) return word;
  return refuse(
    'links',
    type === 'duplicates'
      ? 'GitLab closes what is marked as a duplicate, and only people can do that'
      : `the relation ${type} is in no call of GitLab's REST API`,
  );
}
