import { type Commit, type Reread, refIdentity } from '@spec-kitty/tracker-core';
import type { CommitWriter } from './commit-writer.ts';
import { toKey } from './sort-key.ts';
import { REREAD } from './stored-shapes.ts';
import { readObject } from './stored-text.ts';

/** What stands under one key is written once: the last of a commit counts. */
function lastOf<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

/** What a commit writes besides records. */
export async function writeBookkeeping(writer: CommitWriter, commit: Commit): Promise<void> {
  const { binding, run, people, removeIntents = [] } = commit;
  await writeRereads(writer, commit);
  if (binding) await writer.run('putBinding', toKey(binding.id), JSON.stringify(binding));
  await writer.runForAll(
    'putIntents',
    lastOf(commit.putIntents ?? [], ({ key }) => key),
    ({ key }) => toKey(key),
    ({ bindingId }) => toKey(bindingId),
    () => writer.nextSequence(),
    (intent) => JSON.stringify(intent),
  );
  if (removeIntents.length > 0) await writer.run('deleteIntents', removeIntents.map(toKey));
  await writer.runForAll(
    'putConflicts',
    lastOf(commit.putConflicts ?? [], ({ id }) => id),
    ({ id }) => toKey(id),
    ({ recordId }) => recordId,
    ({ bindingId }) => toKey(bindingId),
    ({ status }) => status,
    ({ detectedAt }) => toKey(detectedAt),
    (conflict) => JSON.stringify(conflict),
  );
  await writer.runForAll(
    'putOverrides',
    commit.overrides ?? [],
    () => writer.nextSequence(),
    ({ bindingId }) => toKey(bindingId),
    (override) => JSON.stringify(override),
  );
  if (run) await writer.run('putRun', writer.nextSequence(), toKey(run.bindingId), JSON.stringify(run));
  if (people) {
    await writer.run('clearPeople');
    await writer.runForAll(
      'putPeople',
      people.map((person, position) => ({ person, position })),
      ({ position }) => position,
      ({ person }) => JSON.stringify(person),
    );
  }
}

interface RereadKey {
  binding_id: string;
  identity: string;
}

type Entry = Omit<Reread, 'sequence'>;

function rereadKey({ bindingId, ref }: Entry): RereadKey {
  return { binding_id: toKey(bindingId), identity: toKey(refIdentity(ref)) };
}

const named = ({ binding_id, identity }: RereadKey): string => JSON.stringify([binding_id, identity]);

async function writeRereads(writer: CommitWriter, commit: Commit): Promise<void> {
  const { putRereads = [], removeRereads = [] } = commit;
  const entries = await mergedRereads(writer, putRereads);
  await writer.runForAll(
    'putRereads',
    [...entries.values()],
    ({ key }) => key.binding_id,
    ({ key }) => key.identity,
    ({ sequence }) => sequence,
    ({ entry }) => JSON.stringify(entry),
  );
  await writer.runForAll(
    'deleteRereads',
    removeRereads,
    ({ bindingId }) => toKey(bindingId),
    ({ identity }) => toKey(identity),
    ({ sequence }) => sequence,
  );
}

interface NumberedReread {
  key: RereadKey;
  sequence: number;
  entry: Entry;
}

/** A new entry keeps the `from` of the one that it replaces, where it has none of its own. */
async function mergedRereads(
  writer: CommitWriter,
  entries: readonly Entry[],
): Promise<Map<string, NumberedReread>> {
  const merged = new Map<string, NumberedReread>();
  if (entries.length === 0) return merged;
  const keys = entries.map(rereadKey);
  const stored = await writer.all<RereadKey & { text: string }>(
    'rereadsOf',
    keys.map(({ binding_id }) => binding_id),
    keys.map(({ identity }) => identity),
  );
  const { place } = writer.tenant;
  const before = new Map<string, Entry>(
    stored.map((row) => [named(row), readObject(place, 'a reread', row.text, REREAD)]),
  );
  for (const entry of entries) {
    const key = rereadKey(entry);
    const { from } = merged.get(named(key))?.entry ?? before.get(named(key)) ?? {};
    const whole = { ...(from ? { from } : {}), ...entry };
    merged.set(named(key), { key, sequence: writer.nextSequence(), entry: whole });
  }
  return merged;
}
