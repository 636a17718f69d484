import { assertText, notFound, refuse } from './refusal.ts';
import type {
  LinearAttachment,
  LinearComment,
  LinearIssue,
  LinearRelation,
  LinearWorkspace,
} from './state.ts';
import type { Views } from './views.ts';
import {
  bulk,
  checkCreate,
  checkInput,
  createIssue,
  type IssueInput,
  MAX_BATCH,
  rewritten,
  takeId,
  updateIssue,
  writable,
} from './writes.ts';

type Fields = { readonly [field: string]: unknown };

interface RelationInput {
  id?: string | null;
  issueId: string;
  relatedIssueId: string;
  type: string;
}

interface AttachmentInput {
  id?: string | null;
  issueId: string;
  url: string;
  title: string;
  subtitle?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** The fields of `Mutation`. Each takes a millisecond, so that two of them are told apart by their times. */
export function mutations(workspace: LinearWorkspace, views: Views): Fields {
  let lastSyncId = 0;
  const done = (fields: Fields): Fields => {
    lastSyncId += 1;
    return { ...fields, success: true, lastSyncId };
  };
  const step = (): void => workspace.time.advance(1);

  function relationsAgain({ issueId, relatedIssueId, type }: RelationInput): LinearRelation | undefined {
    return [...workspace.relations.values()].find(
      (one) =>
        one.type === type &&
        ((one.issueId === issueId && one.relatedIssueId === relatedIssueId) ||
          (type === 'related' && one.issueId === relatedIssueId && one.relatedIssueId === issueId)),
    );
  }

  /** A duplicate is in the state that the vendor keeps for it, as long as it is one. */
  function settleDuplicate(issue: LinearIssue): void {
    const isDuplicate = [...workspace.relations.values()].some(
      ({ issueId, type }) => issueId === issue.id && type === 'duplicate',
    );
    const state = workspace.statesOf(issue.teamId).find(({ type }) => type === 'duplicate');
    if (isDuplicate && state && issue.stateId !== state.id) {
      issue.stateBeforeDuplicate = issue.stateId;
      issue.stateId = state.id;
    } else if (!isDuplicate && issue.stateBeforeDuplicate !== undefined) {
      issue.stateId = issue.stateBeforeDuplicate;
      delete issue.stateBeforeDuplicate;
    }
  }

  return {
    issueCreate({ input }: { input: IssueInput }) {
      step();
      const issue = createIssue(workspace, input, workspace.viewerId);
      return done({ issue: views.issue(issue) });
    },
    issueBatchCreate({ input: { issues } }: { input: { issues: IssueInput[] } }) {
      step();
      if (issues.length === 0 || issues.length > MAX_BATCH)
        refuse('Argument Validation Error', `issues must hold from 1 to ${MAX_BATCH} elements`);
      for (const input of issues) checkCreate(workspace, input);
      const ids = issues.flatMap(({ id }) => id ?? []);
      if (new Set(ids).size !== ids.length) refuse('Entity already exists: Issue');
      const made = issues.map((input) => createIssue(workspace, input, workspace.viewerId));
      return done({ issues: made.map(views.issue) });
    },
    issueUpdate({ id, input }: { id: string; input: IssueInput }) {
      step();
      const issue = writable(workspace, id);
      updateIssue(workspace, issue, input);
      return done({ issue: views.issue(issue) });
    },
    issueBatchUpdate({ ids, input }: { ids: string[]; input: IssueInput }) {
      step();
      const issues = bulk(workspace, ids);
      for (const issue of issues) checkInput(workspace, input, issue.teamId, issue);
      for (const issue of issues) updateIssue(workspace, issue, input);
      return done({ issues: issues.map(views.issue) });
    },
    issueArchive({ id, trash }: { id: string; trash?: boolean | null }) {
      step();
      const issue = workspace.issue(id) ?? notFound('Issue');
      archive(workspace, issue, trash === true);
      return done({ entity: views.issue(issue) });
    },
    issueUnarchive({ id }: { id: string }) {
      step();
      const issue = workspace.issue(id) ?? notFound('Issue');
      Object.assign(issue, { archivedAt: null, trashed: false });
      workspace.touch(issue);
      return done({ entity: views.issue(issue) });
    },
    issueDelete({ id, permanentlyDelete }: { id: string; permanentlyDelete?: boolean | null }) {
      step();
      const issue = workspace.issue(id) ?? notFound('Issue');
      if (permanentlyDelete) refuse('Only an admin may delete permanently');
      archive(workspace, issue, true);
      return done({ entity: views.issue(issue) });
    },
    issueRelationCreate({ input }: { input: RelationInput }) {
      step();
      const issue = writable(workspace, input.issueId);
      const related = writable(workspace, input.relatedIssueId);
      if (issue === related) refuse('Argument Validation Error', 'An issue is not related to itself');
      const wanted = { ...input, issueId: issue.id, relatedIssueId: related.id };
      if (relationsAgain(wanted)) refuse('Relation already exists', 'This relation already exists.');
      const id = takeId(workspace, input.id, 'IssueRelation');
      const relation: LinearRelation = { ...wanted, id, createdAt: workspace.now };
      workspace.usedIds.add(id);
      workspace.relations.set(id, relation);
      settleDuplicate(issue);
      workspace.touch(issue);
      workspace.touch(related);
      return done({ issueRelation: views.relation(relation) });
    },
    issueRelationDelete({ id }: { id: string }) {
      step();
      const relation = workspace.relations.get(id) ?? notFound('IssueRelation');
      workspace.relations.delete(id);
      for (const end of [relation.issueId, relation.relatedIssueId]) {
        const issue = workspace.issues.get(end);
        if (!issue) continue;
        settleDuplicate(issue);
        workspace.touch(issue);
      }
      return done({ entityId: id });
    },
    issueLabelCreate({
      input,
    }: {
      input: { id?: string; name: string; teamId?: string; isGroup?: boolean };
    }) {
      step();
      const { name, isGroup = false } = input;
      if (name.trim() === '') refuse('Argument Validation Error', 'name must not be empty');
      assertText('name', name);
      const teamId = input.teamId ?? null;
      if (teamId !== null && !workspace.teams.has(teamId)) notFound('Team');
      const held = teamId === null ? [...workspace.labels.values()] : workspace.labelsOf(teamId);
      if (held.some((label) => label.name.toLowerCase() === name.toLowerCase()))
        refuse('Label already exists', `A label named ${name} already exists.`);
      const id = takeId(workspace, input.id, 'IssueLabel');
      const label = { id, teamId, name, isGroup, createdAt: workspace.now };
      workspace.usedIds.add(id);
      workspace.labels.set(id, label);
      return done({ issueLabel: views.label(label) });
    },
    commentCreate({ input }: { input: { id?: string; issueId?: string; body?: string } }) {
      step();
      const issue = writable(workspace, input.issueId ?? '');
      const comment = addComment(workspace, issue, input.body ?? '', workspace.viewerId, input.id);
      return done({ comment: views.comment(comment) });
    },
    commentUpdate({ id, input: { body } }: { id: string; input: { body?: string } }) {
      step();
      const comment = workspace.comments.get(id) ?? notFound('Comment');
      if (comment.userId !== workspace.viewerId)
        refuse('Forbidden', 'You can edit only comments of your own.');
      assertText('body', body ?? '');
      Object.assign(comment, { body: rewritten(body ?? ''), updatedAt: workspace.now });
      return done({ comment: views.comment(comment) });
    },
    attachmentCreate({ input }: { input: AttachmentInput }) {
      step();
      const issue = writable(workspace, input.issueId);
      const attachment = attach(workspace, issue, input, workspace.viewerId);
      return done({ attachment: views.attachment(attachment) });
    },
    attachmentDelete({ id }: { id: string }) {
      step();
      const attachment = workspace.attachments.get(id) ?? notFound('Attachment');
      workspace.attachments.delete(id);
      const issue = workspace.issues.get(attachment.issueId);
      if (issue) workspace.touch(issue);
      return done({ entityId: id });
    },
  };
}

/** It leaves `updatedAt` as it is: nobody promises that it does not. */
export function archive(workspace: LinearWorkspace, issue: LinearIssue, trash: boolean): void {
  issue.archivedAt ??= workspace.now;
  issue.trashed ||= trash;
}

export function addComment(
  workspace: LinearWorkspace,
  issue: LinearIssue,
  body: string,
  userId: string,
  ownId?: string | null,
): LinearComment {
  if (body.trim() === '') refuse('Argument Validation Error', 'body must not be empty');
  assertText('body', body);
  const id = takeId(workspace, ownId, 'Comment');
  const now = workspace.now;
  const comment = { id, issueId: issue.id, userId, body: rewritten(body), createdAt: now, updatedAt: now };
  workspace.usedIds.add(id);
  workspace.comments.set(id, comment);
  return comment;
}

/** One attachment for an issue and a URL: a second one is the first one, written anew. */
export function attach(
  workspace: LinearWorkspace,
  issue: LinearIssue,
  input: AttachmentInput,
  creatorId: string,
): LinearAttachment {
  const now = workspace.now;
  const fields = {
    title: input.title,
    subtitle: input.subtitle ?? null,
    metadata: structuredClone(input.metadata ?? {}),
    updatedAt: now,
  };
  const held = [...workspace.attachments.values()].find(
    ({ issueId, url }) => issueId === issue.id && url === input.url,
  );
  workspace.touch(issue);
  if (held) return Object.assign(held, fields);
  const id = takeId(workspace, input.id, 'Attachment');
  const attachment = { id, issueId: issue.id, creatorId, url: input.url, createdAt: now, ...fields };
  workspace.usedIds.add(id);
  workspace.attachments.set(id, attachment);
  return attachment;
}
