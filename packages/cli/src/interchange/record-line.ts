import {
  type CanonicalIssue,
  CORE_ISSUE_FIELDS,
  canonicalIssue,
  describeZodError,
  type ExternalRef,
  ExternalRefSchema,
  IssuePayloadContractError,
  isDraftRef,
  parseRefIdentity,
  refIdentity,
  type StoredRecord,
} from '@spec-kitty/tracker-core';
import { z } from 'zod';

/** A ref with the scope of its binding; without one, the binding of its workspace. */
export interface ScopedRef extends ExternalRef {
  scope?: string;
}

/** What a line of an export says of one issue of the store. */
export interface RecordLine {
  issue: CanonicalIssue;
  /** Every ref of the issue; the first is the one that it has by itself. */
  refs: ScopedRef[];
  /** Identities that also lead to the issue, and the identity of the ref that each stands for. */
  aliases: Record<string, string>;
}

/** An issue as an export has it: `refs` and `aliases` are there where they say more than `ref` does. */
export type ExportedIssue = CanonicalIssue & { refs?: ScopedRef[]; aliases?: Record<string, string> };

/** `ref` names the issue on its line; it is one of the record's. */
export function exportedIssue(record: StoredRecord, ref: ExternalRef): ExportedIssue {
  // Versions and revisions mean nothing outside this store.
  const { localRevision: _revision, version: _version, ...issue } = record.issue;
  const refs = record.agreements.map(({ ref: held, target }): ScopedRef => {
    const scope = scopeOf(target);
    return scope === '' ? held : { ...held, scope };
  });
  const { aliases } = record;
  const isPlain = refs.every(
    (held) => held.scope === undefined || (held.scope === held.workspace && !isDraftRef(held)),
  );
  const known = Object.keys(aliases).length > 0;
  return {
    ...issue,
    ref,
    ...(refs.length === 1 && isPlain && !known ? {} : { refs }),
    ...(known ? { aliases } : {}),
  };
}

/** The last part of a target's key. */
function scopeOf(target: string): string {
  return target
    .slice(target.lastIndexOf(':') + 1)
    .replaceAll('%3A', ':')
    .replaceAll('%25', '%');
}

const LINE_KEYS = new Set<string>([
  ...CORE_ISSUE_FIELDS,
  ...['ref', 'createdAt', 'updatedAt', 'localRevision', 'version', 'correlationKey', 'raw'],
  ...['refs', 'aliases'],
]);
const REF_KEYS = new Set(['system', 'workspace', 'id', 'key', 'url']);
const SCOPED_KEYS = new Set([...REF_KEYS, 'scope']);
const LINK_KEYS = new Set(['type', 'target']);

const ScopedRefSchema: z.ZodType<ScopedRef> = z.intersection(
  ExternalRefSchema,
  z.object({ scope: z.exactOptional(z.string().max(2048)) }),
);
const identity = z.string().max(20_000).refine(isIdentity, 'expected system:workspace:id');
const MoreSchema: z.ZodType<{ refs?: ScopedRef[]; aliases?: Record<string, string> }> = z.object({
  refs: z.exactOptional(z.array(ScopedRefSchema).min(1).max(1000)),
  aliases: z.exactOptional(z.record(identity, identity)),
});

function isIdentity(text: string): boolean {
  try {
    parseRefIdentity(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * One line of JSON Lines. What it says and an issue cannot hold is an error, not a loss.
 * @throws IssuePayloadContractError with `fieldPath`; empty where the line as a whole is wrong.
 */
export function parseRecordLine(text: string): RecordLine {
  const given = jsonObject(text);
  requireKnown(given, LINE_KEYS, '');
  const { refs: givenRefs, aliases: givenAliases, ...rest } = given;
  requireKnown(rest['ref'], REF_KEYS, 'ref');
  requireKnown(rest['parent'], REF_KEYS, 'parent');
  for (const [index, link] of listOf(rest['links']).entries()) {
    requireKnown(link, LINK_KEYS, `links[${index}]`);
    if (isObject(link)) requireKnown(link['target'], REF_KEYS, `links[${index}].target`);
  }
  for (const [index, ref] of listOf(givenRefs).entries()) requireKnown(ref, SCOPED_KEYS, `refs[${index}]`);
  const { localRevision: _revision, version: _version, raw: _raw, ...issue } = canonicalIssue(rest, 'import');
  const more = MoreSchema.safeParse({
    ...(givenRefs === undefined ? {} : { refs: givenRefs }),
    ...(givenAliases === undefined ? {} : { aliases: givenAliases }),
  });
  if (!more.success) {
    const { fieldPath, message } = describeZodError(more.error);
    throw wrong(message, fieldPath);
  }
  const { refs = [issue.ref], aliases = {} } = more.data;
  requireWhole(issue.ref, refs, aliases);
  return { issue, refs, aliases };
}

function requireWhole(ref: ExternalRef, refs: readonly ScopedRef[], aliases: Record<string, string>): void {
  const identities = refs.map(refIdentity);
  if (!identities.includes(refIdentity(ref))) throw wrong('it is none of refs', 'ref');
  if (new Set(identities).size < identities.length) throw wrong('it names one ref twice', 'refs');
  for (const [alias, held] of Object.entries(aliases)) {
    if (identities.includes(alias)) throw wrong('it holds one of refs', 'aliases');
    if (!identities.includes(held)) throw wrong('it stands for none of refs', 'aliases');
  }
}

function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's message quotes the line, which may be anything; so it does not become the cause either.
    // biome-ignore lint/style/useErrorCause: see above
    throw wrong('it is not JSON', '');
  }
  if (!isObject(value)) throw wrong('expected an object', '');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const KEY_SHOWN = 60;

function requireKnown(value: unknown, keys: ReadonlySet<string>, path: string): void {
  if (!isObject(value)) return;
  const unknown = Object.keys(value).find((key) => !keys.has(key));
  if (unknown === undefined) return;
  const key = unknown.slice(0, KEY_SHOWN);
  throw wrong('an issue has no such field', path === '' ? key : `${path}.${key}`);
}

function wrong(message: string, fieldPath: string): IssuePayloadContractError {
  return new IssuePayloadContractError(message, { provider: 'import', fieldPath, reason: 'invalid' });
}
