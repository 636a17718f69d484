import * as z from 'zod';
import { TrackerContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type ExternalRef, ExternalRefSchema } from '../model/external-ref.ts';
import { type JsonValue, JsonValueSchema } from '../model/json.ts';

/** What events tell of. */
export const TRACKER_EVENT_TYPES = [
  'created',
  'updated',
  'transitioned',
  'comment_added',
  'link_upserted',
  'deleted',
  'moved',
] as const;
/** One of {@link TRACKER_EVENT_TYPES}. */
export type TrackerEventType = (typeof TRACKER_EVENT_TYPES)[number];

/** Takes one of {@link TRACKER_EVENT_TYPES}. */
export const TrackerEventTypeSchema: z.ZodType<TrackerEventType> = z.enum(TRACKER_EVENT_TYPES);

/** Something happened at a tracker. To the engine it is a hint: the issue is read again. */
export interface TrackerEvent {
  /** The tracker's id of the delivery, for telling repeats. */
  eventId: string;
  eventType: TrackerEventType;
  /** For `moved`, the ref that the issue has now; the old one is in `payload.from`. */
  issueRef: ExternalRef;
  timestamp: string;
  payload: JsonValue;
}

/** An event as it comes from outside; unknown keys are dropped. */
export const TrackerEventSchema: z.ZodType<TrackerEvent> = z.object({
  eventId: z.string().min(1).max(1024),
  eventType: TrackerEventTypeSchema,
  issueRef: ExternalRefSchema,
  timestamp: z.string().max(64),
  payload: JsonValueSchema,
});

/** Events as they come from outside. @throws TrackerContractError */
export function parseTrackerEvents(input: unknown): TrackerEvent[] {
  return parseOrThrow(
    z.array(TrackerEventSchema).max(100_000),
    input,
    (message, fieldPath) =>
      new TrackerContractError(`not tracker events: ${message}`, { kind: 'event', fieldPath }),
  );
}
