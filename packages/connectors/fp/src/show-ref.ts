import {
  type CallOptions,
  type ExternalRef,
  IssueNotFoundError,
  isTrackerError,
  refIdentity,
} from '@spec-kitty/tracker-core';
import type { FpIssue } from './answers.ts';
import type { FpClient } from './client.ts';

/** The issue of this ref. @throws IssueNotFoundError naming the ref. */
export async function showRef(client: FpClient, ref: ExternalRef, options: CallOptions): Promise<FpIssue> {
  try {
    return await client.show(ref.id, options);
  } catch (cause) {
    if (!isTrackerError(cause) || cause.code !== 'issue_not_found') throw cause;
    throw new IssueNotFoundError(`fp has no issue ${refIdentity(ref)}`, { issueRef: { ...ref }, cause });
  }
}
