/** GraphQL documents, as small as they can be: what is asked for is paid for in points. */

const REFERENCE = 'id number repository { nameWithOwner }';

/** 100 labels, 10 assignees and 50 relations of a kind are the most that an issue has. */
const ISSUE = `fragment IssueFields on Issue {
  __typename ${REFERENCE}
  title body state stateReason(enableDuplicate: true) url createdAt updatedAt viewerDidAuthor
  labels(first: 100) { nodes { name } }
  assignees(first: 20) { nodes { login } }
  issueType { name }
  parent { ${REFERENCE} }
  duplicateOf { ${REFERENCE} }
  blockedBy(first: 50) { nodes { ${REFERENCE} } }
  blocking(first: 50) { nodes { ${REFERENCE} } }
}`;

export const LIST: string = `query ($owner: String!, $repo: String!, $first: Int!, $after: String, $filterBy: IssueFilters) {
  repository(owner: $owner, name: $repo) {
    nameWithOwner
    issues(first: $first, after: $after, filterBy: $filterBy, orderBy: { field: UPDATED_AT, direction: ASC }) {
      nodes { ...IssueFields }
      pageInfo { hasNextPage endCursor }
    }
  }
}
${ISSUE}`;

export const BY_NUMBER: string = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { issue(number: $number) { ...IssueFields } }
}
${ISSUE}`;

/** Pull requests are nodes, too. */
export const BY_IDS: string = `query ($ids: [ID!]!) {
  nodes(ids: $ids) { __typename ...IssueFields }
}
${ISSUE}`;

export const SET_UP: string = `query ($owner: String!, $repo: String!) {
  viewer { login }
  repository(owner: $owner, name: $repo) {
    id nameWithOwner hasIssuesEnabled
    labels(first: 100) { nodes { id name } pageInfo { hasNextPage endCursor } }
    issueTypes(first: 50) { nodes { id name isEnabled } }
  }
}`;

export const MORE_LABELS: string = `query ($owner: String!, $repo: String!, $after: String!) {
  repository(owner: $owner, name: $repo) {
    labels(first: 100, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
  }
}`;

export const COMMENTS: string = `query ($id: ID!, $after: String) {
  node(id: $id) {
    ... on Issue {
      comments(first: 100, after: $after) {
        nodes { id body createdAt updatedAt viewerDidAuthor author { login } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

/** The user of a token, and the organisations that it shows. */
export const OWNERS: string = `query ($after: String) {
  viewer {
    id login
    organizations(first: 100, after: $after) { nodes { id login } pageInfo { hasNextPage endCursor } }
  }
}`;

export const REPOSITORIES: string = `query ($login: String!, $after: String) {
  repositoryOwner(login: $login) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER]) {
      nodes { id name nameWithOwner hasIssuesEnabled }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** The people of these logins, each under an alias: `u0`, `u1`, … */
export function usersQuery(count: number): string {
  const names = Array.from({ length: count }, (_, index) => index);
  const variables = names.map((index) => `$l${index}: String!`).join(', ');
  return `query (${variables}) { ${names.map((index) => `u${index}: user(login: $l${index}) { id }`).join(' ')} }`;
}

export type MutationName =
  | 'createIssue'
  | 'updateIssue'
  | 'closeIssue'
  | 'reopenIssue'
  | 'addLabelsToLabelable'
  | 'removeLabelsFromLabelable'
  | 'addAssigneesToAssignable'
  | 'removeAssigneesFromAssignable'
  | 'addSubIssue'
  | 'removeSubIssue'
  | 'addBlockedBy'
  | 'removeBlockedBy'
  | 'addComment'
  | 'updateIssueComment'
  | 'createLabel';

/** The type of a mutation's input, and where the issue stands in its answer. */
const MUTATIONS: Readonly<Record<MutationName, readonly [input: string, issue: string | undefined]>> = {
  createIssue: ['CreateIssueInput', 'issue'],
  updateIssue: ['UpdateIssueInput', 'issue'],
  closeIssue: ['CloseIssueInput', 'issue'],
  reopenIssue: ['ReopenIssueInput', 'issue'],
  addLabelsToLabelable: ['AddLabelsToLabelableInput', 'labelable'],
  removeLabelsFromLabelable: ['RemoveLabelsFromLabelableInput', 'labelable'],
  addAssigneesToAssignable: ['AddAssigneesToAssignableInput', 'assignable'],
  removeAssigneesFromAssignable: ['RemoveAssigneesFromAssignableInput', 'assignable'],
  addSubIssue: ['AddSubIssueInput', 'subIssue'],
  removeSubIssue: ['RemoveSubIssueInput', 'subIssue'],
  addBlockedBy: ['AddBlockedByInput', 'issue'],
  removeBlockedBy: ['RemoveBlockedByInput', 'issue'],
  addComment: ['AddCommentInput', undefined],
  updateIssueComment: ['UpdateIssueCommentInput', undefined],
  createLabel: ['CreateLabelInput', undefined],
};

export const MUTATION_NAMES: readonly MutationName[] = Object.keys(MUTATIONS) as MutationName[];

export interface AliasedMutation {
  name: MutationName;
  /** Whether its answer tells the whole issue. */
  tells: boolean;
}

/** Several mutations in one document, `m0`, `m1`, …, each with an input `$i0`, `$i1`, … They run in this order. */
export function mutationDocument(mutations: readonly AliasedMutation[]): string {
  const variables = mutations.map(({ name }, index) => `$i${index}: ${MUTATIONS[name][0]}!`).join(', ');
  const fields = mutations.map(({ name, tells }, index) => {
    const place = MUTATIONS[name][1];
    const told = name === 'createLabel' ? 'label { id name }' : 'clientMutationId';
    const asked = tells && place !== undefined ? `issue: ${place} { ... on Issue { ...IssueFields } }` : told;
    return `  m${index}: ${name}(input: $i${index}) { ${asked} }`;
  });
  const document = `mutation (${variables}) {\n${fields.join('\n')}\n}`;
  return mutations.some(({ name, tells }) => tells && MUTATIONS[name][1] !== undefined)
    ? `${document}\n${ISSUE}`
    : document;
}
