// One-dimensional arrays in Postgres' binary format, ready to be bound: building text arrays in JavaScript and parsing
// them in Postgres cost 18 % of the journal's throughput. What is null or undefined becomes null.

type Maybe<T> = T | null | undefined;
type Encode<T> = (values: readonly Maybe<T>[]) => Buffer;

/** How elements of one type are written. */
interface ElementType<T> {
  readonly oid: number;
  readonly width: number;
  readonly write: (buffer: Buffer, value: T, offset: number) => void;
}

const HEADER_BYTES = 20;
const TEXT = 25;
const MS_OF_2000 = 946_684_800_000;
const LEAST_INT64 = -(2n ** 63n);
const TWO_TO_32 = 2 ** 32;

export const uuidArray: Encode<string> = arrayOf({
  oid: 2950,
  width: 16,
  write: (buffer, id, offset) => buffer.write(id.replaceAll('-', ''), offset, 16, 'hex'),
});

export const int2Array: Encode<number> = arrayOf({
  oid: 21,
  width: 2,
  write: (buffer, value, offset) => buffer.writeInt16BE(value, offset),
});

export const int4Array: Encode<number> = arrayOf({
  oid: 23,
  width: 4,
  write: (buffer, value, offset) => buffer.writeInt32BE(value, offset),
});

/** Whole numbers that JavaScript holds exactly. */
export const int8Array: Encode<number> = arrayOf({ oid: 20, width: 8, write: writeInt64 });

export const float4Array: Encode<number> = arrayOf({
  oid: 700,
  width: 4,
  write: (buffer, value, offset) => buffer.writeFloatBE(value, offset),
});

export const float8Array: Encode<number> = arrayOf({
  oid: 701,
  width: 8,
  write: (buffer, value, offset) => buffer.writeDoubleBE(value, offset),
});

/** Instants (`timestamptz`) in milliseconds since 1970; `-Infinity` is Postgres' `-infinity`. */
export const instantArray: Encode<number> = arrayOf({
  oid: 1184,
  width: 8,
  write(buffer, value, offset) {
    if (value === -Infinity) buffer.writeBigInt64BE(LEAST_INT64, offset);
    else writeInt64(buffer, Math.round((value - MS_OF_2000) * 1_000), offset);
  },
});

export const textArray: Encode<string> = (values) => {
  let total = 0;
  for (const value of values) total += 4 + (isNothing(value) ? 0 : Buffer.byteLength(value));
  const buffer = withHeader(TEXT, values.length, total);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const written = isNothing(value) ? -1 : buffer.write(value, offset + 4, 'utf8');
    buffer.writeInt32BE(written, offset);
    offset += 4 + Math.max(written, 0);
  }
  return buffer;
};

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function withHeader(oid: number, count: number, elementBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + elementBytes);
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // there may be nulls
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16); // the first index
  return buffer;
}

function arrayOf<T>({ oid, width, write }: ElementType<T>): Encode<T> {
  return (values) => {
    const buffer = withHeader(oid, values.length, values.length * (4 + width));
    let offset = HEADER_BYTES;
    // By place: an iterator over arrays of every kind allocates for each value.
    for (let place = 0; place < values.length; place += 1) {
      const value = values[place];
      offset = buffer.writeInt32BE(isNothing(value) ? -1 : width, offset);
      if (isNothing(value)) continue;
      write(buffer, value, offset);
      offset += width;
    }
    return buffer.subarray(0, offset);
  };
}

/** Two halves: a BigInt for each number cost more than the rest of the encoding. */
function writeInt64(buffer: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / TWO_TO_32);
  buffer.writeInt32BE(high, offset);
  buffer.writeUInt32BE(value - high * TWO_TO_32, offset + 4);
}
