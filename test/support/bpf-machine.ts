/** What the kernel hands to a filter: Linux's `struct seccomp_data`. */
export interface SeccompData {
  readonly nr: number;
  readonly arch: number;
  /** Up to six; the missing ones are zero. */
  readonly args?: readonly bigint[];
}

/** How a run of a filter ended. */
export interface Ended {
  readonly value: number;
  /** Instructions executed, the last one included. */
  readonly steps: number;
}

const DATA_BYTES = 64;
const INSTRUCTION_BYTES = 8;

/** Runs a program of classic BPF as the kernel would, with the checks by which the kernel refuses a bad one. */
export function runFilter(program: Uint8Array, data: SeccompData): Ended {
  const words = wordsOf(data);
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const count = program.byteLength / INSTRUCTION_BYTES;
  let accumulator = 0;
  let counter = 0;
  for (let steps = 1; ; steps += 1) {
    if (counter >= count) throw new Error(`The program runs past its end, to instruction ${counter}.`);
    const at = counter * INSTRUCTION_BYTES;
    const k = code.getUint32(at + 4, true);
    const jump = (holds: boolean): number => code.getUint8(at + (holds ? 2 : 3));
    counter += 1;
    const opcode = code.getUint16(at, true);
    switch (opcode) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        if (k % 4 !== 0 || k >= DATA_BYTES) throw new Error(`The kernel refuses to load from offset ${k}.`);
        accumulator = words.getUint32(k, true);
        break;
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05: // BPF_JMP | BPF_JA
        counter += k;
        break;
      case 0x15: // BPF_JMP | BPF_JEQ | BPF_K
        counter += jump(accumulator === k);
        break;
      case 0x35: // BPF_JMP | BPF_JGE | BPF_K
        counter += jump(accumulator >= k);
        break;
      case 0x06: // BPF_RET | BPF_K
        return { value: k, steps };
      default:
        throw new Error(
          `Instruction ${counter - 1} has the code 0x${opcode.toString(16)}, which no filter here needs.`,
        );
    }
  }
}

/** A copy of a program with these instructions' `k` filled in. */
export function patchProgram(program: Uint8Array, values: ReadonlyMap<number, number>): Uint8Array {
  const patched = Uint8Array.from(program);
  const view = new DataView(patched.buffer);
  for (const [instruction, value] of values) view.setUint32(instruction * INSTRUCTION_BYTES + 4, value, true);
  return patched;
}

function wordsOf({ nr, arch, args = [] }: SeccompData): DataView {
  const view = new DataView(new ArrayBuffer(DATA_BYTES));
  view.setInt32(0, nr, true);
  view.setUint32(4, arch, true);
  view.setBigUint64(8, 0x7f00_dead_beefn, true);
  args.forEach((value, index) => view.setBigUint64(16 + 8 * index, value, true));
  return view;
}
