import {
  CapabilityNotSupportedError,
  ConnectorConfigError,
  ConnectorRequestError,
  IssueNotFoundError,
  type JsonObject,
  type SpecKittyTrackerError,
} from '@spec-kitty/tracker-core';
import {
  type CommandFailure,
  option,
  ProcessClient,
  type ProcessClientOptions,
  positional,
  withTemporaryFile,
} from '@spec-kitty/tracker-process';
import * as z from 'zod';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** "`from` depends on `to`", under a type of Beads. */
export interface Edge {
  from: string;
  to: string;
  type: string;
}

const PrefixSchema = z.looseObject({ value: z.string().regex(/\S/) });

/** The bd command. Everything is read by one process, whole rows are written by one. */
export class BdClient {
  readonly #process: ProcessClient;
  #major: number | undefined;

  constructor(options: Omit<ProcessClientOptions, 'provider' | 'explain' | 'env'>) {
    // 0.4x would else start a daemon that outlives the command; 1.x has none and ignores the name.
    // 1.3 reports each command to its makers unless told not to (internal/metrics): a sync is no person's doing.
    const env = { BEADS_NO_DAEMON: '1', BD_DISABLE_METRICS: '1', DO_NOT_TRACK: '1', NO_COLOR: '1' };
    this.#process = new ProcessClient({ ...options, provider: 'beads', env, explain });
  }

  /** JSONL of everything, with labels, edges and comments. */
  export(options: CallOptions = {}): Promise<string> {
    return this.#run(['export'], [], options);
  }

