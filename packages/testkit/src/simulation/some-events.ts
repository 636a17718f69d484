import type { TrackerEvent } from '@spec-kitty/tracker-core';
import type { SimulatedTracker } from './simulated-tracker.ts';
import type { World } from './world.ts';

/** What webhooks have brought: true and outdated hints, in any order, some twice, some about nothing that is known. */
export function someEvents(world: World, tracker: SimulatedTracker): TrackerEvent[] {
  const { random } = world;
  const timestamp = tracker.now();
  let number = 0;
  const event = (id: string, more: Partial<TrackerEvent> = {}): TrackerEvent => ({
    eventId: `e${++number}`,
    eventType: 'updated',
    issueRef: tracker.ref(id),
    timestamp,
    payload: null,
    ...more,
  });
  const events = [
    ...tracker.issues().map(({ ref }) => event(ref.id)),
    // One that moved was made under another ref.
    ...tracker
      .issues()
      .filter(({ ref }) => !tracker.moves.some(({ to }) => to === ref.id))
      .map(({ ref }) => event(ref.id, { eventType: 'created' })),
    ...[...tracker.gone.keys()].map((id) => event(id, { eventType: 'deleted' })),
    ...tracker.moves.map(({ from, to }) =>
      event(to, { eventType: 'moved', payload: { from: { ...tracker.ref(from) } } }),
    ),
    event('nobody'),
    event('nobody', { eventType: 'deleted' }),
    event('elsewhere', { issueRef: { ...tracker.ref('elsewhere'), workspace: 'other' } }),
  ];
  const chosen = Array.from({ length: 1 + random.below(6) }, () => random.pick(events));
  return random.chance(0.3) ? [...chosen, ...chosen] : chosen;
}
