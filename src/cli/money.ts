const MICROS = 1_000_000n;

/** Micro-dollars, as they come over the wire, as dollars: `$12.000345`. Never through a floating number. */
export function dollars(micros: string | bigint): string {
  const whole = BigInt(micros);
  return `$${whole / MICROS}.${String(whole % MICROS).padStart(6, '0')}`;
}
