import * as z from 'zod';
import { DecisionReferenceContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type ExternalRef, ExternalRefSchema } from '../model/external-ref.ts';
import type { JsonObject } from '../model/json.ts';
import { type DecisionReference, notBlank } from './mission.ts';

/** A reference under its wire names, as other Spec Kitty tools read it. */
export function decisionEntry(reference: DecisionReference): JsonObject {
  const { decisionId, summary, blocking, url, externalRef } = reference;
  const entry: JsonObject = { decision_id: decisionId, summary: summary ?? null, blocking, url: url ?? null };
  if (externalRef) entry['external_ref'] = { ...externalRef };
  return entry;
}

const optionalText = z.nullish(z.string());
const EntriesSchema = z.nullish(
  z.array(
    z.object({
      decision_id: notBlank,
      summary: optionalText,
      blocking: z.nullish(z.boolean()),
      url: optionalText,
      external_ref: z.nullish(ExternalRefSchema),
    }),
  ),
);

/**
 * The references in `customFields.decision_refs` of the issue `ref`; absent or null is none. Nothing malformed is
 * dropped.
 * @throws DecisionReferenceContractError `DR-001` for a list or an entry that is none, `DR-002` for a bad external ref.
 */
export function readDecisionReferences(ref: ExternalRef, customFields: JsonObject): DecisionReference[] {
  const failure = (message: string, fieldPath: string): Error =>
    new DecisionReferenceContractError(`${ref.key ?? ref.id}: customFields.decision_refs: ${message}`, {
      provider: ref.system,
      fieldPath: `customFields.decision_refs${fieldPath}`,
      reason: /^\[\d+\]\.external_ref/.test(fieldPath) ? 'DR-002' : 'DR-001',
    });
  const entries = parseOrThrow(EntriesSchema, customFields['decision_refs'], failure) ?? [];
  return entries.map(({ decision_id, summary, blocking, url, external_ref }) => ({
    decisionId: decision_id,
    ...(typeof summary === 'string' && { summary }),
    blocking: blocking ?? false,
    ...(typeof url === 'string' && { url }),
    ...(external_ref && { externalRef: external_ref }),
  }));
}
