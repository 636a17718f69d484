import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  ExternalRefSchema,
  issuePatch,
  OwnershipPolicy,
  parseRefIdentity,
  refIdentity,
  shiftTimestamp,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import fc from 'fast-check';
import { textOf } from '../hostile/exotic.ts';
import { hostileText, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { damage, damagedText } from '../hostile/text.ts';
import { expectTyped, outcomeNow } from '../properties/outcome.ts';
import { expectParser } from '../properties/parser.ts';
import { ISSUES, PATCHES, POLICIES, REF } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';

const TIMES = ['2026-02-28T23:59:59.999Z', '2024-02-29t00:00:00.123456+05:30', '0001-01-01 00:00:00-23:59'];

const refs: fc.Arbitrary<ExternalRef> = fc
  .record({ system: hostileText, workspace: hostileText, id: hostileText })
  .filter((ref) => ExternalRefSchema.safeParse(ref).success);

function expectInjective([a, b]: [ExternalRef, ExternalRef]): void {
  const same = a.system === b.system && a.workspace === b.workspace && a.id === b.id;
  if ((refIdentity(a) === refIdentity(b)) !== same) throw new Error('two refs share an identity');
  const { system, workspace, id } = parseRefIdentity(refIdentity(a));
  if (system !== a.system || workspace !== a.workspace || id !== a.id)
    throw new Error('the identity leads to another ref');
}

/** Two refs that are likely to be mixed up: their parts are cut at other places. */
const pairs: fc.Arbitrary<[ExternalRef, ExternalRef]> = fc.oneof(
  fc.tuple(refs, refs),
  refs.map((ref): [ExternalRef, ExternalRef] => [ref, { ...ref, workspace: ref.id, id: ref.workspace }]),
  fc
    .tuple(hostileText, hostileText, hostileText, hostileText)
    .map(([a, b, c, d]): [ExternalRef, ExternalRef] => [
      { system: a, workspace: `${b}:${c}`, id: d },
      { system: `${a}:${b}`, workspace: c, id: d },
    ])
    .filter((both) => both.every((ref) => ExternalRefSchema.safeParse(ref).success)),
);

function expectIdentity(text: string): void {
  const parsed = outcomeNow(() => parseRefIdentity(text));
  if (!parsed.ok) expectTyped(parsed.error, { typeError: /^not a ref identity: / });
  else if (refIdentity(parsed.value) !== text) throw new Error('it took text that is no identity');
}

function expectTimestamp(text: string): void {
  const time = toTimestamp(text);
  if (time === undefined) return;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)) throw new Error(`${time} is not canonical`);
  if (toTimestamp(time) !== time) throw new Error(`${time} is not taken again`);
  if (new Date(Date.parse(time)).toISOString() !== time) throw new Error(`${time} is no instant`);
  for (const ms of [-120_000, 0, 120_000]) {
    const shifted = shiftTimestamp(time, ms);
    if (toTimestamp(shifted) !== shifted) throw new Error(`${time} is shifted to ${shifted}, which is none`);
  }
}

const damagedOf = (valid: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    damagedText(valid.length).map((text) =>
      damage(Buffer.from(valid[text.base] ?? ''), text)
        .toString('latin1')
        .slice(0, 10_000),
    ),
    hostileText,
  );

/** An issue that was parsed from JSON holds what the JSON held. */
function expectKept(recipe: Recipe): void {
  const parsed = expectParser(recipe, (input) => canonicalIssue(input));
  if (!parsed) return;
  const given = JSON.parse(textOf(recipe)) as Partial<CanonicalIssue>;
  for (const field of ['title', 'body', 'status', 'priority', 'parent', 'customFields'] as const) {
    // A `child_of` link stands for a parent that is not given.
    if (given[field] === undefined || (field === 'parent' && given.parent === null)) continue;
    const [held, told] = [parsed.value[field], given[field]];
    if (field === 'parent' ? !sameIds(held, told) : !sameData(held, told))
      throw new Error(`${field} was changed`);
  }
}

/** JSON has no -0 of its own, and no text of it says what a value is that nobody could write. */
function sameData(held: unknown, told: unknown): boolean {
  const text = outcomeNow(() => JSON.stringify(told));
  return text.ok && JSON.stringify(held) === text.value;
}

const sameIds = (held: unknown, told: unknown): boolean =>
  sameData((held as ExternalRef | null)?.id, (told as ExternalRef).id);

export const modelTargets: readonly FuzzTarget[] = [
  target({
    name: 'issue-json',
    runs: 1500,
    input: mutationOf(ISSUES, 'json'),
    check: expectKept,
  }),
  target({
    name: 'issue',
    runs: 1500,
    input: mutationOf(ISSUES, 'program'),
    check: (recipe) => expectParser(recipe, (input) => canonicalIssue(input)),
  }),
  target({
    name: 'patch',
    runs: 1500,
    input: mutationOf(PATCHES, 'program'),
    check: (recipe) => expectParser(recipe, (input) => issuePatch(input)),
  }),
  target({ name: 'identities-of-refs', runs: 3000, input: pairs, check: expectInjective }),
  target({
    name: 'identity',
    runs: 3000,
    input: damagedOf(['memory:app:1', 'a%3Ab:c%25:d', refIdentity(REF)]),
    check: expectIdentity,
  }),
  target({ name: 'timestamp', runs: 3000, input: damagedOf(TIMES), check: expectTimestamp }),
  target({
    name: 'policy',
    runs: 1500,
    input: mutationOf(POLICIES, 'program'),
    check: (recipe) => expectParser(recipe, (input) => OwnershipPolicy.fromJSON(input).toJSON()),
  }),
];
