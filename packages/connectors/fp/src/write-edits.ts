import {
  type CallOptions,
  type CanonicalIssue,
  FieldsRefusedError,
  isTrackerError,
  type RefusedField,
} from '@spec-kitty/tracker-core';
import type { FpClient } from './client.ts';
import type { Edit } from './from-canonical.ts';

/** Writes all fields in one command; one that fp refuses is tried in its next form, and then left out. */
export async function writeEdits(
  client: FpClient,
  id: string,
  edits: readonly Edit[],
  options: CallOptions,
): Promise<RefusedField[]> {
  const refused: RefusedField[] = [];
  let left = edits.map(({ field, choices }) => ({ field, choices: [...choices] }));
  while (left.length > 0) {
    try {
      await client.update(
        id,
        left.flatMap(({ choices }) => choices.slice(0, 1)),
        options,
      );
      return refused;
    } catch (error) {
      const named = capabilityOf(error);
      const edit = left.find(({ field }) => field === named);
      if (!edit || !isTrackerError(error)) throw error;
      edit.choices.shift();
      if (edit.choices.length > 0) continue;
      refused.push({ field: edit.field, reason: error.message });
      left = left.filter((other) => other !== edit);
    }
  }
  return refused;
}

function capabilityOf(error: unknown): string | undefined {
  return isTrackerError(error) && 'capability' in error ? String(error.capability) : undefined;
}

/** @throws FieldsRefusedError where something was refused. */
export function settled(issue: CanonicalIssue, refused: RefusedField[]): CanonicalIssue {
  if (refused.length === 0) return issue;
  const words = refused.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  throw new FieldsRefusedError(`fp refused ${words}`, { refused, issue });
}
