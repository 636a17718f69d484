import fc from 'fast-check';
import { setOwn } from './exotic.ts';
import { hostileKey, hostileValue, type Origin, type Recipe } from './json.ts';

/** A place in a tree: what holds it, and under which key or index. */
interface Place {
  holder: Recipe[] | { [key: string]: Recipe };
  key: string;
}

/** One change at a place that is chosen by number, so that it fits any tree. */
export type Mutation =
  | { kind: 'replace'; at: number; value: Recipe }
  | { kind: 'delete'; at: number }
  | { kind: 'insert'; at: number; key: string; value: Recipe }
  | { kind: 'duplicate'; at: number; times: number }
  | { kind: 'rename'; at: number; key: string }
  | { kind: 'retype'; at: number; to: 'text' | 'list' | 'object' | 'first' }
  | { kind: 'swap'; at: number; with: number };

function placesIn(value: Recipe, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, item] of Object.entries(value)) {
    found.push({ holder: value, key });
    placesIn(item, found);
  }
  return found;
}

const get = ({ holder, key }: Place): Recipe => (holder as { [key: string]: Recipe })[key] ?? null;

function retyped(value: Recipe, to: Extract<Mutation, { kind: 'retype' }>['to']): Recipe {
  if (to === 'text') return JSON.stringify(value);
  if (to === 'list') return [value];
  if (to === 'object') return { value };
  return typeof value === 'object' && value !== null ? (Object.values(value)[0] ?? null) : [];
}

function change(root: Recipe[], mutation: Mutation): void {
  const places = placesIn(root);
  const place = places[mutation.at % places.length];
  if (!place) return;
  const { holder, key } = place;
  switch (mutation.kind) {
    case 'replace':
      setOwn(holder, key, structuredClone(mutation.value));
      break;
    case 'delete':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'insert': {
      const inside = get(place);
      if (Array.isArray(inside)) inside.push(structuredClone(mutation.value));
      else if (typeof inside === 'object' && inside !== null)
        setOwn(inside, mutation.key, structuredClone(mutation.value));
      break;
    }
    case 'duplicate': {
      // One copy for all: each is made anew when the input is.
      const copy = structuredClone(get(place));
      for (let time = 0; time < mutation.times; time++) {
        if (Array.isArray(holder)) holder.push(copy);
        else setOwn(holder, `${key}${time}`, copy);
      }
      break;
    }
    case 'rename':
      if (Array.isArray(holder)) break;
      setOwn(holder, mutation.key, get(place));
      if (mutation.key !== key) delete holder[key];
      break;
    case 'retype':
      setOwn(holder, key, retyped(structuredClone(get(place)), mutation.to));
      break;
    case 'swap': {
      const other = places[mutation.with % places.length];
      if (!other) break;
      const [mine, theirs] = [structuredClone(get(place)), structuredClone(get(other))];
      setOwn(holder, key, theirs);
      setOwn(other.holder, other.key, mine);
      break;
    }
  }
}

/** The valid value with these changes made one after the other. */
export function mutated(valid: Recipe, mutations: readonly Mutation[]): Recipe {
  const root: Recipe[] = [structuredClone(valid)];
  for (const mutation of mutations) {
    // A tree that grows with every change would soon be all that is measured.
    if (placesIn(root).length > 2000) break;
    change(root, mutation);
  }
  return root[0] ?? null;
}

export function mutations(origin: Origin): fc.Arbitrary<Mutation> {
  const at = fc.nat({ max: 200 });
  const value = hostileValue(origin);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('replace' as const), at, value }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('insert' as const), at, key: hostileKey, value }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('duplicate' as const),
        at,
        times: fc.constantFrom(1, 2, 1100),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), at, key: hostileKey }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('retype' as const),
        at,
        to: fc.constantFrom('text' as const, 'list' as const, 'object' as const, 'first' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const), at, with: at }) },
  );
}

/** A valid value with a few changes (none at all now and then), or something else altogether. */
export function mutationOf(valid: readonly Recipe[], origin: Origin): fc.Arbitrary<Recipe> {
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(fc.constantFrom(...valid), fc.array(mutations(origin), { maxLength: 4 }))
        .map(([base, changes]) => mutated(base, changes)),
    },
    { weight: 1, arbitrary: hostileValue(origin) },
  );
}
