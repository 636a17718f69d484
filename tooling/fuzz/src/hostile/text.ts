import fc from 'fast-check';

/** One change to bytes at a place given as a share of the length, so that it fits any text. */
type Edit =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'truncate'; at: number }
  | { kind: 'splice'; at: number; remove: number; bytes: string }
  | { kind: 'repeat'; at: number; length: number; times: number }
  | { kind: 'line ends'; to: '\r\n' | '\r' | '\n\n' | '\u2028' };

/** As Latin-1, so that every byte can stand here: among them invalid UTF-8, marks, brackets, escapes. */
const SPLICES = [
  '\0',
  '\xff',
  '\xfe\xff',
  '\xef\xbb\xbf',
  '\xed\xa0\x80',
  '\xc0\x80',
  '\x85',
  '\r',
  '\r\n',
  '\n',
  '\n\n',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\\u0000',
  '\\ud800',
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  '-0',
  '1e999',
  'null',
  '{}',
  '<<<<<<< ours\n',
  '[['.repeat(5000),
  '{"a":'.repeat(5000),
];

const share = fc.double({ min: 0, max: 1, noNaN: true });

const edits: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), at: share, bit: fc.nat({ max: 7 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), at: share }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('splice' as const),
      at: share,
      remove: fc.constantFrom(0, 0, 1, 5, 50),
      bytes: fc.constantFrom(...SPLICES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at: share,
      length: fc.nat({ max: 300 }),
      times: fc.constantFrom(2, 3, 500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('line ends' as const),
      to: fc.constantFrom('\r\n' as const, '\r' as const, '\n\n' as const, '\u2028' as const),
    }),
  },
);

const LARGEST = 4 * 1024 * 1024;

function edited(bytes: Buffer, edit: Edit): Buffer {
  if (edit.kind === 'line ends') return Buffer.from(bytes.toString().replaceAll('\n', edit.to));
  const at = Math.floor(edit.at * bytes.length);
  switch (edit.kind) {
    case 'flip': {
      const copy = Buffer.from(bytes);
      const byte = copy[at];
      if (byte !== undefined) copy[at] = byte ^ (1 << edit.bit);
      return copy;
    }
    case 'truncate':
      return bytes.subarray(0, at);
    case 'splice':
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(edit.bytes, 'latin1'),
        bytes.subarray(at + edit.remove),
      ]);
    case 'repeat': {
      const part = bytes.subarray(at, at + edit.length);
      const grown = Array<Buffer>(edit.times).fill(part);
      return Buffer.concat([bytes.subarray(0, at), ...grown, bytes.subarray(at + edit.length)]);
    }
  }
}

/** What is printed and replayed: the number of a valid text, and what is done to it. */
export interface DamagedText {
  base: number;
  edits: Edit[];
}

export function damagedText(bases: number, most = 4): fc.Arbitrary<DamagedText> {
  return fc.record({ base: fc.nat({ max: bases - 1 }), edits: fc.array(edits, { maxLength: most }) });
}

export function damage(valid: Uint8Array, { edits: changes }: DamagedText): Buffer {
  let bytes = Buffer.from(valid);
  for (const edit of changes) if (bytes.length < LARGEST) bytes = Buffer.from(edited(bytes, edit));
  return bytes;
}
