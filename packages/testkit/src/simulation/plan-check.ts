import type {
  CanonicalIssue,
  CanonicalLink,
  ExternalRef,
  IssuePatch,
  SyncPlan,
} from '@spec-kitty/tracker-core';
import type { SentWrite } from './simulated-connector.ts';
import type { World } from './world.ts';

type PlannedWrite = SyncPlan['writes'][number];

/** What a plan said would be written, held against what is sent while it is applied. */
export class PlanCheck {
  readonly #world: World;
  readonly #names = new Map<string, string>();
  readonly #planned: Set<string>;
  readonly #sent = new Set<string>();

  constructor(world: World, plan: SyncPlan) {
    this.#world = world;
    for (const write of plan.writes)
      if (write.operation === 'create') this.#names.set(write.as.id, world.ledger.issueOf(write.issue.title));
    this.#planned = new Set(plan.writes.map((write) => this.#keyOfPlanned(write)));
  }

  /** A write is about to be sent. */
  sends(write: SentWrite): void {
    const key = this.#key(write.operation, write.ref, write.sent);
    this.#sent.add(key);
    if (!this.#planned.has(key)) this.#world.problems.push(`a write that was not planned: ${key}`);
  }

  /** The plan was applied without anything going wrong and without anybody acting meanwhile. */
  isDone(): void {
    for (const key of this.#planned)
      if (!this.#sent.has(key)) this.#world.problems.push(`planned and not written: ${key}`);
  }

  #keyOfPlanned(write: PlannedWrite): string {
    switch (write.operation) {
      case 'create':
        return this.#key('create', write.issueRef, write.issue);
      case 'update':
        return this.#key('update', write.issueRef, write.patch);
      case 'delete':
        return this.#key('delete', write.issueRef, undefined);
      case 'link':
        return this.#key(write.remove ? 'unlink' : 'link', write.issueRef, write.link);
    }
  }

  #key(operation: SentWrite['operation'], ref: ExternalRef, sent: SentWrite['sent']): string {
    if (operation === 'create') return `create ${(sent as CanonicalIssue).title}`;
    if (operation === 'delete') return `delete ${this.#name(ref)}`;
    if (operation !== 'update') {
      const { type, target } = sent as CanonicalLink;
      return `${operation} ${this.#name(ref)} ${type} ${this.#name(target)}`;
    }
    const { parent, ...patch } = sent as IssuePatch;
    const rest = parent === undefined ? '' : `parent ${parent === null ? '' : this.#name(parent)}`;
    return `update ${this.#name(ref)} ${JSON.stringify(patch)} ${rest}`;
  }

  #name(ref: ExternalRef): string {
    return this.#names.get(ref.id) ?? this.#world.markOf(ref);
  }
}
