import { type ExternalRef, IssueNotFoundError } from '@spec-kitty/tracker-core';

export function notFound(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(`GitLab has no issue ${ref.key ?? ref.id} in ${ref.workspace}`, {
    issueRef: { ...ref },
  });
}