  /**
   * Writes whole rows. A row that is there already is replaced only where the given `updated_at` is newer than the
   * one it has, so that a change made since it was read is kept; labels and edges are only added.
   */
  async import(rows: readonly JsonObject[], options: CallOptions = {}): Promise<void> {
    const is0 = (await this.#majorVersion(options)) === 0;
    // 0.x takes a row with the content of another issue for that issue under a new id, and moves it there
    // (internal/importer, "match by content hash"). source_system is compared and not kept: content of its own.
    const own = (row: JsonObject): JsonObject => (is0 ? { ...row, source_system: String(row['id']) } : row);
    const input = rows.map((row) => `${JSON.stringify(own(row))}\n`).join('');
    // 0.x refuses the "-" without which 1.x would read a file.
    const args = is0 ? ['--json'] : ['-', '--json'];
    await this.#run(['import'], args, options, input);
  }

  /** What the ids of new issues begin with. */
  async prefix(options: CallOptions = {}): Promise<string> {
    const printed = await this.#run(['config', 'get'], ['issue_prefix', '--json'], options);
    try {
      return PrefixSchema.parse(JSON.parse(printed)).value.replace(/-$/, '');
    } catch (cause) {
      throw new ConnectorConfigError(
        'bd config get: the prefix of ids is not set. Set it with "bd config set issue_prefix"',
        { fieldPath: 'cwd', cause },
      );
    }
  }

  /** Whether this is bd 1.x, whose `update` has guards that an import has not. */
  async hasGuards(options: CallOptions = {}): Promise<boolean> {
    return (await this.#majorVersion(options)) > 0;
  }

  /**
   * One process, however many issues. Those that bd refuses, such as a close over open children, are left as they are.
   * @returns what bd said against any of them.
   */
  async setStatus(ids: readonly string[], status: string, options: CallOptions = {}): Promise<string> {
    const names = ids.map((id) => positional(id, 'id'));
    try {
      await this.#run(['update'], [option('status', status), '--json', ...names], options);
      return '';
    } catch (error) {
      const lasting = error instanceof ConnectorRequestError && error.failureClass !== 'transient';
      if (lasting || error instanceof IssueNotFoundError) return error.message;
      throw error;
    }
  }

  /** One process, however many issues. */
  async removeLabel(ids: readonly string[], label: string, options: CallOptions = {}): Promise<void> {
    const names = ids.map((id) => positional(id, 'id'));
    // After `--`, a label that begins with `-` is no flag.
    await this.#run(['label', 'remove'], ['--json', '--', ...names, label], options);
  }

  async addEdge({ from, to, type }: Edge, options: CallOptions = {}): Promise<void> {
    const args = [option('type', type), '--json', positional(from, 'id'), positional(to, 'id')];
    await this.#run(['dep', 'add'], args, options);
  }

  /** One process in bd 1.x, one for each edge in 0.x. An edge that is not there is none to take away. */
  async removeEdges(edges: readonly Edge[], options: CallOptions = {}): Promise<void> {
    if (edges.length > 1 && (await this.#majorVersion(options)) > 0) {
      const lines = edges.map(({ from, to }) => `dep remove ${batchWord(from)} ${batchWord(to)}\n`);
      await this.#run(['batch'], ['--json'], options, lines.join(''));
      return;
    }
    for (const { from, to } of edges)
      await this.#run(['dep', 'remove'], ['--json', positional(from, 'id'), positional(to, 'id')], options);
  }

  async comment(id: string, text: string, options: CallOptions = {}): Promise<void> {
    await withTemporaryFile(text, (path) =>
      this.#run(['comments', 'add'], [positional(id, 'id'), option('file', path), '--json'], options),
    );
  }

  /** The longest line that an import takes, in bytes: bd 0.x reads lines with Go's bufio.Scanner, which holds 64 KiB. */
  async maxLineBytes(options: CallOptions = {}): Promise<number> {
    return (await this.#majorVersion(options)) === 0 ? 65_000 : Number.POSITIVE_INFINITY;
  }

  /** Asked for once. @throws ConnectorConfigError where the version is none that is known. */
  async #majorVersion(options: CallOptions): Promise<number> {
    this.#major ??= majorOf(await this.#run(['version'], ['--json'], options));
    return this.#major;
  }

  #run(
    subcommand: string[],
    args: readonly string[],
    { signal }: CallOptions,
    input?: string,
  ): Promise<string> {
    return this.#process.run({
      subcommand,
      args,
      ...(input === undefined ? {} : { input }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** One word of a line of `bd batch` (cmd/bd/batch.go, tokenizeBatchLine). */
function batchWord(text: string): string {
  const word = positional(text, 'id');
  if (/[\r\n]/.test(word)) throw new IssueNotFoundError(`Beads has no issue ${JSON.stringify(word)}`);
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

const VersionSchema = z.looseObject({ version: z.string() });

function majorOf(printed: string): number {
  let version = 'unknown';
  try {
    ({ version } = VersionSchema.parse(JSON.parse(printed)));
  } catch {
    // Told below.
  }
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === '1' || (major === '0' && Number(minor) >= 47)) return Number(major);
  throw new ConnectorConfigError(
    'bd version: only bd 0.47 and later, and the 1.x line, are known to be written to safely. Install one of them, or look whether "command" is bd',
    { fieldPath: 'command' },
  );
}

const MessageSchema = z.looseObject({ error: z.string().regex(/\S/) });

/** The message as JSON on stdout, as JSON on stderr, or as text: bd has all three. */
function messageOf({ stdout, stderr, said }: CommandFailure): string {
  for (const text of [stdout, stderr]) {
    try {
      return MessageSchema.parse(JSON.parse(text)).error;
    } catch {
      // Not in this form.
    }
  }
  return said;
}

/** What bd's own words mean. It ends with status 1 whatever the reason. */
export function explain(failure: CommandFailure): SpecKittyTrackerError | undefined {
  const { name } = failure;
  const message = messageOf(failure);
  if (/no beads database found/i.test(message)) {
    return new ConnectorConfigError(
      `${name}: there is no Beads database here. Name a folder that has one as "cwd", or run "bd init" in it`,
      { fieldPath: 'cwd' },
    );
  }
  if (/database is locked|lock timeout|\blocked by/i.test(message)) {
    return new ConnectorRequestError(`${name}: another process holds the database; it is tried again`, {
      failureClass: 'transient',
      provider: 'beads',
    });
  }
  if (/unknown (?:command|flag|shorthand)/i.test(message)) {
    return new ConnectorConfigError(
      `${name}: this bd does not know what it was asked for. Upgrade bd, or look whether "command" is bd`,
      { fieldPath: 'command' },
    );
  }
  // The rules of Beads about edges: internal/storage/issueops/dependencies.go of 1.3, cmd/bd/dep.go of 0.47.
  if (
    /cannot add dependency|would create a cycle|cannot be blocked by|already exists with type/i.test(message)
  )
    return new CapabilityNotSupportedError(`${name}: refused: ${message}`, {
      capability: 'links',
      fieldPath: 'links',
    });
  const missing = /no issues? found matching "?([^\s"]+)/i.exec(message)?.[1];
  if (missing !== undefined) return new IssueNotFoundError(`Beads has no issue ${missing}`);
  const line = /pars(?:ing|e) line (\d+)/i.exec(message)?.[1];
  const refused = /import failed|validation|invalid/i.test(message);
  if (line === undefined && !refused) return undefined;
  const where = line === undefined ? '' : ` at line ${line} of what was imported`;
  return new ConnectorRequestError(`${name}: refused${where}: ${failure.said}`, {
    failureClass: 'validation',
    provider: 'beads',
  });
}
