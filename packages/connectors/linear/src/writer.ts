import {
  type CanonicalIssue,
  FieldsRefusedError,
  type IssuePatch,
  type JsonObject,
  type RefusedField,
} from '@spec-kitty/tracker-core';
import { DoneSchema } from './answers.ts';
import type { LinearClient } from './client.ts';
import type { Known, LabelFor } from './directory.ts';
import { ATTACH, DETACH } from './documents.ts';
import { saysNotFound } from './failures.ts';
import type { AttachmentCreateInput } from './inputs.ts';
import { MISSION_FIELD } from './to-canonical.ts';

/** What the fields of patches or issues name: their labels, made where there are none, and their people. */
export async function namedIn(
  fields: readonly IssuePatch[],
  known: Known,
  signal?: AbortSignal,
): Promise<{ labels: Map<string, LabelFor>; people: Set<string> }> {
  const labels = await known.labelsFor(
    fields.flatMap((one) => one.labels ?? []),
    signal,
  );
  // An issue has one: what names several is refused.
  const named = fields.flatMap(({ assignees = [] }) => (assignees.length === 1 ? assignees : []));
  return { labels, people: await known.peopleAmong(named, signal) };
}

/** Writes the payload of a mission. Linear keeps one attachment for an issue and a URL. */
export async function attachMission(
  client: LinearClient,
  issueId: string,
  payload: JsonObject,
  { known, signal }: { known: Known; signal?: AbortSignal | undefined },
): Promise<void> {
  const { mission_state: state } = payload;
  const input: AttachmentCreateInput = {
    issueId,
    url: known.missionUrl,
    title: 'Spec Kitty mission',
    metadata: { [MISSION_FIELD]: payload },
    ...(typeof state === 'string' ? { subtitle: state.slice(0, 200) } : {}),
  };
  await client.ask(ATTACH, { input }, DoneSchema, { signal });
}

/** Taking away what is not there is a success. */
export async function detachMission(client: LinearClient, id: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.ask(DETACH, { id }, DoneSchema, { signal });
  } catch (error) {
    if (!saysNotFound(error, 'Attachment')) throw error;
  }
}

/** @throws FieldsRefusedError where some of a patch was refused. */
export function settled(issue: CanonicalIssue, refused: RefusedField[]): CanonicalIssue {
  if (refused.length === 0) return issue;
  const words = refused.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  throw new FieldsRefusedError(`Linear refused ${words}`, { refused, issue });
}
