"""Ops that look for elements: the largest ones, sorting, places of what holds, distinct ones, buckets."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("selection")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf

BFLOAT16 = tf.bfloat16.as_numpy_dtype
FLOATS = [np.float16, BFLOAT16, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
MEANT = 2**53 + 1
"""Not a float64: an int64 that goes through one is seen."""


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype, seed=0):
    dtype = np.dtype(dtype)
    low, high = (0, 9) if dtype.kind in "ub" else (-9, 9)
    return F.random(shape, dtype, low, high, seed)


# --- TopK

for dtype in FLOATS + INTS:
    F.case(f"TopKV2 {name_of(dtype)}", lambda x: raw.TopKV2(input=x, k=3), x=data([3, 7], dtype), if_kernel=True)
    F.case(f"sort {name_of(dtype)}", lambda x: tf.sort(x), x=data([2, 6], dtype), if_kernel=True)
    F.case(f"sort {name_of(dtype)} descending", lambda x: tf.sort(x, direction="DESCENDING"), x=data([2, 6], dtype), if_kernel=True)
for k in (0, 1, 4):
    F.case(f"TopKV2 k {k} of 4", lambda x, k=k: raw.TopKV2(input=x, k=k), x=data([2, 4], np.float32))
    F.case(f"TopKV2 k {k} as input", lambda x, k: raw.TopKV2(input=x, k=k), x=data([2, 4], np.float32), k=np.int32(k))
for k in (-1, 5):
    F.case(f"TopKV2 k {k} of 4, which cannot be", lambda x, k: raw.TopKV2(input=x, k=k), x=data([2, 4], np.float32), k=np.int32(k))
F.case("TopKV2 int64 k, int64 indices", lambda x: raw.TopKV2(input=x, k=np.int64(2), index_type=tf.int64), x=data([5], np.float32))
F.case("TopKV2 int16 indices", lambda x: raw.TopKV2(input=x, k=2, index_type=tf.int16), x=data([5], np.float32), if_kernel=True)
F.case("TopKV2 rank 4", lambda x: raw.TopKV2(input=x, k=2), x=data([2, 1, 3, 4], np.float32))
F.case("TopKV2 no rows", lambda x: raw.TopKV2(input=x, k=2), x=np.zeros([0, 4], np.float32))
F.case("TopKV2 no rows of rank 3", lambda x: raw.TopKV2(input=x, k=2), x=np.zeros([2, 0, 4], np.int32))
F.case("TopKV2 no rows, k as input", lambda x, k: raw.TopKV2(input=x, k=k), x=np.zeros([0, 4], np.float16), k=np.int32(1))
F.case("TopKV2 no columns, k 0", lambda x: raw.TopKV2(input=x, k=0), x=np.zeros([2, 0], np.float32))
F.case("TopKV2 one, not sorted", lambda x: raw.TopKV2(input=x, k=1, sorted=False), x=data([3, 5], np.float32))
F.case("TopKV2 not sorted, sorted afterwards", lambda x: tf.sort(raw.TopKV2(input=x, k=3, sorted=False)[0]), x=data([3, 5], np.float32))
for dtype in [np.float16, np.float32, np.float64, np.int32, np.int64]:
    ties = np.array([[1, 3, 3, 1, 3], [2, 2, 2, 2, 2], [0, -0.0, 0, -0.0, 1]]).astype(dtype)
    for k in (1, 2, 3, 5):
        F.case(f"TopKV2 {name_of(dtype)} ties, k {k}", lambda x, k=k: raw.TopKV2(input=x, k=k), x=ties)
F.case("TopKV2 infinities", lambda x: raw.TopKV2(input=x, k=3), x=np.float32([[INF, 1, -INF, 2], [-INF, -INF, -INF, 0]]))
F.case("TopKV2 int64 beyond float64", lambda x: raw.TopKV2(input=x, k=2), x=np.int64([MEANT, MEANT - 1, MEANT + 1, -MEANT]))
F.case("TopKV2 of many equal", lambda x: raw.TopKV2(input=x, k=40), x=np.tile(np.float32([1, 2, 2, 3]), 50))

for direction in ("ASCENDING", "DESCENDING"):
    F.case(f"argsort {direction}", lambda x, d=direction: tf.argsort(x, direction=d), x=data([2, 6], np.float32))
    F.case(f"argsort {direction} int32", lambda x, d=direction: tf.argsort(x, direction=d), x=data([2, 6], np.int32))
    F.case(f"argsort {direction} stable, ties", lambda x, d=direction: tf.argsort(x, direction=d, stable=True), x=np.float32([3, 1, 3, 2, 1, 3, 1]))
    F.case(f"sort {direction} axis 0", lambda x, d=direction: tf.sort(x, axis=0, direction=d), x=data([4, 3], np.float32))
    F.case(f"argsort {direction} axis 1 of 3", lambda x, d=direction: tf.argsort(x, axis=1, direction=d), x=data([2, 4, 3], np.float32))
F.case("sort int32 with its smallest", lambda x: tf.sort(x), x=np.int32([5, -(2**31), 2**31 - 1, 0]))
F.case("sort uint8 with its ends", lambda x: tf.sort(x), x=np.uint8([5, 255, 0, 7]))
F.case("math.top_k", lambda x: tf.math.top_k(x, 2), x=data([2, 5], np.float32))
F.case("percentile by sorting", lambda x: tf.sort(x, axis=-1)[..., 2], x=data([2, 5], np.float32))
F.case("KthElement", lambda x: raw.NthElement(input=x, n=2), x=data([3, 6], np.float32))
F.case("NthElement reverse", lambda x: raw.NthElement(input=x, n=1, reverse=True), x=data([3, 6], np.float32))
F.case("NthElement int32", lambda x: raw.NthElement(input=x, n=0), x=data([6], np.int32))
F.case("NthElement beyond", lambda x, n: raw.NthElement(input=x, n=n), x=data([6], np.float32), n=np.int32(6))
F.case("NthElement negative", lambda x, n: raw.NthElement(input=x, n=n), x=data([6], np.float32), n=np.int32(-1))
F.case("NthElement as input", lambda x, n: raw.NthElement(input=x, n=n), x=data([2, 6], np.float32), n=np.int32(3))

# --- Where

for dtype in FLOATS[1:] + INTS + [np.bool_]:  # float16 has no kernel
    x = data([3, 4], dtype) if dtype == np.bool_ else data([3, 4], dtype) * np.array([[0, 1, 1, 0]]).astype(dtype)
    F.case(f"Where {name_of(dtype)}", lambda x: raw.Where(condition=x), x=x.astype(dtype), if_kernel=True)
for shape in ([5], [0], [2, 0], [1], [1, 1], [2, 3, 2], [2, 1, 3, 2], [2, 1, 2, 1, 2]):
    F.case(f"Where of {shape}", lambda x: raw.Where(condition=x), x=F.random(shape, np.bool_))
F.case("Where of a scalar", lambda x: raw.Where(condition=x), x=np.bool_(True))
F.case("Where nothing holds", lambda x: raw.Where(condition=x), x=np.zeros([2, 3], np.bool_))
F.case("Where special values", lambda x: raw.Where(condition=x), x=np.float32([NAN, 0, -0.0, INF, 1e-30, -1]))
F.case("Where small fractions", lambda x: raw.Where(condition=x), x=np.float64([0.4, -0.2, 0, 1e-300]))
F.case("boolean_mask", lambda x, m: tf.boolean_mask(x, m), x=data([4, 2], np.float32), m=np.bool_([1, 0, 1, 1]), dynamic={"m": [None]})
F.case("Where, gathered", lambda x: tf.gather(x, tf.where(x > 0)[:, 0]), x=data([7], np.float32), dynamic={"x": [None]})

# --- OneHot

for axis in (-1, 0, 1, 2):
    F.case(
        f"OneHot axis {axis}", lambda x, a=axis: raw.OneHot(indices=x, depth=4, on_value=2.0, off_value=-1.0, axis=a),
        x=np.int32([[0, 3, 1], [4, -1, 2]]),
    )  # fmt: skip
F.case("OneHot axis 3, which cannot be", lambda x: raw.OneHot(indices=x, depth=4, on_value=1.0, off_value=0.0, axis=3), x=np.int32([[0, 1]]), dynamic="only")
for dtype in (np.uint8, np.int8, np.int32, np.int64):
    F.case(f"OneHot of {name_of(dtype)}", lambda x: raw.OneHot(indices=x, depth=3, on_value=1.0, off_value=0.0), x=np.array([0, 2, 5, 100]).astype(dtype), if_kernel=True)
for dtype in FLOATS + INTS + [np.bool_]:
    on, off = np.array([1, 0]).astype(dtype)
    F.case(f"OneHot to {name_of(dtype)}", lambda x, on=on, off=off: raw.OneHot(indices=x, depth=3, on_value=on, off_value=off), x=np.int32([0, 2, 5, -1]), if_kernel=True)
F.case("OneHot large", lambda x, on, off: raw.OneHot(indices=x, depth=3, on_value=on, off_value=off), x=np.int64([2**40, 1]), on=np.int64(MEANT), off=np.int64(-MEANT))
F.case("OneHot depth as input", lambda x, depth: raw.OneHot(indices=x, depth=depth, on_value=1.0, off_value=0.0), x=np.int32([0, 2]), depth=np.int32(4))
F.case("OneHot depth 0", lambda x, depth: raw.OneHot(indices=x, depth=depth, on_value=1.0, off_value=0.0), x=np.int32([0, 2]), depth=np.int32(0))
F.case("OneHot depth negative", lambda x, depth: raw.OneHot(indices=x, depth=depth, on_value=1.0, off_value=0.0), x=np.int32([0, 2]), depth=np.int32(-1))
F.case("OneHot of a scalar", lambda x: raw.OneHot(indices=x, depth=3, on_value=1.0, off_value=0.0), x=np.int32(1))
F.case("OneHot of nothing", lambda x: raw.OneHot(indices=x, depth=3, on_value=1.0, off_value=0.0), x=np.zeros([0, 2], np.int32))
F.case("OneHot NaN and infinity", lambda x: raw.OneHot(indices=x, depth=3, on_value=NAN, off_value=INF), x=np.int32([1, 5]))
F.case("one_hot bool", lambda x: tf.one_hot(x, 3, on_value=True, off_value=False, axis=0), x=np.int64([0, 2, 1]))

# --- Unique

def unique(op, **attributes):
    return lambda x: getattr(raw, op)(x=x, **attributes)


REPEATED = [5, 3, 5, 1, 3, 3, 9, 1]
for dtype in FLOATS + INTS + [np.bool_]:
    x = np.array(REPEATED).astype(dtype)
    F.case(f"Unique {name_of(dtype)}", unique("Unique"), x=x, if_kernel=True)
    F.case(f"UniqueWithCounts {name_of(dtype)}", unique("UniqueWithCounts", out_idx=tf.int64), x=x, if_kernel=True)
for op in ("Unique", "UniqueWithCounts"):
    F.case(f"{op} of nothing", unique(op), x=np.zeros([0], np.int32))
    F.case(f"{op} of one", unique(op), x=np.int64([7]))
    F.case(f"{op} of a matrix", unique(op), x=np.int32([[1, 2]]), dynamic={"x": None})
    F.case(f"{op} special values", unique(op), x=np.float32([NAN, 1, NAN, -0.0, 0, INF, 1, -INF, INF]))
    F.case(f"{op} beyond float64", unique(op), x=np.int64([MEANT, MEANT - 1, MEANT, 2**62, -(2**63)]))
for op in ("UniqueV2", "UniqueWithCountsV2"):
    f = getattr(raw, op)
    F.case(f"{op} no axis", lambda x, f=f: f(x=x, axis=np.zeros([0], np.int64)), x=np.int32(REPEATED))
    F.case(f"{op} no axis, float32", lambda x, f=f: f(x=x, axis=np.zeros([0], np.int32), out_idx=tf.int64), x=np.float32(REPEATED))
    F.case(f"{op} axis 0 of a vector", lambda x, f=f: f(x=x, axis=[0]), x=np.int64(REPEATED))
    for axis in (0, 1, -1):
        F.case(f"{op} axis {axis}", lambda x, f=f, a=axis: f(x=x, axis=[a]), x=np.int32([[1, 2, 1], [3, 4, 3], [1, 2, 1]]))
    F.case(f"{op} axis 1, float32", lambda x, f=f: f(x=x, axis=[1]), x=np.float32([[1, 2, 1], [3, 4, 3], [1, 2, 1]]))
F.case("unique, counted", lambda x: tf.unique_with_counts(x).count, x=np.int32(REPEATED))

# --- Bucketize, LowerBound, UpperBound

BOUNDARIES = [0.0, 1.5, 1.5, 10.0]
for dtype in (np.float32, np.float64, np.int32, np.int64):
    x = np.array([[-5, 0, 1, 2], [10, 11, 3, -0.5]]).astype(dtype)
    F.case(f"Bucketize {name_of(dtype)}", lambda x: raw.Bucketize(input=x, boundaries=BOUNDARIES), x=x)
F.case("Bucketize at the boundaries", lambda x: raw.Bucketize(input=x, boundaries=BOUNDARIES), x=np.float32([0, 1.5, 10, -0.0, np.nextafter(np.float32(1.5), np.float32(0))]))
F.case("Bucketize special values", lambda x: raw.Bucketize(input=x, boundaries=BOUNDARIES), x=np.float32([NAN, INF, -INF]))
F.case("Bucketize no boundaries", lambda x: raw.Bucketize(input=x, boundaries=[]), x=np.float32([1, 2]))
F.case("Bucketize boundaries that are no float32 numbers", lambda x: raw.Bucketize(input=x, boundaries=[0.1, 0.2, 16777217.0]), x=np.float64([0.1, 0.2, np.float32(0.1), np.float32(0.2), 16777216]))
F.case("Bucketize integers beyond float32", lambda x: raw.Bucketize(input=x, boundaries=[16777216.0, 2.0**31, 2.0**60]), x=np.int64([2**24, 2**24 + 1, 2**24 - 1, 2**31 - 1, 2**31, 2**60 - 1, 2**60]))
F.case("Bucketize int32 beyond float32", lambda x: raw.Bucketize(input=x, boundaries=[2.0**31]), x=np.int32([2**31 - 1, 2**31 - 65, 2**31 - 64]))
F.case("Bucketize of a scalar", lambda x: raw.Bucketize(input=x, boundaries=BOUNDARIES), x=np.float32(3))
F.case("Bucketize of nothing", lambda x: raw.Bucketize(input=x, boundaries=BOUNDARIES), x=np.zeros([0, 2], np.float32))

for op in ("LowerBound", "UpperBound"):
    f = getattr(raw, op)
    for dtype in FLOATS + INTS:
        F.case(
            f"{op} {name_of(dtype)}", lambda s, v, f=f: f(sorted_inputs=s, values=v),
            s=np.array([[1, 3, 3, 5, 7], [0, 2, 4, 6, 8]]).astype(dtype), v=np.array([[0, 3, 8], [4, 5, 9]]).astype(dtype),
            if_kernel=True, refused=dtype == np.uint64,
        )  # fmt: skip
    F.case(f"{op} to int64", lambda s, v, f=f: f(sorted_inputs=s, values=v, out_type=tf.int64), s=np.int64([[MEANT - 1, MEANT]]), v=np.int64([[MEANT, MEANT + 1]]))
    F.case(f"{op} special values", lambda s, v, f=f: f(sorted_inputs=s, values=v), s=np.float32([[-INF, 0, 1, INF]]), v=np.float32([[NAN, INF, -INF, -0.0]]))
    F.case(f"{op} no values", lambda s, v, f=f: f(sorted_inputs=s, values=v), s=np.float32([[1, 2]]), v=np.zeros([1, 0], np.float32))
    F.case(f"{op} nothing sorted", lambda s, v, f=f: f(sorted_inputs=s, values=v), s=np.zeros([1, 0], np.float32), v=np.float32([[1, 2]]))
    F.case(f"{op} other rows", lambda s, v, f=f: f(sorted_inputs=s, values=v), s=np.float32([[1, 2]]), v=np.float32([[1], [2]]), dynamic="only")
for side in ("left", "right"):
    F.case(f"searchsorted {side}", lambda s, v, side=side: tf.searchsorted(s, v, side=side), s=np.float32([1, 3, 5, 7]), v=np.float32([[0, 3], [4, 9]]))
F.case("Batched searchsorted", lambda s, v: tf.searchsorted(s, v), s=np.float32([[[1, 3], [2, 4]]]), v=np.float32([[[0, 3], [4, 9]]]), dynamic=False)
F.refuse("ONNX sorts no unsigned 64 bits", "TopKV2 uint64", "sort uint64*")
