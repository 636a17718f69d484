import { ExportClient, type ExportRow } from './export-client.ts';

/**
 * Every line of an export, in order, with what becomes of it: used as an issue, a tombstone, merged as a repeat, a
 * header, blank, or a failure that says why. So a report over it adds up to the number of lines.
 *
 * The file is read twice, as a stream: which of several lines about one issue is used is known only at its end.
 * @throws ConnectorConfigError where the file cannot be opened; ConnectorRequestError, transient, where it was
 * changed while it was read.
 */
export async function* readExport(
  exportFile: string,
  options: { workspace?: string; signal?: AbortSignal } = {},
): AsyncGenerator<ExportRow> {
  const client = new ExportClient(exportFile, options.workspace ?? 'beads');
  yield* client.stream(options.signal);
}
