import {
  ConnectorRequestError,
  type Sleep,
  systemSleep,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import { FAULT_KINDS, type Fault, type FaultHistory, type FaultPlan } from './fault.ts';
import { FaultSource, LastAnswers } from './fault-source.ts';

/** How faults wait. */
export interface WithFaultsOptions {
  /** Default: the system's. */
  sleep?: Sleep;
}

/** A connector with which things go wrong, and what went wrong. */
export type FaultyConnector = TaskTrackerConnector & FaultHistory;

type Reading = 'page' | 'read' | 'write';

function kindsOf(reading: Reading): readonly Fault['kind'][] {
  if (reading === 'page') return FAULT_KINDS;
  return FAULT_KINDS.filter((kind) => kind !== 'repeat_page' && (reading === 'read' || kind !== 'stale'));
}

/** What was asked, without the signal: the same question has the same text. */
function question(operation: string, args: readonly unknown[]): string {
  return `${operation} ${JSON.stringify(args, (key, value: unknown) => (key === 'signal' ? undefined : value))}`;
}

/**
 * `connector` with faults by a script or by a seed. It has just the methods that `connector` has; what happened is in
 * `faults`, which is a script that makes the same happen again.
 */
export function withFaults(
  connector: TaskTrackerConnector,
  plan: FaultPlan,
  options: WithFaultsOptions = {},
): FaultyConnector {
  const source = new FaultSource(plan);
  const sleep = options.sleep ?? systemSleep;
  const answers = new LastAnswers<unknown>();
  const provider = connector.name;

  const lost = (message: string): ConnectorRequestError => new ConnectorRequestError(message, { provider });

  /** One call, with what is to go wrong with it. */
  async function run<R>(
    operation: string,
    reading: Reading,
    args: readonly unknown[],
    call: () => Promise<R>,
  ) {
    const record = source.next(operation, kindsOf(reading));
    const fault = record?.fault;
    const asked = question(operation, args);
    const real = async (): Promise<R> => {
      const answer = await call();
      if (reading !== 'write') answers.set(asked, structuredClone(answer));
      if (reading === 'page') answers.set(operation, structuredClone(answer));
      return answer;
    };
    switch (fault?.kind) {
      case 'fail':
        throw new ConnectorRequestError(`${operation} failed before it had an effect`, {
          provider,
          statusCode: fault.statusCode ?? null,
        });
      case 'rate_limit':
        throw new ConnectorRequestError(`${operation} came too soon`, {
          provider,
          statusCode: 429,
          retryAfterMs: fault.retryAfterMs ?? null,
        });
      case 'lose_answer':
        await real();
        throw lost(`the answer of ${operation} was lost`);
      case 'time_out':
        if (fault.effect === true) await real();
        throw lost(`${operation} was not answered in time`);
      case 'delay':
        await sleep(fault.ms, signalOf(args));
        return real();
      case 'stale':
      case 'repeat_page': {
        const earlier = answers.get(fault.kind === 'stale' ? asked : operation);
        if (reading !== 'write' && earlier !== undefined) return structuredClone(earlier) as R;
        if (record) record.applied = false;
        return real();
      }
      default:
        return real();
    }
  }

  const wrap =
    <A extends unknown[], R>(operation: string, reading: Reading, method: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      run(operation, reading, args, () => method.apply(connector, args));

  const faulty: FaultyConnector = {
    faults: source.records,
    name: connector.name,
    workspace: connector.workspace,
    ...(connector.mapping === undefined ? {} : { mapping: connector.mapping }),
    ...(connector.scope === undefined ? {} : { scope: connector.scope }),
    getCapabilities: () => connector.getCapabilities(),
    listIssues: wrap('listIssues', 'page', connector.listIssues),
    getIssue: wrap('getIssue', 'read', connector.getIssue),
    createIssue: wrap('createIssue', 'write', connector.createIssue),
    updateIssue: wrap('updateIssue', 'write', connector.updateIssue),
    transitionIssue: wrap('transitionIssue', 'write', connector.transitionIssue),
    upsertLink: wrap('upsertLink', 'write', connector.upsertLink),
    addComment: wrap('addComment', 'write', connector.addComment),
    [Symbol.asyncDispose]: () => connector[Symbol.asyncDispose](),
  };
  const { createIssues, updateIssues, deleteIssue, removeLink, updateComment } = connector;
  if (connector.getIssues) faulty.getIssues = wrap('getIssues', 'read', connector.getIssues);
  if (createIssues) faulty.createIssues = wrap('createIssues', 'write', createIssues);
  if (updateIssues) faulty.updateIssues = wrap('updateIssues', 'write', updateIssues);
  if (deleteIssue) faulty.deleteIssue = wrap('deleteIssue', 'write', deleteIssue);
  if (removeLink) faulty.removeLink = wrap('removeLink', 'write', removeLink);
  if (updateComment) faulty.updateComment = wrap('updateComment', 'write', updateComment);
  if (connector.listComments) faulty.listComments = wrap('listComments', 'read', connector.listComments);
  if (connector.listEvents) faulty.listEvents = wrap('listEvents', 'read', connector.listEvents);
  if (connector.findByIdempotencyKeys) {
    faulty.findByIdempotencyKeys = wrap('findByIdempotencyKeys', 'read', connector.findByIdempotencyKeys);
  }
  // A delivery comes to us; nothing is asked over the network.
  if (connector.parseWebhook) faulty.parseWebhook = connector.parseWebhook.bind(connector);
  return faulty;
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg === 'object' && arg !== null && 'signal' in arg && arg.signal instanceof AbortSignal)
      return arg.signal;
  }
  return undefined;
}
