import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
  type JsonObject,
  JsonObjectSchema,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import type { LinearCore, LinearIssue } from './answers.ts';
import { SYSTEM } from './system.ts';
import { priorityOf, type StatusToStateId, statusOf, UNMAPPED } from './vocabulary.ts';

/** The custom field that is held: what Spec Kitty tells of a mission. */
export const MISSION_FIELD = 'spec_kitty_mission';
/** Read only: the id of a state that stands for no status. */
const STATE_FIELD = 'linear.stateId';

/** What reading an issue takes beside the issue. */
export interface Reading {
  workspace: string;
  viewerId: string;
  statusToStateId: StatusToStateId;
  labelName(id: string): string;
}

export function refOf(
  workspace: string,
  { id, identifier, url }: Pick<LinearCore, 'id' | 'identifier' | 'url'>,
): ExternalRef {
  return { system: SYSTEM, workspace, id, key: identifier, url };
}

/** Archived and trashed issues are gone: Linear shows them for a while, and takes no writes. */
export const isGone = ({ archivedAt }: Pick<LinearCore, 'archivedAt'>): boolean => archivedAt !== null;

/** Our payload on an issue. Attachments of other accounts are not believed. */
export function missionOf(
  { attachments }: LinearIssue,
  viewerId: string,
): { id: string; payload: JsonObject } | undefined {
  for (const { id, metadata, creator } of attachments.nodes) {
    if (creator?.id !== viewerId) continue;
    const payload = readAnswer(JsonObjectSchema, metadata[MISSION_FIELD]);
    if (payload) return { id, payload };
  }
  return undefined;
}

/** The custom fields that an issue reads as. */
export function customFieldsOf(
  raw: LinearIssue,
  { viewerId, statusToStateId }: Pick<Reading, 'viewerId' | 'statusToStateId'>,
): JsonObject {
  const mission = missionOf(raw, viewerId);
  return {
    ...(statusOf(raw.state, statusToStateId) === undefined ? { [STATE_FIELD]: raw.state.id } : {}),
    ...(mission ? { [MISSION_FIELD]: mission.payload } : {}),
  };
}

/** Of relations only those that people make; `similar` ones are suggestions. */
export function linksOf(raw: LinearIssue, workspace: string): CanonicalLink[] {
  const to = (id: string): ExternalRef => ({ system: SYSTEM, workspace, id });
  const links: CanonicalLink[] = [];
  for (const { type, relatedIssue } of raw.relations.nodes) {
    if (type === 'blocks') links.push({ type: 'blocks', target: to(relatedIssue.id) });
    if (type === 'related') links.push({ type: 'relates_to', target: to(relatedIssue.id) });
    if (type === 'duplicate') links.push({ type: 'duplicates', target: to(relatedIssue.id) });
  }
  for (const { type, issue } of raw.inverseRelations.nodes) {
    if (type === 'blocks') links.push({ type: 'blocked_by', target: to(issue.id) });
    if (type === 'related') links.push({ type: 'relates_to', target: to(issue.id) });
  }
  return links;
}

/** @throws IssuePayloadContractError where it is no issue in canonical terms. */
export function toCanonical(raw: LinearIssue, reading: Reading): CanonicalIssue {
  const { workspace, statusToStateId, labelName } = reading;
  return canonicalIssue(
    {
      ref: refOf(workspace, raw),
      title: raw.title,
      body: raw.description === '' ? null : raw.description,
      status: statusOf(raw.state, statusToStateId) ?? UNMAPPED,
      issueType: 'task',
      priority: priorityOf(raw.priority),
      assignees: raw.assignee === null ? [] : [raw.assignee.id],
      labels: raw.labelIds.map(labelName),
      parent: raw.parent === null ? null : { system: SYSTEM, workspace, id: raw.parent.id },
      links: linksOf(raw, workspace),
      customFields: customFieldsOf(raw, reading),
      createdAt: raw.createdAt,
      updatedAt: raw.updatedAt,
    },
    SYSTEM,
  );
}
