import { CapabilityNotSupportedError } from '../errors/capability-not-supported-error.ts';
import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { isTrackerError } from '../errors/tracker-error.ts';
import { canonicalIssue } from '../model/canonical-issue.ts';
import { type ExternalRef, refIdentity, sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { fingerprint, type JsonObject, stableStringify } from '../model/json.ts';
import { retiredKeyPath } from '../model/retired-keys.ts';
import { fieldSupport, type TrackerCapabilities } from '../protocol/capabilities.ts';
import type { TaskTrackerConnector, WriteOptions } from '../protocol/connector.ts';
import { type Clock, type Sleep, systemClock, systemSleep } from '../protocol/context.ts';
import { type MissionSeed, type MissionUpdate, parseMissionUpdate } from './mission.ts';
import { type HiddenPart, hiddenPart, missionComment } from './mission-comment.ts';
import {
  MISSION_FIELD,
  type MissionPayload,
  missionPayload,
  payloadOf,
  updateDigest,
} from './mission-payload.ts';
import { missionSeedFromIssue } from './mission-seed.ts';

/** Follows the digest of an update of which all but the status is published. */
const STATUS_REFUSED = '-status-refused';
/** A tracker that asks for a longer wait gets no second try here; the host knows better when to come back. */
const LONGEST_WAIT_MS = 60_000;

type HiddenTest = (hidden: HiddenPart) => boolean;

/** One update on its way to one issue. */
interface Publishing {
  ref: ExternalRef;
  /** As it was when the publishing began. */
  issue: CanonicalIssue;
  update: MissionUpdate;
  capabilities: TrackerCapabilities;
  /** Whether the payload goes into custom fields, else into the comment. */
  inFields: boolean;
  /** Whether comments can be read. */
  readable: boolean;
  payload: MissionPayload;
  /** The same over retries and restarts, until the update is published. */
  key: string;
}

/** Starts missions from issues and tells the issues how they go. */
export class BidirectionalIssueSync {
  readonly #connector: TaskTrackerConnector;
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #maxRetryAttempts: number;
  /** The last publishing of each issue: two at once would each post a comment. */
  readonly #running = new Map<string, Promise<CanonicalIssue>>();

  /**
   * @param options.maxRetryAttempts how often a call is made again after a transient failure or a rate limit;
   * 0 or more, default 2. A wait of more than a minute is not waited for.
   * @throws TypeError where it is no such number.
   */
  constructor(options: {
    connector: TaskTrackerConnector;
    clock?: Clock | undefined;
    maxRetryAttempts?: number | undefined;
    sleep?: Sleep | undefined;
  }) {
    const { connector, clock = systemClock, maxRetryAttempts = 2, sleep = systemSleep } = options;
    if (!Number.isInteger(maxRetryAttempts) || maxRetryAttempts < 0) {
      throw new TypeError('maxRetryAttempts must be a whole number, 0 or more');
    }
    this.#connector = connector;
    this.#clock = clock;
    this.#maxRetryAttempts = maxRetryAttempts;
    this.#sleep = sleep;
  }

  /** Reads the issue and makes a seed of it. @throws what {@link missionSeedFromIssue} and the connector throw. */
  async missionFromIssue(
    ref: ExternalRef,
    options?: { missionId?: string | undefined },
  ): Promise<MissionSeed> {
    return missionSeedFromIssue(await this.#retry(() => this.#read(ref)), options);
  }

  /**
   * Publishes what the update says: `blocked_by` links, the status, a comment, and the payload in
   * `customFields.spec_kitty_mission` or, where the tracker has no custom fields, in the comment's hidden part.
   * The payload is written last and marks the update as published, so that the same update again writes nothing, and
   * one that was cut short is completed. Where comments cannot be read, a stop between comment and payload repeats
   * the comment, unless the connector honours idempotency keys.
   *
   * @returns the issue as it now stands.
   * @throws CapabilityNotSupportedError before anything is written, where the tracker is read-only, takes no comments,
   * cannot hold a link that is asked for, or can neither hold custom fields nor show its comments. A refused status
   * alone is thrown after the rest was written.
   * @throws IssuePayloadContractError before anything is written, where the update is malformed or the custom fields
   * hold a retired key; DecisionReferenceContractError where a decision reference is malformed.
   */
  async publishMissionUpdate(options: {
    issueRef: ExternalRef;
    update: MissionUpdate;
  }): Promise<CanonicalIssue> {
    const { issueRef } = options;
    const update = parseMissionUpdate(options.update, this.#connector.name);
    const identity = refIdentity(issueRef);
    const earlier = this.#running.get(identity);
    const publish = (): Promise<CanonicalIssue> => this.#publish(issueRef, update);
    const run = earlier ? earlier.then(publish, publish) : publish();
    this.#running.set(identity, run);
    try {
      return await run;
    } finally {
      if (this.#running.get(identity) === run) this.#running.delete(identity);
    }
  }

  async #publish(ref: ExternalRef, update: MissionUpdate): Promise<CanonicalIssue> {
    const { missionId } = update;
    const capabilities = await this.#retry(() => this.#connector.getCapabilities());
    const inFields = fieldSupport(capabilities, 'customFields') !== 'none';
    const readable = this.#readsComments(capabilities);
    this.#checkCapabilities(capabilities, update, inFields || readable);

    const issue = await this.#retry(() => this.#read(ref));
    const stored = inFields
      ? issue.customFields[MISSION_FIELD]
      : (await this.#retry(() => this.#findComment(ref, ofMission(missionId))))?.hidden.payload;
    const digest = updateDigest(update);
    const published = payloadOf(missionId, stored)?.['update_digest'];
    if (published === digest) return issue;

    const payload = missionPayload(update, digest, this.#clock.now());
    this.#withPayload(inFields ? issue.customFields : {}, payload);
    // What was published before is part of the key: a mission that returns to an earlier state is news again.
    const key = fingerprint(stableStringify([missionId, digest, stored ?? null]));
    const work: Publishing = { ref, issue, update, capabilities, inFields, readable, payload, key };
    const onlyStatusIsLeft = published === digest + STATUS_REFUSED;

    // Links first: of all that follows they are most likely to be refused, and nothing is written yet.
    if (!onlyStatusIsLeft) await this.#publishLinks(work);
    const refusal = await this.#publishStatus(work);
    if (refusal) payload.update_digest += STATUS_REFUSED;
    if (refusal && onlyStatusIsLeft) throw refusal;
    if (!inFields || !onlyStatusIsLeft) await this.#publishComment(work);
    const answer = await this.#retry(() => (inFields ? this.#publishPayload(work) : this.#read(ref)));
    if (refusal) throw refusal;
    return answer;
  }

  async #publishLinks({ ref, issue, update, key }: Publishing): Promise<void> {
    for (const target of blockersOf(update)) {
      if (issue.links.some((link) => link.type === 'blocked_by' && sameRef(link.target, target))) continue;
      const options = writeOptions(key, `link-${fingerprint(refIdentity(target))}`);
      await this.#retry(() => this.#connector.upsertLink(ref, { type: 'blocked_by', target }, options));
    }
  }

  /** The refusal, where there was one. */
  async #publishStatus(work: Publishing): Promise<CapabilityNotSupportedError | undefined> {
    const { ref, issue, update, capabilities, key } = work;
    const status = update.targetStatus;
    if (!status || issue.status === status) return undefined;
    try {
      checkStatus(capabilities, status, this.#connector.name);
      await this.#retry(() => this.#connector.transitionIssue(ref, status, writeOptions(key, 'status')));
      return undefined;
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
  }

  /** Looks before every try: the answer to the one before may have been lost, not the comment. */
  async #publishComment({ ref, update, inFields, readable, payload, key }: Publishing): Promise<void> {
    const text = missionComment(update, inFields ? { key } : { key, payload });
    const isIt = inFields ? (hidden: HiddenPart): boolean => hidden.key === key : ofMission(update.missionId);
    const options = writeOptions(key, 'comment');
    await this.#retry(async () => {
      const found = readable ? await this.#findComment(ref, isIt) : undefined;
      if (!found) await this.#connector.addComment(ref, text, options);
      else if (!inFields) await this.#connector.updateComment?.(ref, found.id, text, options);
    });
  }

  /** Reads again before it writes: the map is written whole, and somebody may have changed another key meanwhile. */
  async #publishPayload({ ref, update, capabilities, payload, key }: Publishing): Promise<CanonicalIssue> {
    const current = await this.#read(ref);
    const done = payloadOf(update.missionId, current.customFields[MISSION_FIELD])?.['update_digest'];
    if (done === payload.update_digest) return current;
    const options: WriteOptions = { ...writeOptions(key, 'payload'), previous: current };
    if (capabilities.supportsOptimisticConcurrency && current.version) options.ifVersion = current.version;
    const customFields = this.#withPayload(current.customFields, payload);
    return canonicalIssue(
      await this.#connector.updateIssue(ref, { customFields }, options),
      this.#connector.name,
    );
  }

  async #read(ref: ExternalRef): Promise<CanonicalIssue> {
    return canonicalIssue(await this.#connector.getIssue(ref), this.#connector.name);
  }

  /** The custom fields to write, whole: those that are there and the payload. @throws IssuePayloadContractError */
  #withPayload(present: JsonObject, payload: MissionPayload): JsonObject {
    const customFields = { ...present, [MISSION_FIELD]: payload };
    const fieldPath = retiredKeyPath(customFields);
    if (fieldPath === undefined) return customFields;
    throw new IssuePayloadContractError(
      `mission ${payload.mission_id} is not published: ${fieldPath} is a retired key; remove it from the issue first`,
      { provider: this.#connector.name, fieldPath, reason: 'retired_key' },
    );
  }

  #checkCapabilities(capabilities: TrackerCapabilities, update: MissionUpdate, canStore: boolean): void {
    const refuse = (capability: string, problem: string): never => {
      const message = `${this.#connector.name} cannot publish mission ${update.missionId}: ${problem}`;
      throw new CapabilityNotSupportedError(message, { capability });
    };
    if (capabilities.supportsWrite === false) refuse('supportsWrite', 'it is read-only');
    if (!capabilities.supportsComments) refuse('supportsComments', 'it takes no comments');
    if (fieldSupport(capabilities, 'links') === 'none' && blockersOf(update).length > 0) {
      refuse('links', 'it holds no links, and a blocking decision needs one');
    }
    if (!canStore) refuse('customFields', 'it has neither custom fields nor comments that can be read');
  }

  #readsComments({ supportsCommentEdits }: TrackerCapabilities): boolean {
    const { listComments, updateComment } = this.#connector;
    return supportsCommentEdits === true && listComments !== undefined && updateComment !== undefined;
  }

  /** A comment of our own account that holds the hidden part looked for; others' are not believed. */
  async #findComment(
    ref: ExternalRef,
    isIt: HiddenTest,
  ): Promise<{ id: string; hidden: HiddenPart } | undefined> {
    for (const { id, ours, body } of (await this.#connector.listComments?.(ref)) ?? []) {
      const hidden = ours ? hiddenPart(body) : undefined;
      if (hidden && isIt(hidden)) return { id, hidden };
    }
    return undefined;
  }

  async #retry<T>(call: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await call();
      } catch (error) {
        const wait = waitBeforeRetry(error, tried);
        if (wait === undefined || tried >= this.#maxRetryAttempts) throw error;
        await this.#sleep(wait);
      }
    }
  }
}

