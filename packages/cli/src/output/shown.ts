import stringWidth from 'string-width';
import { cleanLine, cleanText } from './clean.ts';

/** How a piece of text looks on a terminal with colours. */
export type Look = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

interface Piece {
  text: string;
  look?: Look;
}

/**
 * Text that may go to a terminal. It is made by the functions below alone, which clean whatever comes from outside;
 * the printer takes nothing else.
 */
export class Shown {
  readonly pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces;
  }

  get plain(): string {
    return this.pieces.map(({ text }) => text).join('');
  }

  get width(): number {
    return stringWidth(this.plain);
  }
}

type Value = Shown | string | number;

const piecesOf = (value: Value): readonly Piece[] =>
  value instanceof Shown ? value.pieces : [{ text: cleanLine(String(value)) }];

/** A line: the literal parts are ours, what is put in is cleaned. */
export function line(parts: TemplateStringsArray, ...values: Value[]): Shown {
  const pieces = parts.flatMap((text, index): Piece[] => {
    const value = values[index];
    return [{ text }, ...(value === undefined ? [] : piecesOf(value))];
  });
  return new Shown(pieces.filter(({ text }) => text !== ''));
}

/** Text from outside on one line. */
export function shown(value: Value): Shown {
  return new Shown(piecesOf(value));
}

/** Text from outside, line by line. */
export function shownLines(text: string): Shown[] {
  return cleanText(text)
    .split('\n')
    .map((each) => new Shown([{ text: each }]));
}

export function look(how: Look, value: Value): Shown {
  return new Shown(piecesOf(value).map(({ text }) => ({ text, look: how })));
}

export function joined(values: readonly Value[], separator: string): Shown {
  return new Shown(
    values.flatMap((value, index) => [...(index > 0 ? [{ text: separator }] : []), ...piecesOf(value)]),
  );
}

/** At most `width` columns wide; what was cut off shows as an ellipsis. */
export function fitted(value: Shown, width: number): Shown {
  if (value.width <= width) return value;
  const pieces: Piece[] = [];
  let left = width - 1;
  for (const piece of value.pieces) {
    let text = '';
    for (const { segment } of new Intl.Segmenter().segment(piece.text)) {
      const wide = stringWidth(segment);
      if (wide > left) return new Shown([...pieces, { ...piece, text: `${text.trimEnd()}…` }]);
      text += segment;
      left -= wide;
    }
    pieces.push({ ...piece, text });
  }
  return new Shown(pieces);
}

export function padded(value: Shown, width: number, side: 'left' | 'right' = 'left'): Shown {
  const gap = ' '.repeat(Math.max(0, width - value.width));
  if (gap === '') return value;
  return new Shown(side === 'left' ? [...value.pieces, { text: gap }] : [{ text: gap }, ...value.pieces]);
}

/** Without white space at its end. */
export function trimmed(value: Shown): Shown {
  const pieces = [...value.pieces];
  for (let last = pieces.pop(); last; last = pieces.pop()) {
    const text = last.text.trimEnd();
    if (text !== '') return new Shown([...pieces, { ...last, text }]);
  }
  return new Shown([]);
}

/** A line of ours, broken at spaces; the lines after the first are indented. */
export function folded(value: Shown, width: number, indent = '    '): Shown[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  for (const { text, look: how } of value.pieces) {
    for (const word of text.split(/(?<= )(?=[^ ])/)) {
      const wide = stringWidth(word.trimEnd());
      const piece = how === undefined ? { text: word } : { text: word, look: how };
      if (used > indent.length && used + wide > width) {
        lines.push([{ text: indent }, piece]);
        used = indent.length + stringWidth(word);
      } else {
        lines.at(-1)?.push(piece);
        used += stringWidth(word);
      }
    }
  }
  return lines.map((pieces) => trimmed(new Shown(pieces)));
}

/** Broken at spaces into lines of at most `width` columns. */
export function wrapped(text: string, width: number): Shown[] {
  return shownLines(text).flatMap((each) => wrapLine(each.plain, Math.max(20, width)));
}

function wrapLine(text: string, width: number): Shown[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let current = '';
  for (const word of text.slice(indent.length).split(' ')) {
    const longer = current === '' ? indent + word : `${current} ${word}`;
    if (current !== '' && stringWidth(longer) > width) {
      lines.push(current);
      current = indent + word;
    } else {
      current = longer;
    }
  }
  return [...lines, current].map((each) => new Shown([{ text: each }]));
}
