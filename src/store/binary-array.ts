/**
 * One-dimensional arrays in Postgres' binary format, ready to be bound: building text arrays in JavaScript and parsing
 * them in Postgres cost 18 % of the journal's throughput.
 */
export const uuidArray = (ids: readonly string[]): Buffer => {
  const buffer = header(UUID, ids.length, 20);
  let offset = HEADER_BYTES;
  for (const id of ids) {
    offset = buffer.writeInt32BE(16, offset);
    buffer.write(id.replaceAll('-', ''), offset, 16, 'hex');
    offset += 16;
  }
  return buffer;
};

/** Null where there is no value. */
export const nullableUuidArray = (ids: readonly Maybe<string>[]): Buffer =>
  sparse(UUID, ids, 16, (buffer, id, offset) => buffer.write(id.replaceAll('-', ''), offset, 16, 'hex'));

export const int2Array = (values: readonly number[]): Buffer =>
  fixed(INT2, values, 2, (buffer, value, offset) => buffer.writeInt16BE(value, offset));

export const int4Array = (values: readonly number[]): Buffer =>
  fixed(INT4, values, 4, (buffer, value, offset) => buffer.writeInt32BE(value, offset));

/** Null where there is no value. */
export const nullableInt4Array = (values: readonly Maybe<number>[]): Buffer =>
  sparse(INT4, values, 4, (buffer, value, offset) => buffer.writeInt32BE(value, offset));

/** Whole numbers that JavaScript holds exactly. */
export const int8Array = (values: readonly number[]): Buffer => fixed(INT8, values, 8, writeInt64);

export const float8Array = (values: readonly number[]): Buffer =>
  fixed(FLOAT8, values, 8, (buffer, value, offset) => buffer.writeDoubleBE(value, offset));

/** Instants in milliseconds since 1970; `-Infinity` is Postgres' `-infinity`; null where there is none. */
export const nullableInstantArray = (values: readonly Maybe<number>[]): Buffer =>
  sparse(TIMESTAMPTZ, values, 8, (buffer, value, offset) => {
    if (value === -Infinity) buffer.writeBigInt64BE(LEAST_INT64, offset);
    else writeInt64(buffer, Math.round((value - MS_OF_2000) * 1_000), offset);
  });

/** Null where there is no value. */
export function nullableTextArray(values: readonly Maybe<string>[]): Buffer {
  const lengths = values.map((value) => (value == null ? -1 : Buffer.byteLength(value)));
  const total = lengths.reduce((sum, length) => sum + 4 + Math.max(length, 0), 0);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + total);
  writeHeader(buffer, { oid: TEXT, count: values.length, hasNulls: true });
  let offset = HEADER_BYTES;
  for (const [index, value] of values.entries()) {
    offset = buffer.writeInt32BE(lengths[index] ?? -1, offset);
    if (value != null) offset += buffer.write(value, offset, 'utf8');
  }
  return buffer;
}

const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const TEXT = 25;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;
const UUID = 2950;

const HEADER_BYTES = 20;
const MS_OF_2000 = 946_684_800_000;
const LEAST_INT64 = -(2n ** 63n);
const TWO_TO_32 = 2 ** 32;

type Maybe<T> = T | null | undefined;
type Write<T> = (buffer: Buffer, value: T, offset: number) => void;

function writeHeader(
  buffer: Buffer,
  { oid, count, hasNulls }: { readonly oid: number; readonly count: number; readonly hasNulls: boolean },
): void {
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16); // the first index
}

function header(oid: number, count: number, bytesEach: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + count * bytesEach);
  writeHeader(buffer, { oid, count, hasNulls: false });
  return buffer;
}

/** Two halves: BigInt for each number cost more than the rest of the encoding. */
function writeInt64(buffer: Buffer, value: number, offset: number): void {
  buffer.writeInt32BE(Math.floor(value / TWO_TO_32), offset);
  buffer.writeUInt32BE(value - Math.floor(value / TWO_TO_32) * TWO_TO_32, offset + 4);
}

function fixed(oid: number, values: readonly number[], width: number, write: Write<number>): Buffer {
  const buffer = header(oid, values.length, 4 + width);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(width, offset);
    write(buffer, value, offset);
    offset += width;
  }
  return buffer;
}

function sparse<T>(oid: number, values: readonly Maybe<T>[], width: number, write: Write<T>): Buffer {
  const present = values.reduce<number>((sum, value) => (value == null ? sum : sum + 1), 0);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * 4 + present * width);
  writeHeader(buffer, { oid, count: values.length, hasNulls: true });
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(value == null ? -1 : width, offset);
    if (value == null) continue;
    write(buffer, value, offset);
    offset += width;
  }
  return buffer;
}
