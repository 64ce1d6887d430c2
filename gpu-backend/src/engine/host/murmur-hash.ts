const MULTIPLIER = 0xc6a4_a793_5bd1_e995n;
const SEED = 0xdeca_fcaf_fen;

/** MurmurHash64A under TensorFlow's seed: its Hash64. */
export function hash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 8);
  let hash = SEED ^ low64(BigInt(bytes.length) * MULTIPLIER);
  for (let offset = 0; offset < whole; offset += 8) {
    const word = shiftMix(low64(view.getBigUint64(offset, true) * MULTIPLIER));
    hash = low64((hash ^ low64(word * MULTIPLIER)) * MULTIPLIER);
  }
  if (whole < bytes.length) {
    const tail = new DataView(new ArrayBuffer(8));
    new Uint8Array(tail.buffer).set(bytes.subarray(whole));
    hash = low64((hash ^ tail.getBigUint64(0, true)) * MULTIPLIER);
  }
  return shiftMix(low64(shiftMix(hash) * MULTIPLIER));
}

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function shiftMix(word: bigint): bigint {
  return word ^ (word >> 47n);
}
