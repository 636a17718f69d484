/** Relations and attachments that a listing shows of each issue; the rest of a longer list is asked for. */
export const RELATIONS_SHOWN = 4;

/** The same where several issues are asked for theirs, {@link RELATIONS_ISSUES} at once. */
export const RELATIONS_ASKED = 50;
export const RELATIONS_ISSUES = 30;

/** Linear refuses more. */
export const MOST_NODES = 250;

/** What a write has to know of an issue. */
const CORE = `fragment Core on Issue {
  id identifier url title description priority createdAt updatedAt archivedAt trashed labelIds
  state { id name type } team { id } creator { id } assignee { id } parent { id }
}`;

/** All that an issue is in canonical terms. Nested connections are short: each of their nodes counts for every issue. */
const WHOLE = `fragment Whole on Issue {
  ...Core
  relations(first: ${RELATIONS_SHOWN}) { nodes { id type relatedIssue { id } } }
  inverseRelations(first: ${RELATIONS_SHOWN}) { nodes { id type issue { id } } }
  attachments(first: 1, filter: { url: { eq: $mission } }) { nodes { id metadata creator { id } } }
}
${CORE}`;

const PAGE = 'pageInfo { hasNextPage endCursor }';

export const SET_UP: string = `query SetUp($team: String!, $labelsOf: ID!) {
  viewer { id }
  team(id: $team) {
    id key
    states(first: ${MOST_NODES}) { nodes { id name type position } }
    members(first: ${MOST_NODES}) { nodes { id } }
  }
  issueLabels(first: ${MOST_NODES}, filter: { or: [{ team: { id: { eq: $labelsOf } } }, { team: { null: true } }] }) {
    nodes { id name isGroup } ${PAGE}
  }
}`;

export const LABELS: string = `query Labels($filter: IssueLabelFilter!, $after: String, $archived: Boolean!) {
  issueLabels(first: ${MOST_NODES}, filter: $filter, after: $after, includeArchived: $archived) {
    nodes { id name isGroup } ${PAGE}
  }
}`;

export const USERS: string = `query Users($ids: [ID!]!) {
  users(first: ${MOST_NODES}, filter: { id: { in: $ids } }) { nodes { id active } }
}`;

export const ISSUES: string = `query Issues($filter: IssueFilter!, $first: Int!, $after: String, $archived: Boolean!, $mission: String!) {
  issues(filter: $filter, first: $first, after: $after, includeArchived: $archived, orderBy: updatedAt) {
    nodes { ...Whole } ${PAGE}
  }
}
${WHOLE}`;

export const ISSUES_CORE: string = `query IssuesCore($filter: IssueFilter!, $first: Int!) {
  issues(filter: $filter, first: $first, includeArchived: true) { nodes { ...Core } }
}
${CORE}`;

export const ISSUE_BY_KEY: string = `query IssueByKey($key: String!, $mission: String!) {
  issue(id: $key) { ...Whole }
}
${WHOLE}`;

export const RELATIONS_OF: string = `query RelationsOf($ids: [ID!]!, $first: Int!) {
  issues(filter: { id: { in: $ids } }, first: $first, includeArchived: true) {
    nodes {
      id
      relations(first: ${RELATIONS_ASKED}) { nodes { id type relatedIssue { id } } }
      inverseRelations(first: ${RELATIONS_ASKED}) { nodes { id type issue { id } } }
    }
  }
}`;

export const RELATIONS: string = `query Relations($id: String!, $out: String, $in: String) {
  issue(id: $id) {
    id archivedAt team { id }
    relations(first: ${MOST_NODES}, after: $out) { nodes { id type relatedIssue { id } } ${PAGE} }
    inverseRelations(first: ${MOST_NODES}, after: $in) { nodes { id type issue { id } } ${PAGE} }
  }
}`;

export const COMMENTS: string = `query Comments($id: String!, $after: String) {
  issue(id: $id) {
    comments(first: ${MOST_NODES}, after: $after) {
      nodes { id body createdAt updatedAt user { id } } ${PAGE}
    }
  }
}`;

export const CREATE: string = `mutation Create($input: IssueCreateInput!, $mission: String!) {
  issueCreate(input: $input) { issue { ...Whole } }
}
${WHOLE}`;

export const CREATE_MANY: string = `mutation CreateMany($issues: [IssueCreateInput!]!, $mission: String!) {
  issueBatchCreate(input: { issues: $issues }) { issues { ...Whole } }
}
${WHOLE}`;

/** The writes of one document, each under an alias of its own: `w0`, `w1`, … */
export function updateDocument(writes: readonly { kind: 'one' | 'many' }[]): string {
  const variables = writes.map(({ kind }, i) =>
    kind === 'one'
      ? `$id${i}: String!, $input${i}: IssueUpdateInput!`
      : `$ids${i}: [UUID!]!, $input${i}: IssueUpdateInput!`,
  );
  const fields = writes.map(({ kind }, i) =>
    kind === 'one'
      ? `w${i}: issueUpdate(id: $id${i}, input: $input${i}) { issue { ...Whole } }`
      : `w${i}: issueBatchUpdate(ids: $ids${i}, input: $input${i}) { issues { ...Whole } }`,
  );
  return `mutation Update($mission: String!, ${variables.join(', ')}) {\n${fields.join('\n')}\n}\n${WHOLE}`;
}

/** Labels made in one document, under the aliases `w0`, `w1`, … */
export function labelsDocument(count: number): string {
  const places = Array.from({ length: count }, (_, i) => i);
  const variables = places.map((i) => `$input${i}: IssueLabelCreateInput!`);
  const fields = places.map(
    (i) => `w${i}: issueLabelCreate(input: $input${i}) { issueLabel { id name isGroup } }`,
  );
  return `mutation CreateLabels(${variables.join(', ')}) {\n${fields.join('\n')}\n}`;
}

export const ARCHIVE = 'mutation Archive($id: String!) { issueArchive(id: $id) { success } }';

export const RELATE: string = `mutation Relate($input: IssueRelationCreateInput!) {
  issueRelationCreate(input: $input) { issueRelation { id } }
}`;

export const UNRELATE = 'mutation Unrelate($id: String!) { issueRelationDelete(id: $id) { success } }';

export const COMMENT: string = `mutation Comment($input: CommentCreateInput!) {
  commentCreate(input: $input) { comment { id } }
}`;

export const EDIT_COMMENT: string = `mutation EditComment($id: String!, $input: CommentUpdateInput!) {
  commentUpdate(id: $id, input: $input) { comment { id } }
}`;

export const ATTACH: string = `mutation Attach($input: AttachmentCreateInput!) {
  attachmentCreate(input: $input) { attachment { id } }
}`;

export const DETACH = 'mutation Detach($id: String!) { attachmentDelete(id: $id) { success } }';

export const ORGANIZATION = 'query Organization { organization { id name urlKey } }';

export const TEAMS: string = `query Teams($after: String) {
  teams(first: 100, after: $after) { nodes { id key name } ${PAGE} }
}`;

/** Every document that does not depend on its input. */
export const DOCUMENTS: readonly string[] = [
  SET_UP,
  LABELS,
  USERS,
  ISSUES,
  ISSUES_CORE,
  ISSUE_BY_KEY,
  RELATIONS_OF,
  RELATIONS,
  COMMENTS,
  CREATE,
  CREATE_MANY,
  ARCHIVE,
  RELATE,
  UNRELATE,
  COMMENT,
  EDIT_COMMENT,
  ATTACH,
  DETACH,
  ORGANIZATION,
  TEAMS,
];
