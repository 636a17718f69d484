import * as z from 'zod';
import { DecisionReferenceContractError, IssuePayloadContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type ExternalRef, ExternalRefSchema } from '../model/external-ref.ts';
import { CANONICAL_STATUSES, type CanonicalIssue, type CanonicalStatus } from '../model/issue.ts';

/** A decision that a mission waits for or rests on. */
export interface DecisionReference {
  /** Not blank. */
  decisionId: string;
  summary?: string | undefined;
  /** Whether the mission cannot go on without it. */
  blocking: boolean;
  url?: string | undefined;
  /** The issue that stands for the decision; a blocking one becomes a `blocked_by` link. */
  externalRef?: ExternalRef | undefined;
}

/** What a mission starts from: an issue, as it is at the tracker. */
export interface MissionSeed
  extends Pick<CanonicalIssue, 'title' | 'body' | 'status' | 'priority' | 'assignees' | 'labels'> {
  missionId: string;
  sourceIssueRef: ExternalRef;
  decisionReferences: DecisionReference[];
}

/** What is told to the tracker about a mission. */
export interface MissionUpdate {
  /** Not blank. */
  missionId: string;
  /** In the host's words; not blank. */
  missionState: string;
  /** The status that the issue takes. Default: it stays. */
  targetStatus?: CanonicalStatus | undefined;
  summary?: string | undefined;
  missionUrl?: string | undefined;
  decisionReferences?: DecisionReference[] | undefined;
}

export const notBlank: z.ZodString = z.string().max(2048).regex(/\S/, 'expected text that is not blank');
const prose = z.optional(z.string().max(100_000));
const url = z.optional(z.string().max(8192));

const MissionUpdateSchema: z.ZodType<MissionUpdate> = z.strictObject({
  missionId: notBlank,
  missionState: notBlank,
  targetStatus: z.optional(z.enum(CANONICAL_STATUSES)),
  summary: prose,
  missionUrl: url,
  decisionReferences: z.optional(
    z
      .array(
        z.strictObject({
          decisionId: notBlank,
          summary: prose,
          blocking: z.boolean(),
          url,
          externalRef: z.optional(ExternalRefSchema),
        }),
      )
      .max(1000),
  ),
});

/**
 * @throws DecisionReferenceContractError (`DR-001`, or `DR-002` for a bad external ref) where a decision reference
 * is at fault, IssuePayloadContractError for the rest of the update.
 */
export function parseMissionUpdate(input: unknown, provider: string): MissionUpdate {
  return parseOrThrow(MissionUpdateSchema, input, (problem, fieldPath) => {
    const message = `not a mission update: ${problem}`;
    const details = { provider, fieldPath: `update.${fieldPath}` };
    if (!fieldPath.startsWith('decisionReferences')) return new IssuePayloadContractError(message, details);
    const reason = fieldPath.includes('].externalRef') ? 'DR-002' : 'DR-001';
    return new DecisionReferenceContractError(message, { ...details, reason });
  });
}
