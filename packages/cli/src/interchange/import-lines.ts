import {
  type IssueField,
  isTrackerError,
  recordWrite,
  refIdentity,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import {
  type LineAction,
  type LinePlan,
  LineRefused,
  type NewRecord,
  type PlanLineOptions,
  planLine,
  scopeOf,
} from './plan-line.ts';
import { readLines } from './read-lines.ts';
import { parseRecordLine, type RecordLine } from './record-line.ts';

/** A line that was not taken. */
export interface BadLine {
  line: number;
  code: string;
  /** Absent where the line as a whole is wrong. */
  fieldPath?: string;
  message: string;
}

export interface ImportCounts {
  lines: number;
  created: number;
  changed: number;
  left: number;
  older: number;
  bad: number;
}

/** A file may be bad from its first line to its last. */
const MOST_BAD = 1000;
/** New issues that one commit writes. */
const BATCH = 200;

export interface ImportOptions extends PlanLineOptions {
  signal: AbortSignal;
  /** Called with every line that would change something, or is left because the store has a newer one. */
  onLine?: (line: RecordLine, action: LineAction, fields: readonly IssueField[]) => void;
}

/** Reads lines twice: once to look at all of them, once to write. */
export class LineImport {
  readonly #store: SyncStore;
  readonly #options: ImportOptions;
  /** Line numbers by identity: two lines of one issue would undo each other. */
  readonly #seen = new Map<string, number>();
  readonly #badLines = new Set<number>();
  readonly bad: BadLine[] = [];

  constructor(store: SyncStore, options: ImportOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** What would be done; nothing is written. What is wrong stands in {@link bad}. */
  async look(chunks: AsyncIterable<Uint8Array>): Promise<ImportCounts> {
    const counts = noCounts();
    for await (const line of readLines(chunks)) {
      if (this.#options.signal.aborted) break;
      counts.lines += 1;
      try {
        if ('problem' in line)
          throw new LineRefused(line.problem, { code: 'line_unreadable', fieldPath: '' });
        const parsed = parseRecordLine(line.text);
        this.#requireFirst(parsed, line.number);
        const plan = await planLine(this.#store, parsed, this.#options);
        counts[plan.action] += 1;
        if (plan.action !== 'left')
          this.#options.onLine?.(parsed, plan.action, 'fields' in plan ? plan.fields : []);
      } catch (error) {
        this.#refuse(line.number, error, counts);
      }
    }
    return counts;
  }

  /** Writes the lines that {@link look} found good. */
  async write(chunks: AsyncIterable<Uint8Array>): Promise<ImportCounts> {
    const counts = noCounts();
    let created: { number: number; line: RecordLine; record: NewRecord }[] = [];
    const flush = async (): Promise<void> => {
      const batch = created;
      created = [];
      const records = batch.map(({ record }) => recordWrite(record));
      if (batch.length === 0) return;
      if ((await this.#store.backend.commit({ records })).ok) {
        counts.created += batch.length;
        return;
      }
      // Somebody else wrote one of them in between.
      for (const { number, line } of batch) await this.#apply(number, line, counts);
    };
    for await (const line of readLines(chunks)) {
      if (this.#options.signal.aborted) break;
      counts.lines += 1;
      if ('problem' in line || this.#badLines.has(line.number)) {
        counts.bad += 1;
        continue;
      }
      try {
        const parsed = parseRecordLine(line.text);
        const plan = await planLine(this.#store, parsed, this.#options);
        if (plan.action === 'created')
          created.push({ number: line.number, line: parsed, record: plan.record });
        else await this.#apply(line.number, parsed, counts, plan);
      } catch (error) {
        this.#refuse(line.number, error, counts);
      }
      if (created.length === BATCH) await flush();
    }
    await flush();
    return counts;
  }

  async #apply(number: number, line: RecordLine, counts: ImportCounts, planned?: LinePlan): Promise<void> {
    try {
      const plan = planned ?? (await planLine(this.#store, line, this.#options));
      if (plan.action === 'created')
        await this.#store.backend.commit({ records: [recordWrite(plan.record)] });
      if (plan.action === 'changed') await this.#change(line, plan);
      counts[plan.action] += 1;
    } catch (error) {
      this.#refuse(number, error, counts);
    }
  }

  /** By the ways of a host, so that it is an edit like any other. */
  async #change(
    { issue, aliases }: RecordLine,
    plan: Extract<LinePlan, { action: 'changed' }>,
  ): Promise<void> {
    const { ref } = plan.record.issue;
    for (const added of plan.refs) {
      const { scope: _scope, ...tracker } = added;
      if (tracker.id.startsWith('draft:'))
        await this.#store.enrol(ref, { ...added, scope: scopeOf(added, this.#options.bindings) });
      else await this.#store.linkRef(ref, tracker);
    }
    if (plan.fields.length > 0) {
      await this.#store.editIssue(ref, Object.fromEntries(plan.fields.map((field) => [field, issue[field]])));
    }
    if (plan.aliases.length === 0) return;
    const { backend } = this.#store;
    const [entry] = await backend.lookup([refIdentity(ref)]);
    const [record] = entry ? await backend.load([entry.recordId]) : [];
    if (!record) return;
    const known = Object.fromEntries(plan.aliases.map((alias) => [alias, aliases[alias] ?? '']));
    const moved = { ...record, aliases: { ...known, ...record.aliases } };
    await backend.commit({ records: [recordWrite(moved, record)] });
  }

  /** @throws LineRefused */
  #requireFirst({ refs, aliases }: RecordLine, number: number): void {
    const identities = [...refs.map(refIdentity), ...Object.keys(aliases)];
    const other = identities.map((identity) => this.#seen.get(identity)).find((seen) => seen !== undefined);
    if (other !== undefined)
      throw new LineRefused(`line ${other} is the same issue`, {
        code: 'line_repeated',
        fieldPath: 'ref.id',
      });
    for (const identity of identities) this.#seen.set(identity, number);
  }

  #refuse(line: number, error: unknown, counts: ImportCounts): void {
    if (!(error instanceof LineRefused) && !isTrackerError(error)) throw error;
    counts.bad += 1;
    this.#badLines.add(line);
    if (this.bad.length >= MOST_BAD) return;
    const { code, fieldPath } = error;
    const message = wordsOf(error);
    this.bad.push({ line, code, ...(fieldPath ? { fieldPath } : {}), message });
  }
}

/** The words alone: line and field stand beside them. */
function wordsOf({ message, fieldPath }: { message: string; fieldPath?: string }): string {
  const words = message.replace(/^not a canonical issue: /, '');
  return fieldPath && words.startsWith(`${fieldPath}: `) ? words.slice(fieldPath.length + 2) : words;
}

function noCounts(): ImportCounts {
  return { lines: 0, created: 0, changed: 0, left: 0, older: 0, bad: 0 };
}
