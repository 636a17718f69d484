/** What GitLab is told of an issue that is to be made. A test holds it against the types of GitLab's clients. */
export interface CreateIssueInput {
  title: string;
  description: string;
  /** With commas. */
  labels?: string;
  assignee_ids?: number[];
  issue_type?: string;
}

/** What is to change of an issue. */
export interface UpdateIssueInput {
  title?: string;
  description?: string;
  add_labels?: string;
  remove_labels?: string;
  assignee_ids?: number[];
  issue_type?: string;
  state_event?: 'close' | 'reopen';
}

export interface IssueLinkInput {
  target_project_id: string;
  target_issue_iid: string;
  link_type: 'relates_to' | 'blocks' | 'is_blocked_by';
}
