import {
  type CanonicalIssue,
  type CanonicalLink,
  FieldsRefusedError,
  type IssuePatch,
  isTrackerError,
  type RefusedField,
  type SpecKittyTrackerError,
  sameRef,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { LinearIssue } from './answers.ts';
import type { LinearClient } from './client.ts';
import type { Creates, Creation } from './creates.ts';
import type { Directory } from './directory.ts';
import { isRefusal } from './failures.ts';
import { customEditOf } from './from-canonical.ts';
import type { Links } from './links.ts';
import type { Reader } from './reader.ts';
import { notHeld, notThere } from './system.ts';
import { customFieldsOf, isGone, MISSION_FIELD, missionOf } from './to-canonical.ts';
import { assertTeam, type Update, type Updated, type Updates } from './updates.ts';
import { attachMission, detachMission, settled } from './writer.ts';

/** What a patch says that is no field of Linear's own, and takes requests of its own. */
const hasMore = ({ links, customFields }: IssuePatch): boolean =>
  links !== undefined || customFields !== undefined;

/** Writes to issues: their fields in bulk, what hangs on them one by one. */
export class Writes {
  readonly #client: LinearClient;
  readonly #directory: Directory;
  readonly #reader: Reader;
  readonly #creates: Creates;
  readonly #updates: Updates;
  readonly #links: Links;

  constructor(
    client: LinearClient,
    directory: Directory,
    reader: Reader,
    parts: { creates: Creates; updates: Updates; links: Links },
  ) {
    this.#client = client;
    this.#directory = directory;
    this.#reader = reader;
    this.#creates = parts.creates;
    this.#updates = parts.updates;
    this.#links = parts.links;
  }

  async create(item: Creation): Promise<CanonicalIssue> {
    const [result] = await this.createAll([item], item.options.signal);
    return answerOf(result);
  }

  async createAll(items: readonly Creation[], signal: AbortSignal | undefined): Promise<WriteResult[]> {
    // Refused before anything is made: an issue is made as it was to be, or not at all.
    const refusals = items.map(({ issue }) => customEditOf(issue.customFields, {}).refused[0]);
    const good = items.filter((_, place) => refusals[place] === undefined);
    const made = good.length === 0 ? [] : await this.#creates.make(good, signal);
    const raws = made.flatMap((one) => ('raw' in one ? [one.raw] : []));
    const issues = new Map(
      (await this.#reader.canonical(raws, signal)).map((issue) => [issue.ref.id, issue]),
    );
    const results: WriteResult[] = [];
    let next = 0;
    for (const [place, item] of items.entries()) {
      const refusal = refusals[place];
      const one = refusal ? { error: notHeld(refusal.field, refusal.reason) } : made[next++];
      const issue = one && 'raw' in one ? issues.get(one.raw.id) : undefined;
      if (issue) results.push(await attempt(() => this.#completed(issue, item)));
      else if (one && 'error' in one) results.push({ ok: false, error: one.error });
      else throw new TypeError(`no answer for item ${place}`);
    }
    return results;
  }

  async update(item: Update): Promise<CanonicalIssue> {
    const [result] = await this.updateAll([item], item.options.signal);
    return answerOf(result);
  }

  async updateAll(items: readonly Update[], signal: AbortSignal | undefined): Promise<WriteResult[]> {
    const results = new Map<number, WriteResult>();
    const together: { place: number; item: Update }[] = [];
    const alone: { place: number; item: Update }[] = [];
    const seen = new Set<string>();
    for (const [place, item] of items.entries()) {
      const first = !seen.has(item.ref.id);
      seen.add(item.ref.id);
      (first && !hasMore(item.patch) ? together : alone).push({ place, item });
    }
    if (together.length > 0) {
      const answers = await this.#together(
        together.map(({ item }) => item),
        signal,
      );
      for (const [i, { place }] of together.entries()) {
        const answer = answers[i];
        if (answer) results.set(place, answer);
      }
    }
    // Behind what was sent together: a second patch of an issue stands behind its first.
    for (const { place, item } of alone) {
      signal?.throwIfAborted();
      results.set(place, await attempt(() => this.#alone(item)));
    }
    return items.map((_, place) => {
      const result = results.get(place);
      if (result) return result;
      throw new TypeError(`no answer for item ${place}`);
    });
  }

  async #together(items: readonly Update[], signal: AbortSignal | undefined): Promise<WriteResult[]> {
    const updated = await this.#updates.write(items, signal);
    const raws = await this.#raws(items, updated, signal);
    const issues = new Map(
      (await this.#reader.canonical([...raws.values()], signal)).map((issue) => [issue.ref.id, issue]),
    );
    return Promise.all(
      updated.map(async (one, place): Promise<WriteResult> => {
        if ('error' in one) return { ok: false, error: one.error };
        return attempt(async () => {
          const item = items[place];
          const issue = issues.get(item?.ref.id ?? '');
          if (issue) return settled(issue, one.refused);
          throw item ? notThere(item.ref) : new TypeError(`no answer for item ${place}`);
        });
      }),
    );
  }

  /** What was written as it was answered, and what had nothing to be written as it is read. */
  async #raws(
    items: readonly Update[],
    updated: readonly Updated[],
    signal: AbortSignal | undefined,
  ): Promise<Map<string, LinearIssue>> {
    const raws = new Map<string, LinearIssue>();
    const unread: string[] = [];
    for (const [place, one] of updated.entries()) {
      const id = items[place]?.ref.id ?? '';
      if ('error' in one) continue;
      if (one.raw) raws.set(id, one.raw);
      else unread.push(id);
    }
    if (unread.length > 0)
      for (const [id, raw] of await this.#reader.whole(unread, signal)) if (!isGone(raw)) raws.set(id, raw);
    return raws;
  }

  async #alone({ ref, patch, options }: Update): Promise<CanonicalIssue> {
    const { signal } = options;
    const { links, customFields, ...fields } = patch;
    const refused: RefusedField[] = [];
    if (!hasMore(patch) || Object.keys(fields).length > 0) {
      const [result] = await this.#together([{ ref, patch: fields, options }], signal);
      if (result?.ok === false) {
        if (!(result.error instanceof FieldsRefusedError)) throw result.error;
        refused.push(...result.error.refused);
      }
    }
    if (customFields !== undefined) refused.push(...(await this.#custom({ ref, patch, options })));
    if (links !== undefined) {
      try {
        await this.#setLinks({ ref, patch, options });
      } catch (error) {
        if (!isRefused(error)) throw error;
        refused.push({ field: 'links', reason: error.message });
      }
    }
    return settled((await this.#reader.get(ref, signal)).issue, refused);
  }

  async #custom({ ref, patch, options }: Update): Promise<RefusedField[]> {
    const { signal } = options;
    const known = await this.#directory.known();
    const { raw } = await this.#reader.get(ref, signal);
    assertTeam(ref, raw.team.id, known);
    const { mission, refused } = customEditOf(patch.customFields ?? {}, customFieldsOf(raw, known));
    try {
      if (mission) await attachMission(this.#client, ref.id, mission, { known, signal });
    } catch (error) {
      if (!isRefused(error)) throw error;
      refused.push({ field: `customFields.${MISSION_FIELD}`, reason: error.message });
    }
    const held = missionOf(raw, known.viewerId);
    if (mission === null && held) await detachMission(this.#client, held.id, signal);
    return refused;
  }

  async #setLinks({ ref, patch, options }: Update): Promise<void> {
    const wanted = patch.links ?? [];
    const { issue } = await this.#reader.get(ref, options.signal);
    const base = options.previous?.links ?? issue.links;
    const has = (links: readonly CanonicalLink[], link: CanonicalLink): boolean =>
      links.some(({ type, target }) => type === link.type && sameRef(target, link.target));
    for (const link of wanted) if (!has(issue.links, link)) await this.#links.add(ref, link, options);
    for (const link of base)
      if (!has(wanted, link) && has(issue.links, link)) await this.#links.remove(ref, link, options);
  }

  /** What hangs on a new issue, of which Linear takes nothing with the issue itself. */
  async #completed(made: CanonicalIssue, { issue, options }: Creation): Promise<CanonicalIssue> {
    const { links, customFields } = issue;
    const mission = customFields[MISSION_FIELD];
    if (links.length === 0 && mission === undefined) return made;
    const patch: IssuePatch = {
      ...(links.length === 0 ? {} : { links: [...made.links, ...links] }),
      ...(mission === undefined ? {} : { customFields: { ...made.customFields, [MISSION_FIELD]: mission } }),
    };
    return this.#alone({ ref: made.ref, patch, options: { ...options, previous: made } });
  }
}

/** What is refused of a patch does not undo the rest of it. */
const isRefused = (error: unknown): error is SpecKittyTrackerError =>
  isRefusal(error) || (isTrackerError(error) && error.code === 'capability_not_supported');

function answerOf(result: WriteResult | undefined): CanonicalIssue {
  if (result?.ok) return result.issue;
  throw result?.error ?? new TypeError('no answer');
}

async function attempt(work: () => Promise<CanonicalIssue>): Promise<WriteResult> {
  try {
    return { ok: true, issue: await work() };
  } catch (error) {
    if (isTrackerError(error)) return { ok: false, error };
    throw error;
  }
}
