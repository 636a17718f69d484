import type { LoggedLine } from './fleet.ts';

interface Span {
  machine: number;
  from: number;
  to: number;
}

/** Runs of one binding that were under way at the same time, from the log; a killed machine's end when it was killed. */
export function overlaps(lines: readonly LoggedLine[], killed: ReadonlyMap<number, number>): string[] {
  const spans = new Map<string, Span[]>();
  for (const line of lines) {
    if (line.event !== 'began' && line.event !== 'ended') continue;
    const binding = `${line.tenant} ${line.name}`;
    const known = spans.get(binding) ?? [];
    spans.set(binding, known);
    const open = known.findLast(
      ({ machine, to }) => machine === line.machine && to === Number.POSITIVE_INFINITY,
    );
    if (line.event === 'began')
      known.push({ machine: line.machine, from: line.at, to: Number.POSITIVE_INFINITY });
    else if (open) open.to = line.at;
  }
  return [...spans].flatMap(([binding, known]) => {
    const ended = known.map((span) => ({
      ...span,
      to: Math.min(span.to, killed.get(span.machine) ?? Number.POSITIVE_INFINITY),
    }));
    const sorted = ended.sort((a, b) => a.from - b.from);
    return sorted.flatMap((span, index) => {
      const next = sorted[index + 1];
      return next && next.from < span.to
        ? [`${binding}: machine ${span.machine} until ${span.to}, machine ${next.machine} from ${next.from}`]
        : [];
    });
  });
}
