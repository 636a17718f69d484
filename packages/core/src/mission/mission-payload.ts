import {
  fingerprint,
  isPlainObject,
  type JsonObject,
  type JsonValue,
  stableStringify,
} from '../model/json.ts';
import { decisionEntry } from './decision-entries.ts';
import type { MissionUpdate } from './mission.ts';

/** The custom field that holds what was published last. */
export const MISSION_FIELD = 'spec_kitty_mission';

/** What is told of a mission in {@link MISSION_FIELD}. Wire names: other Spec Kitty tools read them. */
export interface MissionPayload extends JsonObject {
  mission_id: string;
  mission_state: string;
  mission_url: string | null;
  /** When it was published, by the host's clock. */
  tracker_sync_pushed_at: string;
  /** Covers the whole update; equal digests mean that nothing is left to publish. */
  update_digest: string;
  decision_refs: JsonObject[];
}

/** A fingerprint of everything that the update says. It knows no time: the same update has the same one for ever. */
export function updateDigest(update: MissionUpdate): string {
  const { missionId, missionState, targetStatus, summary, missionUrl, decisionReferences } = update;
  const rest = [missionId, missionState, targetStatus ?? null, summary ?? null, missionUrl ?? null];
  return fingerprint(stableStringify([...rest, decisionEntries(decisionReferences)]));
}

export function missionPayload(update: MissionUpdate, digest: string, pushedAt: string): MissionPayload {
  return {
    mission_id: update.missionId,
    mission_state: update.missionState,
    mission_url: update.missionUrl ?? null,
    tracker_sync_pushed_at: pushedAt,
    update_digest: digest,
    decision_refs: decisionEntries(update.decisionReferences),
  };
}

const decisionEntries = (references: MissionUpdate['decisionReferences']): JsonObject[] =>
  (references ?? []).map(decisionEntry);

/** `stored` where it is a payload of this mission, whoever wrote it; undefined otherwise. */
export function payloadOf(missionId: string, stored: JsonValue | undefined): JsonObject | undefined {
  return isPlainObject(stored) && stored['mission_id'] === missionId ? stored : undefined;
}
