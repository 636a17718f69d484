import type { Place } from './answers.ts';
import type { Position } from './cursor.ts';

/** So many numbers fit into the address of a request. */
const MAX_SHOWN = 200;

/**
 * Where to go on after a full page, the oldest change first. Pages are not counted on: an edit takes an issue out of its
 * place, and all behind it move up. So it is the first page again, since the time of the last issue, without the issues
 * of that time that were shown. Only where more of them have just the same time than an address can name are pages
 * turned.
 * https://docs.gitlab.com/api/rest/#offset-based-pagination
 */
export function nextPosition(at: Position, places: readonly Place[]): Position {
  const turned = { ...at, page: at.page + 1 };
  const last = places.at(-1);
  if (!last) return turned;
  const time = Date.parse(last.updated_at);
  const latest = places.filter(({ updated_at }) => Date.parse(updated_at) === time).map(({ iid }) => iid);
  if (at.since === null || time > at.since) return { since: time, page: 1, size: at.size, shown: latest };
  // A server that shows again what it was to leave out does not know how; nor does one that shows what is older.
  if (time < at.since || latest.some((iid) => at.shown.includes(iid))) return turned;
  const shown = [...at.shown, ...latest];
  return shown.length > MAX_SHOWN ? turned : { ...at, page: 1, shown };
}
