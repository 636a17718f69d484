import { isDraftRef, type JsonValue, refIdentity, type StoredRecord } from '@spec-kitty/tracker-core';

/** Why two issues may be one. All but the title are certain where nothing else answers to them. */
export type PairReason = 'url' | 'key' | 'title';

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
  /** The same title alone. Never taken. */
  hints: Pair[];
}

interface Names {
  side: PairSide;
  /** Address and key, by which the other side may know it. A store keeps no markers. */
  url: string | undefined;
  key: string | undefined;
  title: string;
  /** Addresses and keys that it mentions. */
  mentions: Set<string>;
}

const URL_IN_TEXT = /https?:\/\/[^\s<>()[\]"'`]+/g;
/** `ABC-12` and `owner/repo#12`; a bare number could be anything. */
const KEY_IN_TEXT = /[A-Za-z][A-Za-z0-9_]*-\d+|[\w.-]+\/[\w.-]+#\d+/g;
const KEY = new RegExp(`^(?:${KEY_IN_TEXT.source})$`);

const STRENGTH: readonly PairReason[] = ['url', 'key'];

/** What pairing needs of a record, under its ref at one binding. */
export function namesOf(record: StoredRecord, target: (target: string) => boolean): Names | undefined {
  const ref = record.agreements.find((agreement) => target(agreement.target))?.ref;
  if (!ref || isDraftRef(ref)) return undefined;
  const { title, body, customFields } = record.issue;
  const mentions = new Set<string>();
  const read = (text: string): void => {
    for (const [url] of text.matchAll(URL_IN_TEXT)) mentions.add(plainUrl(url));
    // A key inside an address is part of it.
    for (const [key] of text.replace(URL_IN_TEXT, ' ').matchAll(KEY_IN_TEXT)) mentions.add(key);
  };
  if (body !== null) read(body);
  for (const text of textsOf(customFields)) read(text);
  return {
    side: { identity: refIdentity(ref), name: ref.key ?? ref.id, title },
    url: ref.url === undefined ? undefined : plainUrl(ref.url),
    key: ref.key !== undefined && KEY.test(ref.key) ? ref.key : undefined,
    title: title.trim().toLowerCase().replace(/\s+/g, ' '),
    mentions,
  };
}

const plainUrl = (url: string): string => url.replace(/[#?].*$/, '').replace(/[/.,;:!]+$/, '');

function* textsOf(value: JsonValue): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* textsOf(item);
}

/** By index, so that the work grows with the issues and what they mention. */
export function findPairs(firsts: readonly Names[], seconds: readonly Names[]): FoundPairs {
  const strong = new Map<string, Pair>();
  const add = (first: Names, second: Names, reason: PairReason): void => {
    const key = `${first.side.identity} ${second.side.identity}`;
    const known = strong.get(key);
    if (known && STRENGTH.indexOf(known.reason) <= STRENGTH.indexOf(reason)) return;
    strong.set(key, { first: first.side, second: second.side, reason });
  };
  for (const reason of ['url', 'key'] as const) {
    const known = indexed(seconds, (names) => names[reason]);
    for (const first of firsts)
      for (const mention of first.mentions)
        for (const second of known.get(mention) ?? []) add(first, second, reason);
    const back = indexed(firsts, (names) => names[reason]);
    for (const second of seconds)
      for (const mention of second.mentions)
        for (const first of back.get(mention) ?? []) add(first, second, reason);
  }
  const pairs = [...strong.values()];
  const uses = countedBy(pairs.flatMap(({ first, second }) => [first.identity, second.identity]));
  const isOne = ({ first, second }: Pair): boolean =>
    uses.get(first.identity) === 1 && uses.get(second.identity) === 1;
  return {
    certain: pairs.filter(isOne),
    ambiguous: pairs.filter((pair) => !isOne(pair)),
    hints: titleHints(firsts, seconds, uses),
  };
}

/** A title that one issue of each side has, where neither has anything better. */
function titleHints(
  firsts: readonly Names[],
  seconds: readonly Names[],
  uses: ReadonlyMap<string, number>,
): Pair[] {
  const [mine, theirs] = [indexed(firsts, ({ title }) => title), indexed(seconds, ({ title }) => title)];
  return [...mine].flatMap(([title, [first, ...rest]]) => {
    const [second, ...others] = theirs.get(title) ?? [];
    if (!first || !second || rest.length + others.length > 0) return [];
    if (uses.has(first.side.identity) || uses.has(second.side.identity)) return [];
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
