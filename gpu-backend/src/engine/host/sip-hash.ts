/** SipHash-2-4: a hash of `bytes` under a key of two 64-bit words. */
export function sipHash(bytes: Uint8Array, key: readonly [bigint, bigint]): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = INITIAL.map((word, index) => word ^ low64(key[(index & 1) as 0 | 1]));
  const whole = bytes.length - (bytes.length % 8);
  for (let offset = 0; offset < whole; offset += 8) {
    compress(state, view.getBigUint64(offset, true));
  }
  const tail = new DataView(new ArrayBuffer(8));
  new Uint8Array(tail.buffer).set(bytes.subarray(whole));
  tail.setUint8(7, bytes.length);
  compress(state, tail.getBigUint64(0, true));
  state[2] = (state[2] ?? 0n) ^ 0xffn;
  rounds(state, 4);
  return state.reduce((hash, word) => hash ^ word, 0n);
}

/** "somepseudorandomlygeneratedbytes" */
const INITIAL = [0x736f_6d65_7073_6575n, 0x646f_7261_6e64_6f6dn, 0x6c79_6765_6e65_7261n, 0x7465_6462_7974_6573n];

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotateLeft(word: bigint, shift: bigint): bigint {
  return low64((word << shift) | (word >> (64n - shift)));
}

function compress(state: bigint[], word: bigint): void {
  state[3] = (state[3] ?? 0n) ^ word;
  rounds(state, 2);
  state[0] = (state[0] ?? 0n) ^ word;
}

function rounds(state: bigint[], count: number): void {
  let [a = 0n, b = 0n, c = 0n, d = 0n] = state;
  for (let round = 0; round < count; round++) {
    a = low64(a + b);
    b = rotateLeft(b, 13n) ^ a;
    a = rotateLeft(a, 32n);
    c = low64(c + d);
    d = rotateLeft(d, 16n) ^ c;
    a = low64(a + d);
    d = rotateLeft(d, 21n) ^ a;
    c = low64(c + b);
    b = rotateLeft(b, 17n) ^ c;
    c = rotateLeft(c, 32n);
  }
  state.splice(0, 4, a, b, c, d);
}
