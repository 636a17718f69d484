import { type ExternalRef, IssueNotFoundError } from '@spec-kitty/tracker-core';

/** Jira says the same of what is not there and of what the account may not see. */
export function notFound(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(
    `Jira has no issue ${ref.key ?? ref.id} in ${ref.workspace}, or none that this account may see`,
    { issueRef: { ...ref } },
  );
}
