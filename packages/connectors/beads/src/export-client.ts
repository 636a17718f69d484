import { type FileHandle, open } from 'node:fs/promises';
import { type CanonicalIssue, ConnectorConfigError, ConnectorRequestError } from '@spec-kitty/tracker-core';
import { buildIndex, type ExportIndex } from './export-index.ts';
import { type LinePosition, readLines } from './lines.ts';
import { rowOf } from './rows.ts';

/** One line of an export, and what becomes of it. Every line has exactly one of these kinds. */
export type ExportRow = { line: number } & (
  | { kind: 'issue'; id: string; issue: CanonicalIssue }
  | { kind: 'tombstone'; id: string }
  /** Holds what the line `of` holds: merged with it. */
  | { kind: 'repeat'; id: string; of: number }
  /** No issue by its own word: a `_schema` header, another `_type`. */
  | { kind: 'header'; type: string }
  | { kind: 'blank' }
  | { kind: 'failure'; message: string; id?: string }
);

/** A row with the place at which the next one begins. */
export interface PlacedRow {
  row: ExportRow;
  next: LinePosition;
}

/** An export that is open: one state of the file. */
export interface OpenExport {
  readonly fingerprint: string;
  /** In bytes. */
  readonly size: number;
  /** Which line stands for which issue; read once for each state of the file. */
  index(signal?: AbortSignal): Promise<ExportIndex>;
  rows(from: LinePosition, signal?: AbortSignal): AsyncGenerator<PlacedRow>;
  /** The issue that an entry of the index stands for. */
  issueAt(position: LinePosition): Promise<CanonicalIssue | undefined>;
  /** True where a line begins at this byte. */
  beginsLine(offset: number): Promise<boolean>;
}

/** The first line of a file. */
export const START: LinePosition = { offset: 0, line: 1 };

async function fingerprintOf(
  handle: FileHandle,
): Promise<{ fingerprint: string; size: number; isFile: boolean }> {
  const stats = await handle.stat({ bigint: true });
  const fingerprint = [stats.dev, stats.ino, stats.size, stats.mtimeNs].join('-');
  return { fingerprint, size: Number(stats.size), isFile: stats.isFile() };
}

/** Reads one export file. It is opened for each call and never written. */
export class ExportClient {
  readonly #file: string;
  readonly #workspace: string;
  #index: ExportIndex | undefined;

  constructor(file: string, workspace: string) {
    this.#file = file;
    this.#workspace = workspace;
  }

  /** The index of the last state of the file that was read to its end. */
  get lastIndex(): ExportIndex | undefined {
    return this.#index;
  }

  /**
   * Runs `work` over the file as it is now.
   * @throws ConnectorConfigError where it cannot be opened; ConnectorRequestError, transient, where it was changed
   * in place while it was read.
   */
  async use<T>(work: (file: OpenExport) => Promise<T>): Promise<T> {
    const handle = await this.#open();
    try {
      const { fingerprint, size, isFile } = await fingerprintOf(handle);
      if (!isFile) throw new ConnectorConfigError('exportFile is no file', { fieldPath: 'exportFile' });
      const answer = await work(this.#opened(handle, fingerprint, size));
      await this.#assertUnchanged(handle, fingerprint);
      return answer;
    } finally {
      await handle.close();
    }
  }

  /** Every row of the file, from its first line. */
  async *stream(signal?: AbortSignal): AsyncGenerator<ExportRow> {
    const handle = await this.#open();
    try {
      const { fingerprint, size } = await fingerprintOf(handle);
      for await (const { row } of this.#opened(handle, fingerprint, size).rows(START, signal)) yield row;
      await this.#assertUnchanged(handle, fingerprint);
    } finally {
      await handle.close();
    }
  }

  async #assertUnchanged(handle: FileHandle, fingerprint: string): Promise<void> {
    if ((await fingerprintOf(handle)).fingerprint === fingerprint) return;
    throw new ConnectorRequestError('the export was changed while it was read', {
      failureClass: 'transient',
      provider: 'beads',
    });
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.#file, 'r');
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
      throw new ConnectorConfigError(`the export cannot be opened (${code})`, {
        fieldPath: 'exportFile',
        cause,
      });
    }
  }

  #opened(handle: FileHandle, fingerprint: string, size: number): OpenExport {
    const workspace = this.#workspace;
    const index = async (signal?: AbortSignal): Promise<ExportIndex> => {
      if (this.#index?.fingerprint === fingerprint) return this.#index;
      const built = await buildIndex(handle, fingerprint, workspace, signal);
      await this.#assertUnchanged(handle, fingerprint);
      this.#index = built;
      return built;
    };
    return {
      fingerprint,
      size,
      index,
      rows: (from, signal) => readRows(handle, index, workspace, from, signal),
      async issueAt(position) {
        for await (const line of readLines(handle, position)) {
          const row = rowOf(line, workspace);
          return row.kind === 'issue' ? row.issue : undefined;
        }
        return undefined;
      },
      async beginsLine(offset) {
        if (offset === 0) return true;
        const before = Buffer.alloc(1);
        const { bytesRead } = await handle.read(before, 0, 1, offset - 1);
        return bytesRead === 1 && before[0] === 10;
      },
    };
  }
}

async function* readRows(
  handle: FileHandle,
  indexOf: (signal?: AbortSignal) => Promise<ExportIndex>,
  workspace: string,
  from: LinePosition,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlacedRow> {
  const { passedOver } = await indexOf(signal);
  for await (const line of readLines(handle, from, signal)) {
    const row = rowOf(line, workspace);
    const next: LinePosition = { offset: line.end, line: line.line + 1 };
    const over = passedOver.get(line.line);
    if (over === undefined || (row.kind !== 'issue' && row.kind !== 'tombstone')) {
      yield { row: settled(line.line, row), next };
    } else if (over.kind === 'repeat') {
      yield { row: { line: line.line, kind: 'repeat', id: row.id, of: over.by }, next };
    } else {
      const message = `another version of ${row.id}: line ${over.by} is newer and used`;
      yield { row: { line: line.line, kind: 'failure', message, id: row.id }, next };
    }
  }
}

function settled(line: number, row: ReturnType<typeof rowOf>): ExportRow {
  if (row.kind === 'issue') return { line, kind: 'issue', id: row.id, issue: row.issue };
  if (row.kind === 'tombstone') return { line, kind: 'tombstone', id: row.id };
  return { line, ...row };
}
