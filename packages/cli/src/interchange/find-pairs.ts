import { isDraftRef, type JsonValue, refIdentity, type StoredRecord } from '@spec-kitty/tracker-core';

/**
 * Why two issues may be one. An address or a key is certain where nothing else answers to it: it stands in a custom field,
 * or each of the two names the other. Where one alone names the other in its text, that is a mention.
 */
export type PairReason = 'url' | 'key' | 'mention' | 'title';

/** What of an issue is needed to pair it. */
export interface PairSide {
  identity: string;
  name: string;
  title: string;
}

export interface Pair {
  first: PairSide;
  second: PairSide;
  reason: PairReason;
}

export interface FoundPairs {
  certain: Pair[];
  /** One of the two issues answers to several. Never taken. */
  ambiguous: Pair[];
  /** A mention or the same title alone. Never taken. */
  hints: Pair[];
}

interface Names {
  side: PairSide;
  /** Address and key, by which the other side may know it. A store keeps no markers. */
  url: string | undefined;
  key: string | undefined;
  title: string;
  /** Addresses and keys in its custom fields, which are there to say what it is. */
  fields: Set<string>;
  /** Those in its text, which may name any issue. */
  text: Set<string>;
}

const URL_IN_TEXT = /https?:\/\/[^\s<>()[\]"'`]+/g;
/** `ABC-12` and `owner/repo#12`; a bare number could be anything. */
const KEY_IN_TEXT = /[A-Za-z][A-Za-z0-9_]*-\d+|[\w.-]+\/[\w.-]+#\d+/g;
const KEY = new RegExp(`^(?:${KEY_IN_TEXT.source})$`);

/** What pairing needs of a record, under its ref at one binding. */
export function namesOf(record: StoredRecord, target: (target: string) => boolean): Names | undefined {
  const ref = record.agreements.find((agreement) => target(agreement.target))?.ref;
  if (!ref || isDraftRef(ref)) return undefined;
  const { title, body, customFields } = record.issue;
  const named = (texts: Iterable<string>): Set<string> => {
    const names = new Set<string>();
    for (const text of texts) {
      for (const [url] of text.matchAll(URL_IN_TEXT)) names.add(plainUrl(url));
      // A key inside an address is part of it.
      for (const [key] of text.replace(URL_IN_TEXT, ' ').matchAll(KEY_IN_TEXT)) names.add(key);
    }
    return names;
  };
  return {
    side: { identity: refIdentity(ref), name: ref.key ?? ref.id, title },
    url: ref.url === undefined ? undefined : plainUrl(ref.url),
    key: ref.key !== undefined && KEY.test(ref.key) ? ref.key : undefined,
    title: title.trim().toLowerCase().replace(/\s+/g, ' '),
    fields: named(textsOf(customFields)),
    text: named(body === null ? [] : [body]),
  };
}

const plainUrl = (url: string): string => url.replace(/[#?].*$/, '').replace(/[/.,;:!]+$/, '');

function* textsOf(value: JsonValue): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* textsOf(item);
}

/** What names the two of a pair, and from where. */
interface Evidence {
  first: PairSide;
  second: PairSide;
  reason: 'url' | 'key';
  /** A custom field of either says it. */
  stated: boolean;
  /** Which of the two names the other. */
  by: Set<'first' | 'second'>;
}

function evidence(firsts: readonly Names[], seconds: readonly Names[]): Evidence[] {
  const found = new Map<string, Evidence>();
  const note = (
    first: Names,
    second: Names,
    more: Pick<Evidence, 'reason' | 'stated'>,
    by: 'first' | 'second',
  ): void => {
    const key = `${first.side.identity} ${second.side.identity}`;
    const known = found.get(key) ?? { first: first.side, second: second.side, ...more, by: new Set() };
    known.stated ||= more.stated;
    known.by.add(by);
    found.set(key, known);
  };
  // Addresses first: they say more than keys.
  for (const reason of ['url', 'key'] as const) {
    for (const [namers, others, by] of [
      [firsts, seconds, 'first'],
      [seconds, firsts, 'second'],
    ] as const) {
      const index = indexed(others, (names) => names[reason]);
      for (const namer of namers)
        for (const stated of [true, false])
          for (const name of stated ? namer.fields : namer.text)
            for (const other of index.get(name) ?? [])
              if (by === 'first') note(namer, other, { reason, stated }, by);
              else note(other, namer, { reason, stated }, by);
    }
  }
  return [...found.values()];
}

/** By index, so that the work grows with the issues and what they name. */
export function findPairs(firsts: readonly Names[], seconds: readonly Names[]): FoundPairs {
  const all = evidence(firsts, seconds);
  const isStrong = ({ stated, by }: Evidence): boolean => stated || by.size === 2;
  const pairs = all.filter(isStrong).map(({ first, second, reason }): Pair => ({ first, second, reason }));
  const uses = countedBy(pairs.flatMap(({ first, second }) => [first.identity, second.identity]));
  const isOne = ({ first, second }: Pair): boolean =>
    uses.get(first.identity) === 1 && uses.get(second.identity) === 1;
  const mentions = all
    .filter((one) => !isStrong(one) && !uses.has(one.first.identity) && !uses.has(one.second.identity))
    .map(({ first, second }): Pair => ({ first, second, reason: 'mention' }));
  const known = new Set([
    ...uses.keys(),
    ...mentions.flatMap(({ first, second }) => [first.identity, second.identity]),
  ]);
  return {
    certain: pairs.filter(isOne),
    ambiguous: pairs.filter((pair) => !isOne(pair)),
    hints: [...mentions, ...titleHints(firsts, seconds, known)],
  };
}

/** A title that one issue of each side has, where neither has anything better. */
function titleHints(firsts: readonly Names[], seconds: readonly Names[], known: ReadonlySet<string>): Pair[] {
  const [mine, theirs] = [indexed(firsts, ({ title }) => title), indexed(seconds, ({ title }) => title)];
  return [...mine].flatMap(([title, [first, ...rest]]) => {
    const [second, ...others] = theirs.get(title) ?? [];
    if (!first || !second || rest.length + others.length > 0) return [];
    if (known.has(first.side.identity) || known.has(second.side.identity)) return [];
    return [{ first: first.side, second: second.side, reason: 'title' as const }];
  });
}

function indexed(all: readonly Names[], keyOf: (names: Names) => string | undefined): Map<string, Names[]> {
  const index = new Map<string, Names[]>();
  for (const names of all) {
    const key = keyOf(names);
    if (key === undefined || key === '') continue;
    const same = index.get(key);
    if (same) same.push(names);
    else index.set(key, [names]);
  }
  return index;
}

function countedBy(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
