import {
  type CallOptions,
  ConnectorRequestError,
  type ExternalRef,
  isTrackerError,
} from '@spec-kitty/tracker-core';
import type { FpClient } from './client.ts';
import { dependsOption } from './from-canonical.ts';
import { showRef } from './show-ref.ts';
import { SYSTEM } from './to-canonical.ts';

/** One dependency, and whether it is to be there. */
export interface Dependency {
  waiting: ExternalRef;
  first: ExternalRef;
  wanted: boolean;
  /** Which of the two the caller spoke of. */
  asked: ExternalRef;
}

/**
 * Adds or removes one dependency. The set is replaced whole, so what is there is read first and written again.
 * @throws ConnectorRequestError, `validation`, where the other end is missing; `non_retryable` where fp took the command
 * and not the value.
 */
export async function setDependency(
  client: FpClient,
  { waiting, first, wanted, asked }: Dependency,
  options: CallOptions,
): Promise<void> {
  const read = async (): Promise<string[] | undefined> => {
    try {
      return (await showRef(client, waiting, options)).dependencies;
    } catch (error) {
      // That the other end is missing says nothing about the issue that was asked for.
      if (waiting === asked || !isTrackerError(error) || error.code !== 'issue_not_found') throw error;
      return undefined;
    }
  };
  const now = await read();
  if (!now && !wanted) return;
  if (!now) throw impossible(`fp has no issue ${waiting.id}, which was to wait`, 'validation');
  if (now.includes(first.id) === wanted) return;
  const next = wanted ? [...now, first.id] : now.filter((id) => id !== first.id);
  await client.update(waiting.id, [dependsOption(next)], options);
  if ((await read())?.includes(first.id) !== wanted)
    throw impossible(`fp kept the dependencies that ${waiting.id} had`, 'non_retryable');
}

function impossible(message: string, failureClass: 'validation' | 'non_retryable'): ConnectorRequestError {
  return new ConnectorRequestError(message, { failureClass, provider: SYSTEM });
}
