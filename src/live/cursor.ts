import type { ExecutionId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';

const FORMAT = 1;
const ID_BYTES = 16;
const SEQUENCE_BYTES = 6;
/** Sequences are `int4` in the database. */
const MAX_SEQUENCE = 2 ** 31 - 1;
const LENGTH = 1 + ID_BYTES + SEQUENCE_BYTES;

const hex = (id: string): string => id.replaceAll('-', '');

/** The place just after the event of that sequence; 0 is the place before the first. Opaque for clients. */
export function encodeCursor(executionId: ExecutionId, sequence: number): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt8(FORMAT, 0);
  bytes.write(hex(executionId), 1, ID_BYTES, 'hex');
  bytes.writeUIntBE(sequence, 1 + ID_BYTES, SEQUENCE_BYTES);
  return bytes.toString('base64url');
}

/** The sequence of a cursor of this execution; the error says in one sentence what is wrong with it. */
export function decodeCursor(executionId: ExecutionId, cursor: string): Result<number, string> {
  const bytes = Buffer.from(cursor, 'base64url');
  // One place has one cursor: what decodes but is spelled otherwise was not made here.
  if (bytes.length !== LENGTH || bytes.readUInt8(0) !== FORMAT || bytes.toString('base64url') !== cursor) {
    return err('This is no cursor of an execution. Pass one back as it was given, or none to begin with a snapshot.');
  }
  if (bytes.toString('hex', 1, 1 + ID_BYTES) !== hex(executionId).toLowerCase()) {
    return err('This cursor belongs to another execution. Pass one that came from this execution, or none.');
  }
  const sequence = bytes.readUIntBE(1 + ID_BYTES, SEQUENCE_BYTES);
  return sequence <= MAX_SEQUENCE
    ? ok(sequence)
    : err('This cursor lies behind everything that an execution can hold.');
}
