import { type ExternalRef, refIdentity } from '../model/external-ref.ts';
import type { Run } from './run.ts';

/** Deeper than any tracker's hierarchy; a longer chain is a cycle that does not pass through the issue. */
const MAX_DEPTH = 100;

/** Whether `ref` is the record itself or lies below it. */
export async function descendsFrom(run: Run, ref: ExternalRef, recordId: number): Promise<boolean> {
  let next: ExternalRef | null = ref;
  for (let depth = 0; next && depth < MAX_DEPTH; depth++) {
    const [entry] = await run.backend.lookup([refIdentity(next)]);
    if (!entry) return false;
    if (entry.recordId === recordId) return true;
    const [record] = await run.backend.load([entry.recordId]);
    next = record?.issue.parent ?? null;
  }
  return false;
}
