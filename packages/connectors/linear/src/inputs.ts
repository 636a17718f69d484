/** What is sent of Linear's inputs. A test compares them with the types of `@linear/sdk`. */

interface IssueInput {
  title?: string;
  description?: string;
  priority?: number;
  stateId?: string;
  assigneeId?: string | null;
  parentId?: string | null;
}

export interface IssueUpdateInput extends IssueInput {
  addedLabelIds?: string[];
  removedLabelIds?: string[];
}

export interface IssueCreateInput extends IssueInput {
  id: string;
  teamId: string;
  labelIds?: string[];
}

export interface AttachmentCreateInput {
  issueId: string;
  url: string;
  title: string;
  subtitle?: string;
  metadata: object;
}

export interface CommentCreateInput {
  id?: string;
  issueId: string;
  body: string;
}

export interface CommentUpdateInput {
  body: string;
}

export interface IssueRelationCreateInput {
  id?: string;
  issueId: string;
  relatedIssueId: string;
  type: 'blocks' | 'duplicate' | 'related';
}
