/**
 * FarmHash's Fingerprint64: the same number for the same bytes for ever. All arithmetic is modulo 2^64.
 */
export function fingerprint64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= 16) {
    return hashTo16(bytes, view);
  }
  if (bytes.length <= 32) {
    return hashTo32(view);
  }
  return bytes.length <= 64 ? hashTo64(view) : hashLong(view);
}

const K0 = 0xc3a5_c85c_97cb_3127n;
const K1 = 0xb492_b66f_be98_f273n;
const K2 = 0x9ae1_6a3b_2f90_404fn;
const SEED = 81n;

type Pair = readonly [bigint, bigint];

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function fetch(view: DataView, offset: number): bigint {
  return view.getBigUint64(offset, true);
}

function rotate(value: bigint, shift: bigint): bigint {
  const word = low64(value);
  return low64((word >> shift) | (word << (64n - shift)));
}

function shiftMix(value: bigint): bigint {
  const word = low64(value);
  return word ^ (word >> 47n);
}

function hashPair(u: bigint, v: bigint, multiplier: bigint): bigint {
  const right = low64(v);
  const a = shiftMix((low64(u) ^ right) * multiplier);
  const b = shiftMix((right ^ a) * multiplier);
  return low64(b * multiplier);
}

function hashTo16(bytes: Uint8Array, view: DataView): bigint {
  const length = bytes.length;
  const size = BigInt(length);
  const multiplier = K2 + size * 2n;
  if (length >= 8) {
    const a = fetch(view, 0) + K2;
    const b = fetch(view, length - 8);
    const c = rotate(b, 37n) * multiplier + a;
    const d = (rotate(a, 25n) + b) * multiplier;
    return hashPair(c, d, multiplier);
  }
  if (length >= 4) {
    const a = BigInt(view.getUint32(0, true));
    return hashPair(size + (a << 3n), BigInt(view.getUint32(length - 4, true)), multiplier);
  }
  if (length > 0) {
    const y = BigInt(view.getUint8(0)) + (BigInt(view.getUint8(length >> 1)) << 8n);
    const z = size + (BigInt(view.getUint8(length - 1)) << 2n);
    return low64(shiftMix(low64(y * K2) ^ low64(z * K0)) * K2);
  }
  return K2;
}

function hashTo32(view: DataView): bigint {
  const length = view.byteLength;
  const multiplier = K2 + BigInt(length) * 2n;
  const a = fetch(view, 0) * K1;
  const b = fetch(view, 8);
  const c = fetch(view, length - 8) * multiplier;
  const d = fetch(view, length - 16) * K2;
  return hashPair(rotate(a + b, 43n) + rotate(c, 30n) + d, a + rotate(b + K2, 18n) + c, multiplier);
}

function hashTo64(view: DataView): bigint {
  const length = view.byteLength;
  const multiplier = K2 + BigInt(length) * 2n;
  const a = fetch(view, 0) * K2;
  const b = fetch(view, 8);
  const c = fetch(view, length - 8) * multiplier;
  const d = fetch(view, length - 16) * K2;
  const y = rotate(a + b, 43n) + rotate(c, 30n) + d;
  const z = hashPair(y, a + rotate(b + K2, 18n) + c, multiplier);
  const e = fetch(view, 16) * multiplier;
  const f = fetch(view, 24);
  const g = (y + fetch(view, length - 32)) * multiplier;
  const h = (z + fetch(view, length - 24)) * multiplier;
  return hashPair(rotate(e + f, 43n) + rotate(g, 30n) + h, e + rotate(f + a, 18n) + g, multiplier);
}

/** 32 bytes from `offset` on, mixed with two seeds. */
function weakHash(view: DataView, offset: number, seedA: bigint, seedB: bigint): Pair {
  const z = fetch(view, offset + 24);
  const first = low64(seedA + fetch(view, offset));
  const sum = low64(first + fetch(view, offset + 8) + fetch(view, offset + 16));
  const b = rotate(seedB + first + z, 21n) + rotate(sum, 44n);
  return [low64(sum + z), low64(b + first)];
}

interface State {
  x: bigint;
  y: bigint;
  z: bigint;
  v: Pair;
  w: Pair;
}

function hashLong(view: DataView): bigint {
  const length = view.byteLength;
  const state: State = {
    x: low64(SEED * K2 + fetch(view, 0)),
    y: low64(SEED * K1 + 113n),
    z: low64(shiftMix(low64(SEED * K1 + 113n) * K2 + 113n) * K2),
    v: [0n, 0n],
    w: [0n, 0n],
  };
  const end = Math.floor((length - 1) / 64) * 64;
  for (let offset = 0; offset < end; offset += 64) {
    mixBlock(view, offset, state, K1, 1n);
  }
  const multiplier = K1 + ((state.z & 0xffn) << 1n);
  const w0 = low64(state.w[0] + BigInt((length - 1) & 63));
  const v0 = low64(state.v[0] + w0);
  state.v = [v0, state.v[1]];
  state.w = [low64(w0 + v0), state.w[1]];
  mixBlock(view, length - 64, state, multiplier, 9n);
  const { x, y, z, v, w } = state;
  return hashPair(
    hashPair(v[0], w[0], multiplier) + shiftMix(y) * K0 + z,
    hashPair(v[1], w[1], multiplier) + x,
    multiplier,
  );
}

/** The next 64 bytes into the state. `weight` is 1, for the last block 9. */
function mixBlock(view: DataView, offset: number, state: State, multiplier: bigint, weight: bigint): void {
  const { v, w } = state;
  const x = low64(rotate(state.x + state.y + v[0] + fetch(view, offset + 8), 37n) * multiplier) ^ low64(w[1] * weight);
  const turned = rotate(state.y + v[1] + fetch(view, offset + 48), 42n) * multiplier;
  const y = low64(turned + v[0] * weight + fetch(view, offset + 40));
  const z = low64(rotate(state.z + w[0], 33n) * multiplier);
  state.v = weakHash(view, offset, v[1] * multiplier, x + w[0]);
  state.w = weakHash(view, offset + 32, z + w[1], y + fetch(view, offset + 16));
  state.x = z;
  state.y = y;
  state.z = x;
}

const CAT_MULTIPLIER = 0xc6a4_a793_5bd1_e995n;

/** TensorFlow's fingerprint of two fingerprints. */
export function fingerprintCat64(first: bigint, second: bigint): bigint {
  const mixed = low64(shiftMix(second * CAT_MULTIPLIER) * CAT_MULTIPLIER);
  const both = low64((low64(first) ^ CAT_MULTIPLIER ^ mixed) * CAT_MULTIPLIER);
  return shiftMix(shiftMix(both) * CAT_MULTIPLIER);
}
