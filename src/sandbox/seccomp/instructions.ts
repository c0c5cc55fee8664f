/** A value that the launcher writes into `k` of one instruction: a pid, or half of a pointer. */
export type PatchValue = 'pid' | `exec${'Path' | 'Argv' | 'Envp'}${'Low' | 'High'}`;

/** One instruction of classic BPF, Linux's `struct sock_filter`. */
export interface Instruction {
  readonly code: number;
  /** How many instructions a conditional jump skips when its test holds, and when it does not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
  readonly patch?: PatchValue;
}

/** Instructions that end in an answer on each of their ways, so they can stand anywhere. */
export type Code = readonly Instruction[];

/** A comparison of the accumulator with `k`. */
export interface Comparison {
  readonly is: keyof typeof COMPARE;
  readonly k: number;
  readonly patch?: PatchValue;
}

const LOAD_WORD = 0x20;
const AND = 0x54;
const JUMP = 0x05;
const RETURN = 0x06;
const COMPARE = { equal: 0x15, atLeast: 0x35 } as const;

const INSTRUCTION_BYTES = 8;
/** `jt` and `jf` have one byte each. */
const LONGEST_SHORT_JUMP = 255;

const plain = (code: number, k: number): Instruction => ({ code, jt: 0, jf: 0, k: k >>> 0 });

/** Puts the 32-bit word at this offset of `struct seccomp_data` into the accumulator. */
export const load = (offset: number): Instruction => plain(LOAD_WORD, offset);

/** Keeps only these bits of the accumulator. */
export const keepBits = (bits: number): Instruction => plain(AND, bits);

/** Ends the program with this `SECCOMP_RET_...` value. */
export const returns = (value: number): Code => [plain(RETURN, value)];

/** Goes on with `yes` when the comparison holds, otherwise with `no`. */
export function branch({ is, k, patch }: Comparison, yes: Code, no: Code): Code {
  const far = yes.length > LONGEST_SHORT_JUMP;
  const compare: Instruction = {
    code: COMPARE[is],
    jt: far ? 1 : 0,
    jf: far ? 0 : yes.length,
    k: k >>> 0,
    ...(patch === undefined ? {} : { patch }),
  };
  // An unconditional jump has four bytes for its distance.
  return [compare, ...(far ? [plain(JUMP, yes.length)] : []), ...yes, ...no];
}

/** The bytes of a program as the kernel of a little-endian machine reads them. */
export function encode(code: Code): Uint8Array {
  const bytes = new Uint8Array(code.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  code.forEach((instruction, index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, instruction.code, true);
    view.setUint8(at + 2, instruction.jt);
    view.setUint8(at + 3, instruction.jf);
    view.setUint32(at + 4, instruction.k, true);
  });
  return bytes;
}
