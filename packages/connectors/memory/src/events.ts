import type { SyncCheckpoint, TrackerEvent, TrackerEventType } from '@spec-kitty/tracker-core';
import { readCursor, writeCursor } from './cursor.ts';
import type { IssueShelf } from './issue-shelf.ts';
import type { Position, Version } from './versions.ts';

const FEED = 'events ';

function eventType(version: Version): TrackerEventType {
  if (version.ended === 'deleted') return 'deleted';
  if (version.ended === 'moved') return 'moved';
  return version.version === 1 && version.comments.length === 0 ? 'created' : 'updated';
}

function toEvent(version: Version): TrackerEvent {
  const type = eventType(version);
  return {
    eventId: `${version.sequence}-${type}`,
    eventType: type,
    issueRef: { ...(version.movedTo ?? version.ref) },
    timestamp: version.updatedAt,
    payload: version.movedTo ? { from: { ...version.ref } } : {},
  };
}

/** A feed of the last change of each issue: earlier ones that it made irrelevant are left out. */
export function eventsOf(
  shelf: IssueShelf,
  workspace: string,
  newest: number,
  checkpoint: SyncCheckpoint | undefined,
  limit: number,
): { events: TrackerEvent[]; checkpoint?: SyncCheckpoint } {
  const feed = FEED + workspace;
  let position: Position = { updatedAt: checkpoint?.updatedSince ?? '', sequence: -1 };
  if (checkpoint?.cursor !== undefined) position = readCursor(checkpoint.cursor, feed, newest);
  const events: TrackerEvent[] = [];
  for (const version of shelf.after(position)) {
    if (events.length >= limit) break;
    events.push(toEvent(version));
    position = version;
  }
  if (events.length === 0) return checkpoint ? { events, checkpoint: { ...checkpoint } } : { events };
  return { events, checkpoint: { cursor: writeCursor(position, feed) } };
}
