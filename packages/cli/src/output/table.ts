import { fitted, joined, look, padded, type Shown, shown, trimmed } from './shown.ts';

export interface Column<T> {
  title: string;
  value: (row: T) => Shown | string | number;
  align?: 'left' | 'right';
  /** May be cut to this many columns where the terminal is narrow. Without it, the column keeps its width. */
  shrinksTo?: number;
  /** Left out first, the highest number before the others, where the terminal is too narrow. Without it, it stays. */
  optional?: number;
}

const GAP = '  ';

/** Aligned columns that fit into `width`: first some are left out, then some are cut. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], width: number): Shown[] {
  const cells = columns.map((column) => ({
    column,
    texts: rows.map((row) => shown(column.value(row))),
  }));
  let kept = cells
    .map((cell) => ({
      ...cell,
      wide: Math.max(cell.column.title.length, ...cell.texts.map((text) => text.width)),
    }))
    .filter(({ texts }) => texts.some((text) => text.width > 0));
  const least = (): number =>
    kept.reduce(
      (sum, { column, wide }) => sum + Math.min(wide, column.shrinksTo ?? wide) + GAP.length,
      -GAP.length,
    );
  while (least() > width) {
    const next = kept.reduce<(typeof kept)[number] | undefined>(
      (most, cell) => ((cell.column.optional ?? 0) > (most?.column.optional ?? 0) ? cell : most),
      undefined,
    );
    if (!next) break;
    kept = kept.filter((cell) => cell !== next);
  }
  const widths = shrink(
    kept.map(({ column, wide }) => ({ wide, least: column.shrinksTo ?? wide })),
    width,
  );
  const row = (texts: readonly Shown[]): Shown =>
    trimmed(
      joined(
        texts.map((text, index) => {
          const wide = widths[index] ?? text.width;
          const { align = 'left' } = kept[index]?.column ?? {};
          const fits = fitted(text, wide);
          return index === texts.length - 1 && align === 'left'
            ? fits
            : padded(fits, wide, align === 'left' ? 'left' : 'right');
        }),
        GAP,
      ),
    );
  const head = row(kept.map(({ column }) => look('dim', column.title)));
  return [head, ...rows.map((_, index) => row(kept.map(({ texts }) => texts[index] ?? shown(''))))];
}

/** Takes what is too much from the widest column that may give, until all fit. */
function shrink(columns: readonly { wide: number; least: number }[], width: number): number[] {
  const widths = columns.map(({ wide }) => wide);
  const total = (): number => widths.reduce((sum, wide) => sum + wide + GAP.length, -GAP.length);
  for (let over = total() - width; over > 0; over = total() - width) {
    const slack = columns.map(({ least }, index) => (widths[index] ?? 0) - least);
    const widest = slack.indexOf(Math.max(...slack));
    if ((slack[widest] ?? 0) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - Math.min(over, Math.ceil((slack[widest] ?? 0) / 2));
  }
  return widths;
}
