"""Cast, from every dtype to every dtype: each case casts one array to all of them."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("cast")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf
BF16 = tf.bfloat16.as_numpy_dtype

FLOATS = [np.float16, BF16, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
ALL = [np.bool_] + INTS + FLOATS
EXACT = {"rtol": 0, "atol": 0}


def name_of(dtype):
    return np.dtype(dtype).name


def cast(targets, **attributes):
    return lambda x: {name_of(target): raw.Cast(x=x, DstT=tf.as_dtype(target), **attributes) for target in targets}


FRACTIONS = [0, -0.0, 1, 0.5, 1.5, 2.5, 99.99, 0.99, -0.99, 100]
for source in ALL:
    if source is np.bool_:
        F.case("Cast bool", cast(ALL), x=np.array([False, True]))
    elif source in FLOATS:
        F.case(f"Cast {name_of(source)}", cast(ALL), x=np.array(FRACTIONS).astype(source))
        F.case(f"Cast {name_of(source)} below zero", cast(INTS[:4] + FLOATS), x=np.array([-1, -1.5, -2.5, -99.99]).astype(source))
    else:
        info = np.iinfo(source)
        x = np.array([0, 1, 2, 100, 127, info.min, info.max, info.max - 1, info.max // 2 + 1, info.min // 3], source)
        F.case(f"Cast {name_of(source)}, its ends too", cast(ALL), x=x)

# What C++ leaves open: the processor's answer.
# Where it takes several at once it differs with the place in the tensor: such cases are left out.
FINITE = [-1, 300, -300, 7e4, -7e4, 3e9, -3e9]
BEYOND = [NAN, INF, -INF, -1, 300, -300, 7e4, -7e4, 3e9, -3e9, 1e19, -1e19, 3e38]
for source in FLOATS:
    for target in INTS:
        if source is BF16 and np.dtype(target).itemsize < 4:
            continue
        beyond = FINITE[: 3 if source is np.float16 else None] if target in (np.uint32, np.uint64) else BEYOND
        F.case(f"Cast {name_of(source)} to {name_of(target)}, beyond its range", cast([target]), x=np.array(beyond).astype(source), x86=True)
    x = np.array([NAN, INF, -INF, -0.0, 0, 1e-6, 1e-7, 65519, 65520, 3e38, -3e38]).astype(source)
    F.case(f"Cast {name_of(source)} to floats and bool, special values", cast(FLOATS + [np.bool_]), x=x, signed_zero=True)

TIES = np.array([
    1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-11 + 2**-40, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-40, 1 + 2**-24, 1 + 3 * 2**-24, 1 + 2**-24 + 2**-50,
])  # fmt: skip
for source in (np.float32, np.float64):
    for target in (np.float16, BF16, np.float32):
        F.case(f"Cast {name_of(source)} to {name_of(target)}, ties", cast([target]), x=TIES.astype(source), tolerance=EXACT)
        F.case(f"Cast {name_of(source)} to {name_of(target)}, truncating", cast([target], Truncate=True), x=TIES.astype(source), tolerance=EXACT)
BIG = [2**24 + 1, 2**24 + 3, 2**31 - 1, 257, 2049, 4097, 65519, 65520]
for source in (np.int32, np.int64, np.uint32, np.uint64):
    values = BIG + ([2**53 + 1, 2**62 + 1] if np.dtype(source).itemsize == 8 else [])
    values += [-value for value in values] if np.dtype(source).kind == "i" else []
    for target in FLOATS:
        F.case(f"Cast {name_of(source)} to {name_of(target)}, not exact", cast([target]), x=np.array(values, source), tolerance=EXACT)

F.case("Cast of nothing", cast([np.int32, np.bool_]), x=np.zeros([0, 2], np.float32))
F.case("Cast of a scalar", cast([np.int32, np.bool_]), x=np.float32(-1.5))
F.case("Cast of a mask times floats", lambda x: tf.cast(x > 0, tf.float32) * x, x=np.float32([-1, 0, 2]))
F.case("Cast there and back", lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32), x=np.float32([-1.7, 0.2, 2.9]))
F.case("Cast to float16 and back", lambda x: tf.cast(tf.cast(x, tf.float16), tf.float32), x=np.float32([1.0001, 2049, 1e-8]), tolerance=EXACT)
F.case("Cast to bfloat16 and back", lambda x: tf.cast(tf.cast(x, tf.bfloat16), tf.float32), x=np.float32([1.0001, 2049, 257]), tolerance=EXACT)
F.refuse("ONNX rounds", "Cast float32 to bfloat16, truncating", "Cast float32 to float16, truncating", "Cast float64 to *, truncating")
