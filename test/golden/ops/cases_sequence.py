"""Ops that count: ranges, histograms. Running sums are in cases_reduce.py."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("sequence")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf

BFLOAT16 = tf.bfloat16.as_numpy_dtype
FLOATS = [np.float16, BFLOAT16, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]


def name_of(dtype):
    return np.dtype(dtype).name


# --- Range

def ranged(start, limit, delta):
    return raw.Range(start=start, limit=limit, delta=delta)


def range_case(title, dtype, start, limit, delta, **options):
    start, limit, delta = (np.array(one).astype(dtype) for one in (start, limit, delta))
    F.case(f"Range {name_of(dtype)} {title}", ranged, start=start, limit=limit, delta=delta, **options)


for dtype in FLOATS + INTS:
    range_case("by 2", dtype, 1, 10, 2, if_kernel=True)
    range_case("of nothing", dtype, 3, 3, 1, if_kernel=True)
for dtype in FLOATS + [np.int16, np.int32, np.int64]:
    range_case("down", dtype, 10, -3, -3, if_kernel=True)
    range_case("against its step", dtype, 3, 5, -1, if_kernel=True)
    range_case("against its step, down", dtype, 5, 3, 1, if_kernel=True)
    range_case("by 0", dtype, 0, 3, 0, if_kernel=True)
for dtype in (np.float32, np.float64):
    for start, limit, delta in ((0, 0.3, 0.1), (0, 1, 0.1), (0, 0.7, 0.1), (0.5, 2, 0.25), (1, 0, -0.3), (0, 1, 3), (0, 2.1, 0.7), (0.1, 0.4, 0.1)):
        range_case(f"{start} to {limit} by {delta}", dtype, start, limit, delta)
    range_case("of 3000", dtype, 0, 300, 0.1)
    range_case("of infinite steps", dtype, 0, INF, 1)
    range_case("of NaN", dtype, 0, NAN, 1)
range_case("large", np.int64, 2**53 + 1, 2**53 + 6, 2)
range_case("its end", np.int32, 2**31 - 5, 2**31 - 1, 3)
F.case("Range of constants", lambda: ranged(2, 12, 3))
F.case("Range of a shape", lambda x: ranged(0, tf.shape(x)[1], 1), x=np.zeros([2, 5], np.float32))
F.case("Range int64 of a shape", lambda x: ranged(np.int64(0), tf.shape(x, tf.int64)[0], np.int64(1)), x=np.zeros([4, 5], np.float32))
F.case("Range as axes", lambda x: tf.reduce_sum(x, tf.range(1, tf.rank(x))), x=F.random([2, 3, 4]))
F.case("sequence_mask", lambda x: tf.sequence_mask(x), x=np.int32([1, 3, 0]))
F.case("sequence_mask of a length", lambda x: tf.sequence_mask(x, 4, tf.float32), x=np.int64([[1, 3], [0, 9]]))
F.case("positions", lambda x: x + tf.cast(tf.range(tf.shape(x)[1]), tf.float32), x=F.random([2, 5]))

# --- LinSpace

def spaced(start, stop, num):
    return raw.LinSpace(start=start, stop=stop, num=num)


for dtype in FLOATS:
    F.case(f"LinSpace {name_of(dtype)}", spaced, start=dtype(-1), stop=dtype(2), num=np.int32(7), if_kernel=True)
    F.case(f"LinSpace {name_of(dtype)} of constants", lambda t=dtype: spaced(t(0), t(1), 5), if_kernel=True)
for num in (0, 1, 2, 3, -1):
    F.case(f"LinSpace of {num}", spaced, start=np.float32(1), stop=np.float32(4), num=np.int32(num))
F.case("LinSpace int64 num", spaced, start=np.float32(5), stop=np.float32(-4), num=np.int64(4))
F.case("LinSpace from here to here", spaced, start=np.float32(5), stop=np.float32(5), num=np.int32(4))
F.case("LinSpace ends at its end", lambda start, stop, num: spaced(start, stop, num)[-1] - stop, start=np.float32(0.1), stop=np.float32(0.7), num=np.int32(12))

# --- Bincount and its kind

X = np.int32([0, 2, 2, 5, 1, 2, 9])
NONE = np.zeros([0], np.float32)
for dtype in (np.int32, np.int64):
    for kind in (np.int32, np.int64, np.float32, np.float64):
        none = np.zeros([0], kind)
        F.case(
            f"DenseBincount {name_of(dtype)} to {name_of(kind)}",
            lambda x, none=none, t=dtype: raw.DenseBincount(input=x, size=t(6), weights=none), x=X.astype(dtype), if_kernel=True,
        )  # fmt: skip
        F.case(
            f"DenseBincount {name_of(dtype)} weights {name_of(kind)}",
            lambda x, w, t=dtype: raw.DenseBincount(input=x, size=t(6), weights=w), x=X.astype(dtype), w=np.array([1, 2, 3, 4, 5, 6, 7]).astype(kind), if_kernel=True,
        )  # fmt: skip
MATRIX = np.int32([[0, 2, 2], [5, 1, 9], [3, 3, 3]])
W = np.float32([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
for binary in (False, True):
    for size in (0, 1, 4, 12):
        F.case(
            f"DenseBincount size {size}{' binary' * binary}", lambda x, b=binary, s=size: raw.DenseBincount(input=x, size=s, weights=NONE, binary_output=b), x=X,
        )  # fmt: skip
        F.case(
            f"DenseBincount rows size {size}{' binary' * binary}",
            lambda x, b=binary, s=size: raw.DenseBincount(input=x, size=s, weights=NONE, binary_output=b), x=MATRIX,
        )  # fmt: skip
    F.case(
        f"DenseBincount rows with weights{' binary' * binary}",
        lambda x, w, b=binary: raw.DenseBincount(input=x, size=6, weights=w, binary_output=b), x=MATRIX, w=W,
    )  # fmt: skip
    F.case(
        f"DenseBincount with weights{' binary' * binary}",
        lambda x, w, b=binary: raw.DenseBincount(input=x, size=6, weights=w, binary_output=b), x=X, w=np.float32([1, 2, 3, 4, 5, 6, 7]),
    )  # fmt: skip
F.case("DenseBincount weights that may be none", lambda x, w: raw.DenseBincount(input=x, size=6, weights=w), x=X, w=NONE)
F.case("DenseBincount size as input", lambda x, size: raw.DenseBincount(input=x, size=size, weights=NONE), x=X, size=np.int32(4))
F.case("DenseBincount size negative", lambda x, size: raw.DenseBincount(input=x, size=size, weights=NONE), x=X, size=np.int32(-1))
F.case("DenseBincount negative", lambda x: raw.DenseBincount(input=x, size=4, weights=NONE), x=np.int32([1, -1, 2]))
F.case("DenseBincount rows negative", lambda x: raw.DenseBincount(input=x, size=4, weights=NONE), x=np.int32([[1, 1], [-1, 2]]))
F.case("DenseBincount of nothing", lambda x: raw.DenseBincount(input=x, size=4, weights=NONE), x=np.zeros([0], np.int32))
F.case("DenseBincount no rows", lambda x: raw.DenseBincount(input=x, size=4, weights=NONE), x=np.zeros([0, 3], np.int32))
F.case("DenseBincount empty rows", lambda x: raw.DenseBincount(input=x, size=4, weights=NONE), x=np.zeros([2, 0], np.int32))
F.case("DenseBincount weights of another size", lambda x, w: raw.DenseBincount(input=x, size=4, weights=w), x=np.int32([1, 2]), w=np.float32([1, 2, 3]), dynamic="only")

for kind in (np.int32, np.int64, np.float32, np.float64):
    F.case(f"Bincount {name_of(kind)}", lambda x, t=kind: raw.Bincount(arr=x, size=6, weights=np.zeros([0], t)), x=X)
    F.case(f"Bincount weights {name_of(kind)}", lambda x, w: raw.Bincount(arr=x, size=6, weights=w), x=X, w=np.array([1, 2, 3, 4, 5, 6, 7]).astype(kind))
F.case("Bincount of a matrix", lambda x: raw.Bincount(arr=x, size=6, weights=NONE), x=MATRIX)
F.case("Bincount of a matrix with weights", lambda x, w: raw.Bincount(arr=x, size=6, weights=w), x=MATRIX, w=W)
F.case("Bincount negative", lambda x: raw.Bincount(arr=x, size=4, weights=NONE), x=np.int32([1, -1, 2]))
F.case("bincount", lambda x: tf.math.bincount(x), x=X)
F.case("bincount with weights", lambda x, w: tf.math.bincount(x, weights=w, minlength=12), x=X, w=np.float32([1, 2, 3, 4, 5, 6, 7]))
F.case("bincount of rows", lambda x: tf.math.bincount(x, axis=-1, minlength=10, maxlength=10, binary_output=True), x=MATRIX)

for binary in (False, True):
    F.case(
        f"RaggedBincount{' binary' * binary}",
        lambda s, x, b=binary: raw.RaggedBincount(splits=s, values=x, size=4, weights=NONE, binary_output=b), s=np.int64([0, 3, 3, 5, 7]), x=np.int32([0, 2, 2, 5, 1, 2, 3]),
    )  # fmt: skip
    F.case(
        f"SparseBincount of a matrix{' binary' * binary}",
        lambda i, x, b=binary: raw.SparseBincount(indices=i, values=x, dense_shape=[3, 4], size=4, weights=NONE, binary_output=b),
        i=np.int64([[0, 1], [0, 2], [2, 0], [2, 3]]), x=np.int32([2, 2, 1, 7]),
    )  # fmt: skip
F.case(
    "RaggedBincount with weights", lambda s, x, w: raw.RaggedBincount(splits=s, values=x, size=4, weights=w),
    s=np.int64([0, 2, 4]), x=np.int32([0, 2, 2, 2]), w=np.float32([1, 2, 3, 4]),
)  # fmt: skip
F.case(
    "SparseBincount of a vector", lambda i, x: raw.SparseBincount(indices=i, values=x, dense_shape=[8], size=4, weights=NONE),
    i=np.int64([[0], [2], [5]]), x=np.int32([2, 2, 1]),
)  # fmt: skip
F.case(
    "SparseBincount with weights", lambda i, x, w: raw.SparseBincount(indices=i, values=x, dense_shape=[2, 8], size=4, weights=w),
    i=np.int64([[0, 0], [0, 2], [1, 5]]), x=np.int32([2, 2, 1]), w=np.float32([1, 2, 3]),
)  # fmt: skip

# --- HistogramFixedWidth

def histogram(x, r, n, **attributes):
    return raw.HistogramFixedWidth(values=x, value_range=r, nbins=n, **attributes)


for dtype in (np.float32, np.float64, np.int32, np.int64):
    x, r = np.array([-1, 0, 1.5, 2, 5, 15, 5]).astype(dtype), np.array([0, 5]).astype(dtype)
    F.case(f"HistogramFixedWidth {name_of(dtype)}", histogram, x=x, r=r, n=F.const(np.int32(5)))
    F.case(f"HistogramFixedWidth {name_of(dtype)} to int64", lambda x, r, n: histogram(x, r, n, dtype=tf.int64), x=x, r=r, n=F.const(np.int32(3)))
F.case("HistogramFixedWidth of a matrix", histogram, x=F.random([4, 5]), r=np.float32([-3, 3]), n=F.const(np.int32(7)))
F.case("HistogramFixedWidth bins as input", histogram, x=F.random([20]), r=np.float32([-3, 3]), n=np.int32(4))
F.case("HistogramFixedWidth no bins", histogram, x=F.random([20]), r=np.float32([-3, 3]), n=np.int32(0))
F.case("HistogramFixedWidth empty range", histogram, x=F.random([20]), r=np.float32([3, 3]), n=np.int32(4))
F.case("HistogramFixedWidth of nothing", histogram, x=np.zeros([0], np.float32), r=np.float32([-3, 3]), n=np.int32(4))
F.case("HistogramFixedWidth infinities", histogram, x=np.float32([INF, -INF, 1]), r=np.float32([-3, 3]), n=np.int32(4))
F.case("HistogramFixedWidth NaN", histogram, x=np.float32([NAN, 1]), r=np.float32([-3, 3]), n=np.int32(4))
F.case("HistogramFixedWidth bin edges", histogram, x=np.float32([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]), r=np.float32([0, 1]), n=np.int32(10))
F.case("histogram_fixed_width_bins", lambda x: tf.histogram_fixed_width_bins(x, [0.0, 5.0], 5), x=np.float32([-1, 0, 1.5, 2, 5, 15]))
