const value = new Float32Array(1);
const bits = new Uint32Array(value.buffer);

/** The bits of the nearest bfloat16 (ties to even); numbers beyond its range become infinite. */
export function bfloat16Bits(number: number): number {
  value[0] = number;
  const float32 = bits[0] ?? 0;
  if (Number.isNaN(number)) {
    return 0x7fc0;
  }
  const oddBit = (float32 >>> 16) & 1;
  return (float32 + 0x7fff + oddBit) >>> 16;
}

/** The number that these 16 bits stand for. */
export function bfloat16Value(bfloat16: number): number {
  bits[0] = bfloat16 << 16;
  return value[0] ?? 0;
}
