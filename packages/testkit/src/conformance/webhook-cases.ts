import {
  refIdentity,
  type TrackerCapabilities,
  type TrackerEvent,
  TrackerEventSchema,
} from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, refusal } from '../support/check.ts';
import type { ConnectorCase } from './case.ts';
import type { Delivery } from './options.ts';
import type { World } from './world.ts';

const promised = (capabilities: TrackerCapabilities): boolean => capabilities.supportsWebhooks;

async function delivery(world: World): Promise<{ identity: string; request: Delivery }> {
  const ref = await world.seedOne();
  if (!world.opened.signedWebhook) {
    throw new ConformanceError('open() gives no `signedWebhook`, which supportsWebhooks needs');
  }
  return { identity: refIdentity(ref), request: await world.opened.signedWebhook(ref) };
}

async function parse(world: World, request: Delivery): Promise<TrackerEvent[]> {
  if (!world.connector.parseWebhook) throw new ConformanceError('parseWebhook is promised, and not there');
  return world.connector.parseWebhook(request);
}

/** Every header value with its last character changed: whichever of them is the signature, it is wrong now. */
function tampered(headers: Record<string, string>): Record<string, string> {
  const changed = Object.entries(headers).map(([name, value]) => [
    name,
    value.slice(0, -1) + (value.endsWith('0') ? '1' : '0'),
  ]);
  return Object.fromEntries(changed) as Record<string, string>;
}

export const webhookCases: ConnectorCase[] = [
  {
    name: 'a signed delivery gives its events',
    when: promised,
    async run(world) {
      const { identity, request } = await delivery(world);
      const events = await parse(world, request);
      check(events.length > 0, 'a signed delivery gave no event');
      for (const event of events) check(TrackerEventSchema.safeParse(event).success, 'an event is none');
      check(
        events.some((event) => refIdentity(event.issueRef) === identity),
        'no event is about the issue of the delivery',
      );
    },
  },
  {
    name: 'a delivery is the same one when it comes again',
    when: promised,
    async run(world) {
      const { request } = await delivery(world);
      const [first, again] = [await parse(world, request), await parse(world, request)];
      equal(again, first, 'the events of a repeated delivery (by their eventId a host tells repeats)');
      check(new Set(first.map(({ eventId }) => eventId)).size === first.length, 'two events have one id');
    },
  },
  {
    name: 'header names are read whatever their case',
    when: promised,
    async run(world) {
      const { request } = await delivery(world);
      for (const change of ['toUpperCase', 'toLowerCase'] as const) {
        const entries = Object.entries(request.headers).map(([name, value]) => [name[change](), value]);
        const headers = Object.fromEntries(entries) as Record<string, string>;
        check((await parse(world, { ...request, headers })).length > 0, 'a signed delivery gave no event');
      }
    },
  },
  {
    name: 'a delivery without a signature, or with a wrong one, is refused',
    when: promised,
    async run(world) {
      const { request } = await delivery(world);
      const body = request.body.slice();
      const last = body.length - 1;
      body[last] = (body[last] ?? 0) ^ 1;
      const padded = new Uint8Array(request.body.length + 1);
      padded.set(request.body);
      padded[request.body.length] = 0x20;
      const forged: [string, Delivery][] = [
        ['no headers', { ...request, headers: {} }],
        ['changed headers', { ...request, headers: tampered(request.headers) }],
        ['a changed body', { ...request, body }],
        ['a longer body', { ...request, body: padded }],
        ['an empty body', { ...request, body: new Uint8Array() }],
      ];
      for (const [what, each] of forged) await refusal(() => parse(world, each), `a delivery with ${what}`);
    },
  },
];
