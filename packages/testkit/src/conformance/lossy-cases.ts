import {
  CORE_ISSUE_FIELDS,
  fieldSupport,
  type IssuePatch,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import { ConformanceError, present } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { valuesOf } from './field-cases.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { PLACES } from './text-cases.ts';
import { outcome } from './world.ts';

/**
 * A field that is said to be lossy loses something of what is tried, or of the example that `open` gives: a field that
 * is not is written again and again by hosts that believe what the manifest says.
 */
export function lossyCases(capabilities: TrackerCapabilities): ConnectorCase[] {
  const lossy = CORE_ISSUE_FIELDS.filter((field) => fieldSupport(capabilities, field) === 'lossy');
  return lossy.map((field) => ({
    name: `${field} is said to be lossy, and is`,
    when: writes,
    async run(world) {
      const [ref, other] = await world.seed({ title: 'To be written' }, { title: 'The other one' });
      const target = present(ref, 'a seed');
      const example = world.opened.values?.lossy?.[field];
      const place = PLACES.find((one) => one.field === field);
      const tried: IssuePatch[] = [
        ...(example === undefined ? [] : [{ [field]: example }]),
        ...valuesOf(world, field, present(other, 'a seed')),
        ...HOSTILE_TEXTS.flatMap((text) => place?.patch(text) ?? []),
      ];
      for (const patch of tried) {
        const previous = await world.get(target);
        const done = await outcome(() => world.connector.updateIssue(target, patch, { previous }));
        if ('code' in done) return;
        if (!world.same(field, (await world.get(target))[field], patch[field])) return;
      }
      throw new ConformanceError(
        `${field} is said to be lossy, and all ${tried.length} values came back as they were written: say \`full\`, or give a value that does not in \`values.lossy\``,
      );
    },
  }));
}
