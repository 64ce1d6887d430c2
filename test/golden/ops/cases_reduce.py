"""Reductions, ArgMax and ArgMin, running sums."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("reduce")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf

FLOATS = [np.float16, tf.bfloat16.as_numpy_dtype, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
NUMERIC = ["Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"]
LOGICAL = ["All", "Any"]


def reduce(op, axis, **attributes):
    return lambda x: getattr(raw, op)(input=x, axis=axis, **attributes)


def data(shape, dtype):
    """Small values: products stay in range, both signs where there are any."""
    dtype = np.dtype(dtype)
    low, high = (0, 4) if dtype.kind in "ub" else (-3, 4)
    return F.random(shape, dtype, low, high)


def name_of(dtype):
    return np.dtype(dtype).name


# --- every dtype

# TensorFlow rounds each step of a sum or product, which is but rounded once here: nearer to the true value.
HALF_STEPS = {np.float16: 2e-3, FLOATS[1]: 2e-2}
for op in NUMERIC:
    for dtype in FLOATS + INTS:
        x = data([2, 3, 4], dtype)
        tolerance = HALF_STEPS.get(dtype)
        F.case(f"{op} {name_of(dtype)} [1]", reduce(op, [1]), x=x, if_kernel=True, tolerance=tolerance)
        F.case(f"{op} {name_of(dtype)} [0,-1] keep_dims", reduce(op, [0, -1], keep_dims=True), x=x, if_kernel=True, tolerance=tolerance)
F.case("Sum float32 [0] of [2,2]", reduce("Sum", [0]), x=np.float32([[1, 2], [3, 4]]))

# --- axes

AXES = {
    "[]": [], "[0]": [0], "[2]": [2], "[-3]": [-3], "[0,2]": [0, 2], "[2,0]": [2, 0], "[-1,1]": [-1, 1],
    "[0,1,2]": [0, 1, 2], "1 (a scalar)": 1, "int64 [1,2]": np.int64([1, 2]), "int64 -1 (a scalar)": np.int64(-1),
}  # fmt: skip
for op in NUMERIC + LOGICAL:
    x = F.random([2, 3, 4], np.bool_) if op in LOGICAL else data([2, 3, 4], np.float32)
    for keep in (False, True):
        F.case(
            f"{op} axes{' keep_dims' * keep}",
            lambda x, op=op, keep=keep: {title: reduce(op, axis, keep_dims=keep)(x) for title, axis in AXES.items()}, x=x,
        )  # fmt: skip
        for title, axis in {"[1]": [1], "[-1,0]": [-1, 0], "[]": np.zeros([0]), "-2 (a scalar)": -2}.items():
            F.case(
                f"{op} axes as input {title}{' keep_dims' * keep}",
                lambda x, axis, op=op, keep=keep: getattr(raw, op)(input=x, axis=axis, keep_dims=keep),
                x=x, axis=np.asarray(axis, np.int32),
            )  # fmt: skip
F.case("Sum axis out of range", lambda x, axis: raw.Sum(input=x, axis=axis), x=data([2, 3], np.float32), axis=np.int32([2]))
F.case("Max axis out of range, negative", lambda x, axis: raw.Max(input=x, axis=axis), x=data([2, 3], np.float32), axis=np.int32([-3]))
F.case("Sum axis twice", lambda x, axis: raw.Sum(input=x, axis=axis), x=data([2, 3], np.float32), axis=np.int32([1, 1]))
F.case("Mean axis twice, by both signs", lambda x, axis: raw.Mean(input=x, axis=axis), x=data([2, 3], np.float32), axis=np.int32([1, -1]))

# --- ranks and empty or size-1 dimensions

SHAPES = {
    "a scalar": ([], []), "[4] by [0]": ([4], [0]), "[1] by [0]": ([1], [0]), "[1,5] by [0]": ([1, 5], [0]),
    "[5,1] by [1]": ([5, 1], [1]), "[1,1,1] by [0,2]": ([1, 1, 1], [0, 2]), "[2,1,3,2,2] by [1,3]": ([2, 1, 3, 2, 2], [1, 3]),
    "[0] by [0]": ([0], [0]), "[0,3] by [0]": ([0, 3], [0]), "[0,3] by [1]": ([0, 3], [1]), "[3,0] by [1]": ([3, 0], [1]),
    "[2,0,3] by [0,1]": ([2, 0, 3], [0, 1]), "[0,0] by []": ([0, 0], []),
}  # fmt: skip
for op in NUMERIC + LOGICAL:
    for dtype in [np.bool_] if op in LOGICAL else [np.float32, np.int32]:
        for keep in (False, True):
            x = {f"x{index}": data(shape, dtype) for index, (shape, _) in enumerate(SHAPES.values())}
            F.case(
                f"{op} {name_of(dtype)} shapes{' keep_dims' * keep}",
                lambda op=op, keep=keep, **x: {
                    title: reduce(op, axis, keep_dims=keep)(x[f"x{index}"]) for index, (title, (_, axis)) in enumerate(SHAPES.items())
                },
                **x, if_kernel=True,
            )  # fmt: skip
for op in NUMERIC:
    for dtype in (np.float16, np.float64, np.int64, np.uint8):
        F.case(f"{op} {name_of(dtype)} of nothing", reduce(op, [0]), x=np.zeros([0, 2], dtype), if_kernel=True)

# --- values

SPECIAL = np.float32([
    [NAN, 1, 2], [1, NAN, 2], [2, 1, NAN], [NAN, NAN, NAN], [INF, 1, -INF], [-INF, -INF, -INF], [INF, INF, 1], [-0.0, 0, -0.0],
    [NAN, INF, -INF], [1e38, 3e38, 3e38], [1e-40, 1e-41, 0], [-1, -2, -3],
])  # fmt: skip
for op in NUMERIC:
    for dtype in FLOATS:
        F.case(f"{op} {name_of(dtype)} special values", reduce(op, [1]), x=SPECIAL.astype(dtype))
F.case("Max float32 special values in columns", reduce("Max", [0]), x=SPECIAL.T.copy())
F.case("Min float32 special values in columns", reduce("Min", [0]), x=SPECIAL.T.copy())
F.case("Max float32 special values, all", reduce("Max", [0, 1]), x=SPECIAL[:3])
F.case("Min float32 special values, all", reduce("Min", [0, 1]), x=SPECIAL[:3])

for dtype in INTS:
    info = np.iinfo(dtype)
    x = np.array([[info.max, 1, 1], [info.min, info.min, 5], [info.max, info.max, info.max]], dtype)
    for op in ("Sum", "Prod", "Max", "Min", "Mean"):
        values = x
        if op == "Prod" and info.bits > 16:  # beyond 2^53 it is an error here
            values = np.array([[info.max // 2 if info.bits == 32 else 2**50, 3, 1], [2**20, 2**20, 2**12], [5, 2**30, 0]], dtype)
        F.case(f"{op} {name_of(dtype)} beyond its range", reduce(op, [1]), x=values, if_kernel=True)
for dtype in (np.int8, np.int16, np.int32, np.int64):
    F.case(f"Mean {name_of(dtype)} rounds", reduce("Mean", [1]), x=np.array([[-7, 0], [7, 0], [-1, 0], [-3, 2]], dtype), if_kernel=True)
F.case("Mean int32 as TensorFlow's function", lambda x: tf.reduce_mean(x, -1), x=np.int32([[1, 2], [-1, -2]]))

# TensorFlow adds float16 and bfloat16 up in float32 or in float16, by kernel: the sums show which.
for dtype in (np.float16, tf.bfloat16.as_numpy_dtype, np.float32):
    for op in ("Sum", "Mean"):
        F.case(f"{op} {name_of(dtype)} of 5000 ones", reduce(op, [0]), x=np.ones([5000], dtype), dynamic=False)
    if dtype is np.float16:
        continue  # TensorFlow loses the ones, float32 does not
    F.case(f"Sum {name_of(dtype)} that cancels", reduce("Sum", [0]), x=np.array([2048, 1, 1, -2048], dtype))

HALVES = np.int64([
    [3000000000, 5, -3000000000], [-5, 2**33 + 1, 2**33 + 2**31], [2**32 - 1, -(2**32), 0], [2**63 - 1, -(2**63), 7], [2**60 + 1, 3, 2**53 + 1],
])  # fmt: skip
for op in ("Sum", "Max", "Min", "Mean", "ArgMax", "ArgMin"):
    for axis in (0, 1):
        function = lambda x, op=op, axis=axis: getattr(raw, op)(input=x, dimension=axis) if op.startswith("Arg") else reduce(op, axis)(x)
        F.case(f"{op} int64 by halves, axis {axis}", function, x=HALVES)
for op in ("Max", "Min"):
    for dtype in (np.int16, np.uint16, np.int32, np.uint32, np.int8):
        F.case(f"{op} {name_of(dtype)} of nothing", reduce(op, [0]), x=np.zeros([0, 2], dtype), if_kernel=True)
    F.case(f"{op} int64 axes", lambda x, op=op: {title: reduce(op, axis, keep_dims=True)(x) for title, axis in AXES.items()}, x=data([2, 3, 4], np.int64))

# --- composites

for title, x in {"float32": SPECIAL, "float64": SPECIAL.astype(np.float64), "float16": data([3, 4], np.float16)}.items():
    F.case(f"reduce_logsumexp {title}", lambda x: tf.reduce_logsumexp(x, -1), x=x)
F.case("reduce_logsumexp all axes", lambda x: tf.reduce_logsumexp(x), x=data([2, 3], np.float32))
F.case("reduce_logsumexp keepdims", lambda x: tf.reduce_logsumexp(x, [0, 2], keepdims=True), x=data([2, 3, 4], np.float32))
F.case("reduce_logsumexp large", lambda x: tf.reduce_logsumexp(x, 0), x=np.float32([1000, 1001, -1000]))
F.case("reduce_std", lambda x: tf.math.reduce_std(x, 1), x=data([3, 5], np.float32))
F.case("reduce_variance keepdims", lambda x: tf.math.reduce_variance(x, [0, 1], keepdims=True), x=data([3, 5, 2], np.float32))
F.case("moments", lambda x: tf.nn.moments(x, [0, 1]), x=data([3, 5, 2], np.float32))
F.case("count_nonzero", lambda x: tf.math.count_nonzero(x, 1), x=np.float32([[0, 1, NAN], [0, -0.0, 0]]))
F.case("l2_normalize", lambda x: tf.math.l2_normalize(x, -1), x=np.float32([[3, 4], [0, 0], [1e-7, 0]]))
F.case("reduce_sum all axes", lambda x: tf.reduce_sum(x), x=data([2, 3], np.float32))
F.case("reduce_all of a comparison", lambda x: tf.reduce_all(x > 0, 0), x=data([2, 3], np.float32))
for dtype in FLOATS:
    F.case(f"L2Loss {name_of(dtype)}", lambda x: raw.L2Loss(t=x), x=data([2, 3], dtype))
F.case("L2Loss of nothing", lambda x: raw.L2Loss(t=x), x=np.zeros([0, 2], np.float32))

# --- ArgMax, ArgMin

# TensorFlow's processor takes denormal numbers for 0 and each other's equals.
NORMAL = np.delete(SPECIAL, 10, axis=0)

for op in ("ArgMax", "ArgMin"):
    function = getattr(raw, op)
    for dtype in FLOATS + INTS + [np.bool_]:
        F.case(f"{op} {name_of(dtype)}", lambda x, f=function: f(input=x, dimension=1), x=data([3, 5], dtype), if_kernel=True)
    for output in (tf.int16, tf.uint16, tf.int32, tf.int64):
        x = data([3, 4], np.float32)
        F.case(f"{op} to {output.name}", lambda x, f=function, o=output: f(input=x, dimension=0, output_type=o), x=x, if_kernel=True)
    for axis in (0, 1, 2, -1, -3):
        F.case(f"{op} axis {axis}", lambda x, f=function, a=axis: f(input=x, dimension=a), x=data([2, 3, 4], np.float32))
    F.case(f"{op} axis int64", lambda x, f=function: f(input=x, dimension=np.int64(1)), x=data([2, 3, 4], np.float32))
    F.case(f"{op} axis as input", lambda x, axis, f=function: f(input=x, dimension=axis), x=data([2, 3, 4], np.float32), axis=np.int32(-2))
    F.case(f"{op} axis out of range", lambda x, axis, f=function: f(input=x, dimension=axis), x=data([2, 3], np.float32), axis=np.int32(2))
    for dtype in (np.float32, np.int32, np.float16):
        ties = np.array([[1, 3, 3, 1], [2, 2, 2, 2], [3, 1, 1, 3], [0, 0, -1, -1]], dtype)
        F.case(f"{op} {name_of(dtype)} ties", lambda x, f=function: f(input=x, dimension=1), x=ties)
        F.case(f"{op} {name_of(dtype)} ties in columns", lambda x, f=function: f(input=x, dimension=0), x=ties.T.copy())
    for dtype in FLOATS:
        x = NORMAL.astype(dtype)
        F.case(f"{op} {name_of(dtype)} special values", lambda x, f=function: f(input=x, dimension=1), x=x)
    F.case(f"{op} special values in columns", lambda x, f=function: f(input=x, dimension=0), x=NORMAL.T.copy())
    F.case(f"{op} of one", lambda x, f=function: f(input=x, dimension=1), x=data([3, 1], np.float32))
    F.case(f"{op} of a vector", lambda x, f=function: f(input=x, dimension=0), x=data([6], np.float32))
    F.case(f"{op} of nothing along the axis", lambda x, f=function: f(input=x, dimension=1), x=np.zeros([2, 0], np.float32))
    F.case(f"{op} of nothing beside the axis", lambda x, f=function: f(input=x, dimension=1), x=np.zeros([0, 3], np.float32))
    F.case(f"{op} of a scalar", lambda x, f=function: f(input=x, dimension=0), x=np.float32(1))
    F.case(f"{op} rank 5", lambda x, f=function: f(input=x, dimension=3), x=data([1, 2, 1, 3, 2], np.float32))

# --- running sums and products

for op in ("Cumsum", "Cumprod"):
    function = getattr(raw, op)
    for dtype in FLOATS + INTS:
        F.case(f"{op} {name_of(dtype)}", lambda x, f=function: f(x=x, axis=1), x=data([2, 5], dtype), if_kernel=True, tolerance={"rtol": 2e-3, "atol": 2e-3} if dtype is np.float16 else None)
    for exclusive in (False, True):
        for reverse in (False, True):
            for axis in (0, -1):
                F.case(
                    f"{op} axis {axis}{' exclusive' * exclusive}{' reverse' * reverse}",
                    lambda x, f=function, a=axis, e=exclusive, r=reverse: f(x=x, axis=a, exclusive=e, reverse=r),
                    x=data([3, 4], np.float32),
                )
    F.case(f"{op} axis as input", lambda x, axis, f=function: f(x=x, axis=axis), x=data([3, 4], np.float32), axis=np.int32(0))
    F.case(f"{op} axis int64", lambda x, f=function: f(x=x, axis=np.int64(-2)), x=data([3, 4], np.float32))
    F.case(f"{op} axis out of range", lambda x, axis, f=function: f(x=x, axis=axis), x=data([3], np.float32), axis=np.int32(1))
    F.case(f"{op} of nothing", lambda x, f=function: f(x=x, axis=0), x=np.zeros([0, 2], np.float32))
    F.case(f"{op} rank 4", lambda x, f=function: f(x=x, axis=2), x=data([2, 1, 3, 2], np.float32))
    F.case(f"{op} special values", lambda x, f=function: f(x=x, axis=1), x=SPECIAL[:9])
    F.case(f"{op} int32 beyond its range", lambda x, f=function: f(x=x, axis=0), x=np.int32([2**31 - 1, 2, 3]))
for exclusive in (False, True):
    for reverse in (False, True):
        F.case(
            f"CumulativeLogsumexp{' exclusive' * exclusive}{' reverse' * reverse}",
            lambda x, e=exclusive, r=reverse: raw.CumulativeLogsumexp(x=x, axis=1, exclusive=e, reverse=r),
            x=data([2, 4], np.float32),
        )
        F.case(
            f"CumulativeLogsumexp special values{' exclusive' * exclusive}{' reverse' * reverse}",
            lambda x, e=exclusive, r=reverse: raw.CumulativeLogsumexp(x=x, axis=1, exclusive=e, reverse=r),
            x=np.float32([[-INF, -INF, 1, 2], [INF, 1, INF, -INF], [1, NAN, 2, 3], [1000, 1001, -1000, 1000]]),
        )
for dtype in (np.float16, tf.bfloat16.as_numpy_dtype, np.float64):
    F.case(f"CumulativeLogsumexp {name_of(dtype)}", lambda x: raw.CumulativeLogsumexp(x=x, axis=0), x=data([4, 2], dtype), if_kernel=True, tolerance=1e-2 if dtype == tf.bfloat16.as_numpy_dtype else None)
    F.case(f"Cumsum {name_of(dtype)} that rounds", lambda x: raw.Cumsum(x=x, axis=0), x=F.random([60], dtype, -1, 1))
    F.case(f"Cumprod {name_of(dtype)} exclusive reverse of nothing", lambda x: raw.Cumprod(x=x, axis=0, exclusive=True, reverse=True), x=np.zeros([0], dtype))
F.case("Cumprod of empty rows", lambda x: raw.Cumprod(x=x, axis=1), x=np.zeros([0, 3], np.float32))

# --- what the converter refuses

F.refuse("ONNX reduces no unsigned 64 bits", *(f"{op} uint64*" for op in ("ArgMax", "ArgMin", "Max", "Mean", "Min", "Prod")))
F.refuse("TensorFlow truncates the root of whole numbers", "EuclideanNorm int*", "EuclideanNorm uint*")
F.refuse("the axis of ONNX is an attribute", "ArgMax axis as input", "ArgMin axis as input", "Cumprod axis as input")
