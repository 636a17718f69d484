import {
  ConnectorConfigError,
  ConnectorRequestError,
  IssueNotFoundError,
  isTrackerError,
} from '@spec-kitty/tracker-core';
import {
  cleanedText,
  option,
  ProcessClient,
  type ProcessClientOptions,
  positional,
  withTemporaryFile,
} from '@spec-kitty/tracker-process';
import {
  type FpIssue,
  isId,
  type Listing,
  parseCreated,
  parseIssue,
  parseLines,
  parseList,
} from './answers.ts';
import { explain } from './failures.ts';

/** How the installed fp answers. */
export type OutputForm = 'json' | 'text';

/** The first version that is known to print JSON. */
const JSON_SINCE = [0, 23] as const;
/** More than any project has: without a limit, versions may have one of their own. */
const ALL = '1000000';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** The fp command. It is asked for its version once. */
export class FpClient {
  readonly #process: ProcessClient;
  #form: OutputForm | undefined;

  constructor(options: Omit<ProcessClientOptions, 'provider' | 'explain' | 'env'>) {
    this.#process = new ProcessClient({ ...options, provider: 'fp', env: { NO_COLOR: '1' }, explain });
  }

  /** @throws ConnectorConfigError where the command is missing or tells no version. */
  async form(options: CallOptions = {}): Promise<OutputForm> {
    options.signal?.throwIfAborted();
    this.#form ??= formOf(await this.#run(['--version'], [], options));
    return this.#form;
  }

  async list(options: CallOptions = {}): Promise<Listing> {
    if ((await this.form(options)) === 'text')
      return parseLines(await this.#run(['issue', 'list'], [], options));
    return parseList(
      await this.#run(['issue', 'list'], [option('format', 'json'), option('limit', ALL)], options),
    );
  }

  /** @throws IssueNotFoundError, also for an id that fp would complete to another one. */
  async show(id: string, options: CallOptions = {}): Promise<FpIssue> {
    if (!isId(id)) throw new IssueNotFoundError('fp has no issue with such an id');
    if ((await this.form(options)) === 'text') {
      const { issues, failures } = await this.list(options);
      const issue = issues.find((candidate) => candidate.id === id);
      if (issue) return issue;
      if (failures.length > 0) throw unreadable(failures.length);
      throw new IssueNotFoundError(`fp has no issue ${id}`);
    }
    const args = [positional(id, 'id'), option('format', 'json')];
    const issue = parseIssue(await this.#run(['issue', 'show'], args, options));
    if (issue.id === id) return issue;
    throw new IssueNotFoundError(`fp has no issue ${id}`);
  }

  /** The id of the new issue. */
  async create(args: readonly string[], title: string, options: CallOptions = {}): Promise<string> {
    if ((await this.form(options)) === 'json') {
      return parseCreated(
        await this.#write(['issue', 'create'], [...args, option('format', 'json')], options),
      );
    }
    // What it prints then is not known: the new issue is the one that was not there before.
    const before = new Set((await this.list(options)).issues.map(({ id }) => id));
    await this.#write(['issue', 'create'], args, options);
    const after = (await this.list(options)).issues;
    const made = after.filter((issue) => !before.has(issue.id) && issue.title === title.trim());
    const [first, ...others] = made;
    if (first && others.length === 0) return first.id;
    throw new ConnectorRequestError(`fp created an issue, and ${made.length} new ones have its title`, {
      failureClass: 'transient',
      provider: 'fp',
    });
  }

  async update(id: string, args: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#write(['issue', 'update'], [...args, positional(id, 'id')], options, id);
  }

  /** The text goes through a file: as an argument, one that begins with `-` would be a flag. */
  async comment(id: string, text: string, options: CallOptions = {}): Promise<void> {
    const name = positional(id, 'id');
    await withTemporaryFile(text, (path) =>
      this.#write(['comment', 'add'], [name, option('file', path)], options, id),
    );
  }

  #run(subcommand: string[], args: readonly string[], { signal }: CallOptions): Promise<string> {
    return this.#process.run({ subcommand, args, ...(signal === undefined ? {} : { signal }) });
  }

  /** A write may name other issues: that one of them is missing does not mean that this one is. */
  async #write(
    subcommand: string[],
    args: readonly string[],
    options: CallOptions,
    id?: string,
  ): Promise<string> {
    try {
      return await this.#run(subcommand, args, options);
    } catch (cause) {
      const other =
        isTrackerError(cause) &&
        cause.code === 'issue_not_found' &&
        (id === undefined || !cause.message.endsWith(` ${id}`));
      if (!other) throw cause;
      throw new ConnectorRequestError(`${cause.message}, which was named as a parent or a dependency`, {
        failureClass: 'validation',
        provider: 'fp',
        cause,
      });
    }
  }
}

function unreadable(lines: number): ConnectorRequestError {
  return new ConnectorRequestError(
    `${lines} lines that fp printed cannot be read; the issue may be one of them`,
    {
      failureClass: 'non_retryable',
      provider: 'fp',
    },
  );
}

function formOf(printed: string): OutputForm {
  const [, major, minor] = /^v?(\d+)\.(\d+)\.\d+/.exec(printed.trim()) ?? [];
  if (major === undefined || minor === undefined) {
    const said = cleanedText(printed).slice(0, 80);
    throw new ConnectorConfigError(
      `the version of fp cannot be told: it printed "${said}". Look whether "command" is fp, 0.23 or later`,
      { fieldPath: 'command' },
    );
  }
  const [sinceMajor, sinceMinor] = JSON_SINCE;
  const newer = Number(major) > sinceMajor || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
  return newer ? 'json' : 'text';
}
