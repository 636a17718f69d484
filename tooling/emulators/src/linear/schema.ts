import { buildSchema, type GraphQLSchema } from 'graphql';

/**
 * The part of Linear's schema that is emulated: what is here has the vendor's names and types, and what is not here is
 * refused as an unknown field.
 */
const SDL = /* GraphQL */ `
scalar DateTime
scalar DateTimeOrDuration
scalar JSONObject
scalar UUID

enum PaginationOrderBy { createdAt updatedAt }
enum IssueRelationType { blocks duplicate related similar }

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

type User {
  active: Boolean!
  createdAt: DateTime!
  displayName: String!
  email: String!
  id: ID!
  isMe: Boolean!
  name: String!
  updatedAt: DateTime!
}
type UserConnection { nodes: [User!]! pageInfo: PageInfo! }

type WorkflowState {
  archivedAt: DateTime
  color: String!
  createdAt: DateTime!
  id: ID!
  name: String!
  position: Float!
  team: Team!
  type: String!
  updatedAt: DateTime!
}
type WorkflowStateConnection { nodes: [WorkflowState!]! pageInfo: PageInfo! }

type IssueLabel {
  archivedAt: DateTime
  color: String!
  createdAt: DateTime!
  id: ID!
  isGroup: Boolean!
  name: String!
  team: Team
  updatedAt: DateTime!
}
type IssueLabelConnection { nodes: [IssueLabel!]! pageInfo: PageInfo! }

type Team {
  createdAt: DateTime!
  id: ID!
  key: String!
  labels(after: String, filter: IssueLabelFilter, first: Int, includeArchived: Boolean): IssueLabelConnection!
  members(after: String, filter: UserFilter, first: Int): UserConnection!
  name: String!
  states(after: String, filter: WorkflowStateFilter, first: Int): WorkflowStateConnection!
  updatedAt: DateTime!
}
type Organization { id: ID! name: String! urlKey: String! }
type TeamConnection { nodes: [Team!]! pageInfo: PageInfo! }

type Attachment {
  createdAt: DateTime!
  creator: User
  id: ID!
  issue: Issue!
  metadata: JSONObject!
  subtitle: String
  title: String!
  updatedAt: DateTime!
  url: String!
}
type AttachmentConnection { nodes: [Attachment!]! pageInfo: PageInfo! }

type Comment {
  body: String!
  createdAt: DateTime!
  id: ID!
  issue: Issue
  updatedAt: DateTime!
  user: User
}
type CommentConnection { nodes: [Comment!]! pageInfo: PageInfo! }

type IssueRelation {
  createdAt: DateTime!
  id: ID!
  issue: Issue!
  relatedIssue: Issue!
  type: String!
  updatedAt: DateTime!
}
type IssueRelationConnection { nodes: [IssueRelation!]! pageInfo: PageInfo! }

type Issue {
  archivedAt: DateTime
  assignee: User
  attachments(after: String, filter: AttachmentFilter, first: Int): AttachmentConnection!
  comments(after: String, first: Int, orderBy: PaginationOrderBy): CommentConnection!
  createdAt: DateTime!
  creator: User
  description: String
  id: ID!
  identifier: String!
  inverseRelations(after: String, first: Int): IssueRelationConnection!
  labelIds: [String!]!
  labels(after: String, filter: IssueLabelFilter, first: Int): IssueLabelConnection!
  number: Float!
  parent: Issue
  previousIdentifiers: [String!]!
  priority: Float!
  relations(after: String, first: Int): IssueRelationConnection!
  state: WorkflowState!
  team: Team!
  title: String!
  trashed: Boolean
  updatedAt: DateTime!
  url: String!
}
type IssueConnection { nodes: [Issue!]! pageInfo: PageInfo! }

input IDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
input IssueIDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
input BooleanComparator { eq: Boolean neq: Boolean }
input StringComparator {
  contains: String containsIgnoreCase: String eq: String eqIgnoreCase: String
  in: [String!] neq: String nin: [String!]
}
input NullableStringComparator {
  contains: String containsIgnoreCase: String eq: String eqIgnoreCase: String
  in: [String!] neq: String nin: [String!] null: Boolean
}
input NumberComparator { eq: Float gt: Float gte: Float in: [Float!] lt: Float lte: Float neq: Float nin: [Float!] }
input DateComparator { eq: DateTimeOrDuration gt: DateTimeOrDuration gte: DateTimeOrDuration lt: DateTimeOrDuration lte: DateTimeOrDuration }
input NullableDateComparator { eq: DateTimeOrDuration gt: DateTimeOrDuration gte: DateTimeOrDuration lt: DateTimeOrDuration lte: DateTimeOrDuration null: Boolean }
input TeamFilter { and: [TeamFilter!] id: IDComparator key: StringComparator or: [TeamFilter!] }
input NullableTeamFilter { and: [NullableTeamFilter!] id: IDComparator key: StringComparator null: Boolean or: [NullableTeamFilter!] }
input UserFilter { active: BooleanComparator and: [UserFilter!] id: IDComparator isMe: BooleanComparator or: [UserFilter!] }
input NullableUserFilter { active: BooleanComparator and: [NullableUserFilter!] id: IDComparator isMe: BooleanComparator null: Boolean or: [NullableUserFilter!] }
input WorkflowStateFilter { and: [WorkflowStateFilter!] id: IDComparator name: StringComparator or: [WorkflowStateFilter!] team: TeamFilter type: StringComparator }
input IssueLabelFilter { and: [IssueLabelFilter!] id: IDComparator isGroup: BooleanComparator name: StringComparator or: [IssueLabelFilter!] team: NullableTeamFilter }
input IssueLabelCollectionFilter { and: [IssueLabelCollectionFilter!] every: IssueLabelFilter id: IDComparator name: StringComparator or: [IssueLabelCollectionFilter!] some: IssueLabelFilter }
input AttachmentFilter { and: [AttachmentFilter!] id: IDComparator or: [AttachmentFilter!] title: StringComparator url: StringComparator }
input IssueFilter {
  and: [IssueFilter!]
  archivedAt: NullableDateComparator
  assignee: NullableUserFilter
  createdAt: DateComparator
  creator: NullableUserFilter
  description: NullableStringComparator
  id: IssueIDComparator
  labels: IssueLabelCollectionFilter
  number: NumberComparator
  or: [IssueFilter!]
  state: WorkflowStateFilter
  team: TeamFilter
  title: StringComparator
  updatedAt: DateComparator
}

type Query {
  attachmentsForURL(after: String, first: Int, url: String!): AttachmentConnection!
  comment(id: String): Comment!
  issue(id: String!): Issue!
  issueLabels(after: String, filter: IssueLabelFilter, first: Int, includeArchived: Boolean): IssueLabelConnection!
  organization: Organization!
  issues(after: String, filter: IssueFilter, first: Int, includeArchived: Boolean, orderBy: PaginationOrderBy): IssueConnection!
  team(id: String!): Team!
  teams(after: String, filter: TeamFilter, first: Int): TeamConnection!
  users(after: String, filter: UserFilter, first: Int): UserConnection!
  viewer: User!
  workflowStates(after: String, filter: WorkflowStateFilter, first: Int): WorkflowStateConnection!
}

input IssueCreateInput {
  assigneeId: String
  description: String
  id: String
  labelIds: [String!]
  parentId: String
  priority: Int
  stateId: String
  teamId: String!
  title: String
}
input IssueUpdateInput {
  addedLabelIds: [String!]
  assigneeId: String
  description: String
  labelIds: [String!]
  parentId: String
  priority: Int
  removedLabelIds: [String!]
  stateId: String
  teamId: String
  title: String
}
input IssueBatchCreateInput { issues: [IssueCreateInput!]! }
input IssueRelationCreateInput { id: String issueId: String! relatedIssueId: String! type: IssueRelationType! }
input IssueLabelCreateInput { color: String id: String isGroup: Boolean name: String! teamId: String }
input CommentCreateInput { body: String id: String issueId: String }
input CommentUpdateInput { body: String }
input AttachmentCreateInput { id: String issueId: String! metadata: JSONObject subtitle: String title: String! url: String! }

type IssuePayload { issue: Issue lastSyncId: Float! success: Boolean! }
type IssueBatchPayload { issues: [Issue!]! lastSyncId: Float! success: Boolean! }
type IssueArchivePayload { entity: Issue lastSyncId: Float! success: Boolean! }
type IssueRelationPayload { issueRelation: IssueRelation! lastSyncId: Float! success: Boolean! }
type IssueLabelPayload { issueLabel: IssueLabel! lastSyncId: Float! success: Boolean! }
type CommentPayload { comment: Comment! lastSyncId: Float! success: Boolean! }
type AttachmentPayload { attachment: Attachment! lastSyncId: Float! success: Boolean! }
type DeletePayload { entityId: String! lastSyncId: Float! success: Boolean! }

type Mutation {
  attachmentCreate(input: AttachmentCreateInput!): AttachmentPayload!
  attachmentDelete(id: String!): DeletePayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
  commentUpdate(id: String!, input: CommentUpdateInput!): CommentPayload!
  issueArchive(id: String!, trash: Boolean): IssueArchivePayload!
  issueBatchCreate(input: IssueBatchCreateInput!): IssueBatchPayload!
  issueBatchUpdate(ids: [UUID!]!, input: IssueUpdateInput!): IssueBatchPayload!
  issueCreate(input: IssueCreateInput!): IssuePayload!
  issueDelete(id: String!, permanentlyDelete: Boolean): IssueArchivePayload!
  issueLabelCreate(input: IssueLabelCreateInput!): IssueLabelPayload!
  issueRelationCreate(input: IssueRelationCreateInput!): IssueRelationPayload!
  issueRelationDelete(id: String!): DeletePayload!
  issueUnarchive(id: String!): IssueArchivePayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
}
`;

export const linearSchema: GraphQLSchema = buildSchema(SDL);
