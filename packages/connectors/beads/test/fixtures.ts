import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalIssue, JsonObject, Page } from '@spec-kitty/tracker-core';
import { BeadsConnector, type ExportRow, readExport } from '../src/index.ts';

/** A folder of its own for a test, gone when it ends. */
export interface TestFolder extends AsyncDisposable {
  path: string;
  file: string;
}

/** A folder with an export of these lines. */
export async function exportOf(lines: (JsonObject | string | Uint8Array)[], end = '\n'): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tracker-beads-'));
  const file = join(path, 'issues.jsonl');
  const parts = lines.map((line) => (line instanceof Uint8Array ? line : Buffer.from(textOf(line))));
  await writeFile(
    file,
    Buffer.concat(parts.flatMap((part, i) => [part, Buffer.from(i < parts.length - 1 ? '\n' : end)])),
  );
  return { path, file, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const textOf = (line: JsonObject | string): string =>
  typeof line === 'string' ? line : JSON.stringify(line);

export function row(id: string, fields: JsonObject = {}): JsonObject {
  const time = '2026-01-02T03:04:05Z';
  const always = { id, title: `Title of ${id}`, priority: 2, created_at: time, updated_at: time };
  return { ...always, status: 'open', issue_type: 'task', ...fields };
}

export const refOf = (id: string): { system: string; workspace: string; id: string } => ({
  system: 'beads',
  workspace: 'beads',
  id,
});

/** The one issue of an export of this one row. */
export async function canonicalOf(fields: JsonObject): Promise<CanonicalIssue> {
  await using folder = await exportOf([row('bd-1', fields)]);
  return new BeadsConnector({ exportFile: folder.file }).getIssue(refOf('bd-1'));
}

export async function rowsOf(file: string): Promise<ExportRow[]> {
  const rows: ExportRow[] = [];
  for await (const each of readExport(file)) rows.push(each);
  return rows;
}

/** Every page of a listing as one. */
export async function listAll(
  connector: BeadsConnector,
  limit = 2,
): Promise<Required<Omit<Page<CanonicalIssue>, 'nextCursor' | 'moved'>>> {
  const all = { items: [], gone: [], failures: [] } as Required<
    Omit<Page<CanonicalIssue>, 'nextCursor' | 'moved'>
  >;
  let cursor: string | undefined;
  do {
    const page = await connector.listIssues({ limit, ...(cursor === undefined ? {} : { cursor }) });
    all.items.push(...page.items);
    all.gone.push(...(page.gone ?? []));
    all.failures.push(...(page.failures ?? []));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

/** What a call was rejected with. */
export async function rejection(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('the call was expected to be rejected');
}
