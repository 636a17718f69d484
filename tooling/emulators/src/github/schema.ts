import { buildSchema, type GraphQLSchema } from 'graphql';

/** The part of GitHub's GraphQL API that is emulated. A test holds it against the vendor's own description. */
const SDL = `
scalar DateTime
scalar URI

interface Node { id: ID! }
interface Actor { login: String! }
interface Labelable { labels(after: String, before: String, first: Int, last: Int): LabelConnection }
interface Assignable { assignees(after: String, before: String, first: Int, last: Int): UserConnection! }

type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  rateLimit(dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  repositoryOwner(login: String!): RepositoryOwner
  user(login: String!): User
  viewer: User!
}

type Mutation {
  addAssigneesToAssignable(input: AddAssigneesToAssignableInput!): AddAssigneesToAssignablePayload
  addBlockedBy(input: AddBlockedByInput!): AddBlockedByPayload
  addComment(input: AddCommentInput!): AddCommentPayload
  addLabelsToLabelable(input: AddLabelsToLabelableInput!): AddLabelsToLabelablePayload
  addSubIssue(input: AddSubIssueInput!): AddSubIssuePayload
  closeIssue(input: CloseIssueInput!): CloseIssuePayload
  createIssue(input: CreateIssueInput!): CreateIssuePayload
  createLabel(input: CreateLabelInput!): CreateLabelPayload
  removeAssigneesFromAssignable(input: RemoveAssigneesFromAssignableInput!): RemoveAssigneesFromAssignablePayload
  removeBlockedBy(input: RemoveBlockedByInput!): RemoveBlockedByPayload
  removeLabelsFromLabelable(input: RemoveLabelsFromLabelableInput!): RemoveLabelsFromLabelablePayload
  removeSubIssue(input: RemoveSubIssueInput!): RemoveSubIssuePayload
  reopenIssue(input: ReopenIssueInput!): ReopenIssuePayload
  updateIssue(input: UpdateIssueInput!): UpdateIssuePayload
  updateIssueComment(input: UpdateIssueCommentInput!): UpdateIssueCommentPayload
}

enum IssueState { CLOSED OPEN }
enum IssueStateReason { COMPLETED DUPLICATE NOT_PLANNED REOPENED }
enum IssueClosedStateReason { COMPLETED DUPLICATE NOT_PLANNED }
enum IssueOrderField { COMMENTS CREATED_AT UPDATED_AT }
enum OrderDirection { ASC DESC }

type RateLimit { cost: Int! limit: Int! nodeCount: Int! remaining: Int! resetAt: DateTime! used: Int! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

enum RepositoryAffiliation { COLLABORATOR ORGANIZATION_MEMBER OWNER }
interface RepositoryOwner {
  id: ID!
  login: String!
  repositories(
    after: String, before: String, first: Int, last: Int, ownerAffiliations: [RepositoryAffiliation] = [OWNER, COLLABORATOR]
  ): RepositoryConnection!
}
type RepositoryConnection { nodes: [Repository] pageInfo: PageInfo! totalCount: Int! }
type Organization implements Node & Actor & RepositoryOwner {
  id: ID!
  login: String!
  repositories(
    after: String, before: String, first: Int, last: Int, ownerAffiliations: [RepositoryAffiliation] = [OWNER, COLLABORATOR]
  ): RepositoryConnection!
}
type OrganizationConnection { nodes: [Organization] pageInfo: PageInfo! totalCount: Int! }
type User implements Node & Actor & RepositoryOwner {
  id: ID!
  login: String!
  name: String
  organizations(after: String, before: String, first: Int, last: Int): OrganizationConnection!
  repositories(
    after: String, before: String, first: Int, last: Int, ownerAffiliations: [RepositoryAffiliation] = [OWNER, COLLABORATOR]
  ): RepositoryConnection!
}
type UserConnection { nodes: [User] pageInfo: PageInfo! totalCount: Int! }

type Label implements Node { color: String! id: ID! name: String! }
type LabelConnection { nodes: [Label] pageInfo: PageInfo! totalCount: Int! }

type IssueType implements Node { id: ID! isEnabled: Boolean! name: String! }
type IssueTypeConnection { nodes: [IssueType] pageInfo: PageInfo! totalCount: Int! }

type Repository implements Node {
  hasIssuesEnabled: Boolean!
  id: ID!
  issue(number: Int!): Issue
  issueTypes(after: String, before: String, first: Int, last: Int): IssueTypeConnection
  issues(
    after: String, before: String, filterBy: IssueFilters, first: Int, labels: [String!], last: Int,
    orderBy: IssueOrder, states: [IssueState!]
  ): IssueConnection!
  labels(after: String, before: String, first: Int, last: Int): LabelConnection
  name: String!
  nameWithOwner: String!
}

input IssueFilters {
  assignee: String
  createdBy: String
  labels: [String!]
  since: DateTime
  states: [IssueState!]
  type: String
}
input IssueOrder { direction: OrderDirection! field: IssueOrderField! }

type IssueConnection { nodes: [Issue] pageInfo: PageInfo! totalCount: Int! }

type Issue implements Node & Labelable & Assignable {
  assignees(after: String, before: String, first: Int, last: Int): UserConnection!
  author: Actor
  blockedBy(after: String, before: String, first: Int, last: Int): IssueConnection!
  blocking(after: String, before: String, first: Int, last: Int): IssueConnection!
  body: String!
  closed: Boolean!
  comments(after: String, before: String, first: Int, last: Int): IssueCommentConnection!
  createdAt: DateTime!
  duplicateOf: Issue
  id: ID!
  issueType: IssueType
  labels(after: String, before: String, first: Int, last: Int): LabelConnection
  number: Int!
  parent: Issue
  repository: Repository!
  state: IssueState!
  stateReason(enableDuplicate: Boolean = false): IssueStateReason
  title: String!
  updatedAt: DateTime!
  url: URI!
  viewerDidAuthor: Boolean!
}

type PullRequest implements Node { id: ID! number: Int! title: String! }

type IssueComment implements Node {
  author: Actor
  body: String!
  createdAt: DateTime!
  id: ID!
  issue: Issue!
  updatedAt: DateTime!
  viewerDidAuthor: Boolean!
}
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! totalCount: Int! }

input AddAssigneesToAssignableInput { assignableId: ID! assigneeIds: [ID!] clientMutationId: String }
type AddAssigneesToAssignablePayload { assignable: Assignable clientMutationId: String }
input RemoveAssigneesFromAssignableInput { assignableId: ID! assigneeIds: [ID!]! clientMutationId: String }
type RemoveAssigneesFromAssignablePayload { assignable: Assignable clientMutationId: String }

input AddBlockedByInput { blockingIssueId: ID! clientMutationId: String issueId: ID! }
type AddBlockedByPayload { blockingIssue: Issue clientMutationId: String issue: Issue }
input RemoveBlockedByInput { blockingIssueId: ID! clientMutationId: String issueId: ID! }
type RemoveBlockedByPayload { blockingIssue: Issue clientMutationId: String issue: Issue }

input AddSubIssueInput {
  clientMutationId: String issueId: ID! replaceParent: Boolean subIssueId: ID subIssueUrl: String
}
type AddSubIssuePayload { clientMutationId: String issue: Issue subIssue: Issue }
input RemoveSubIssueInput { clientMutationId: String issueId: ID! subIssueId: ID! }
type RemoveSubIssuePayload { clientMutationId: String issue: Issue subIssue: Issue }

input AddCommentInput { body: String! clientMutationId: String subjectId: ID! }
type AddCommentPayload { clientMutationId: String commentEdge: IssueCommentEdge subject: Node }
type IssueCommentEdge { cursor: String! node: IssueComment }
input UpdateIssueCommentInput { body: String! clientMutationId: String id: ID! }
type UpdateIssueCommentPayload { clientMutationId: String issueComment: IssueComment }

input AddLabelsToLabelableInput { clientMutationId: String labelIds: [ID!] labelableId: ID! }
type AddLabelsToLabelablePayload { clientMutationId: String labelable: Labelable }
input RemoveLabelsFromLabelableInput { clientMutationId: String labelIds: [ID!]! labelableId: ID! }
type RemoveLabelsFromLabelablePayload { clientMutationId: String labelable: Labelable }
input CreateLabelInput {
  clientMutationId: String color: String! description: String name: String! repositoryId: ID!
}
type CreateLabelPayload { clientMutationId: String label: Label }

input CloseIssueInput {
  clientMutationId: String duplicateIssueId: ID issueId: ID! stateReason: IssueClosedStateReason
}
type CloseIssuePayload { clientMutationId: String issue: Issue }
input ReopenIssueInput { clientMutationId: String issueId: ID! }
type ReopenIssuePayload { clientMutationId: String issue: Issue }
input CreateIssueInput {
  assigneeIds: [ID!] body: String clientMutationId: String issueTypeId: ID labelIds: [ID!]
  parentIssueId: ID repositoryId: ID! title: String!
}
type CreateIssuePayload { clientMutationId: String issue: Issue }
input UpdateIssueInput {
  assigneeIds: [ID!] body: String clientMutationId: String id: ID! issueTypeId: ID labelIds: [ID!]
  state: IssueState title: String
}
type UpdateIssuePayload { clientMutationId: String issue: Issue }
`;

export const githubSchema: GraphQLSchema = buildSchema(SDL);
