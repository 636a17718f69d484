import * as z from 'zod';

/** Where an issue lives: a system, a workspace in it, and the tracker's own unchanging id. */
export interface ExternalRef {
  /** The kind of tracker: `github`, `linear`, `memory`, … */
  system: string;
  /** What tells two places of that kind apart: `owner/repo`, a site's host, … */
  workspace: string;
  /** The tracker's own id, the one that survives renames and moves. */
  id: string;
  /** What people call it (`ABC-12`). It may change; never an identity. */
  key?: string;
  /** Where a person can look at it. */
  url?: string;
}

const notBlank = z.string().max(2048).regex(/\S/, 'expected text that is not blank');

/**
 * A ref as it comes from outside: system, workspace and id are not blank. They and the key hold at most 2,048
 * characters, the address 8,192; unknown keys are dropped.
 */
export const ExternalRefSchema: z.ZodType<ExternalRef> = z.object({
  system: notBlank,
  workspace: notBlank,
  id: notBlank,
  key: z.exactOptional(z.string().max(2048)),
  url: z.exactOptional(z.string().max(8192)),
});

/** `%` and `:` percent-encoded; most parts have neither. */
export const encodePart = (part: string): string =>
  /[%:]/.test(part) ? part.replaceAll('%', '%25').replaceAll(':', '%3A') : part;
const decodePart = (part: string): string => part.replaceAll('%3A', ':').replaceAll('%25', '%');

/** `system:workspace:id`, injective: `%` and `:` inside a part are percent-encoded. */
export function refIdentity(ref: ExternalRef): string {
  return `${encodePart(ref.system)}:${encodePart(ref.workspace)}:${encodePart(ref.id)}`;
}

/** The inverse of {@link refIdentity}. @throws TypeError for text that it did not make. */
export function parseRefIdentity(identity: string): ExternalRef {
  const [system, workspace, id, ...rest] = identity.split(':').map(decodePart);
  if (!system || !workspace || !id || rest.length > 0 || /%(?!25|3A)/.test(identity)) {
    throw new TypeError(`not a ref identity: ${JSON.stringify(identity.slice(0, 200))}`);
  }
  return { system, workspace, id };
}

const DRAFT_PREFIX = 'draft:';

/** True for a ref that stands for an issue which no tracker holds yet. */
export function isDraftRef(ref: ExternalRef): boolean {
  return ref.id.startsWith(DRAFT_PREFIX);
}

export function draftRef(place: { system: string; workspace: string }, unique: string): ExternalRef {
  return { system: place.system, workspace: place.workspace, id: DRAFT_PREFIX + unique };
}

/** Whether both name the same issue: system, workspace and id are equal. `key` and `url` do not count. */
export function sameRef(a: ExternalRef, b: ExternalRef): boolean {
  return a.id === b.id && a.workspace === b.workspace && a.system === b.system;
}
