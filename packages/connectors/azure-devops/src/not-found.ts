import { type ExternalRef, IssueNotFoundError } from '@spec-kitty/tracker-core';

export function notFound(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(`Azure DevOps has no work item ${ref.id} in ${ref.workspace}`, {
    issueRef: { ...ref },
  });
}