const ofMission =
  (missionId: string): HiddenTest =>
  (hidden) =>
    payloadOf(missionId, hidden.payload) !== undefined;

const writeOptions = (key: string, write: string): WriteOptions => ({
  idempotencyKey: `mission-${key}-${write}`,
});

function blockersOf(update: MissionUpdate): ExternalRef[] {
  const references = update.decisionReferences ?? [];
  return references.flatMap(({ blocking, externalRef }) => (blocking && externalRef ? [externalRef] : []));
}

function checkStatus(capabilities: TrackerCapabilities, status: string, provider: string): void {
  const terminal = status === 'done' || status === 'canceled';
  const impossible = terminal && !capabilities.supportsTerminalTransition;
  if (!impossible && fieldSupport(capabilities, 'status') !== 'none') return;
  const message = `${provider} cannot set the status ${status}; everything else of the mission update is written`;
  throw new CapabilityNotSupportedError(message, { capability: 'status' });
}

function isRefusal(error: unknown): error is CapabilityNotSupportedError {
  return isTrackerError(error) && 'capability' in error;
}

/** Milliseconds, or undefined where another try is no use. A lost race for the version is read and tried again. */
function waitBeforeRetry(error: unknown, tried: number): number | undefined {
  if (!isTrackerError(error)) return undefined;
  if (error.code === 'sync_conflict') return 0;
  if (!('isRetryable' in error) || error.isRetryable !== true) return undefined;
  const told =
    'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
  const wait = Math.max(0, told ?? 500 * 2 ** tried);
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}
