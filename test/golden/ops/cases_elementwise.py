"""Ops that compute element by element: arithmetic, functions, comparisons, logic, bits, casts, choices."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("elementwise")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf
BF16 = tf.bfloat16.as_numpy_dtype

FLOATS = [np.float16, BF16, np.float32, np.float64]
SIGNED = [np.int8, np.int16, np.int32, np.int64]
UNSIGNED = [np.uint8, np.uint16, np.uint32, np.uint64]
INTS = SIGNED + UNSIGNED
ALL = [np.bool_] + INTS + FLOATS


def name_of(dtype):
    return np.dtype(dtype).name


def is_float(dtype):
    return dtype in FLOATS


def unary(op):
    """Called with the tensor by position: raw ops name it x, input, a, t, features, ..."""
    function = getattr(raw, op)
    argument = {
        "LogicalNot": "x", "Identity": "input", "StopGradient": "input", "PreventGradient": "input", "Snapshot": "input",
        "Relu": "features", "Relu6": "features", "Elu": "features", "Selu": "features", "LeakyRelu": "features",
        "Softplus": "features", "Softsign": "features", "DeepCopy": "x", "GuaranteeConst": "input",
    }.get(op, "x")  # fmt: skip
    return lambda x, **attributes: function(**{argument: x}, **attributes)


def ordinary(dtype, low=-3, high=3):
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return np.array([True, False, True])
    low = max(low, 0) if dtype.kind == "u" else low
    fixed = [low, 0 if low < 0 < high else low, 1, high]
    values = F.random([8], dtype if dtype.kind in "iu" else np.float64, low, high)
    halves = [] if dtype.kind in "iu" else [0.5, 1.5, 2.5, -0.5, -1.5, -2.5]
    return np.array([*values, *fixed, *(half for half in halves if low <= half <= high)]).astype(dtype)


def special(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.array([info.min, info.max, info.min + 1, info.max - 1, info.max // 2, info.max // 2 + 1], dtype)
    return np.array([NAN, INF, -INF, 0.0, -0.0, 100.0, -100.0, 20.0, -20.0, 1e-6, -1e-6], np.float64).astype(dtype)


# --- one input

EVERYWHERE = (-3, 3)
POSITIVE = (0.01, 4)
UNARY = {
    "Abs": EVERYWHERE, "Neg": EVERYWHERE, "Sign": EVERYWHERE, "Square": EVERYWHERE, "Sqrt": POSITIVE, "Rsqrt": POSITIVE,
    "Exp": EVERYWHERE, "Expm1": EVERYWHERE, "Log": POSITIVE, "Log1p": (-0.9, 4), "Sin": EVERYWHERE, "Cos": EVERYWHERE,
    "Tan": (-1.4, 1.4), "Asin": (-1, 1), "Acos": (-1, 1), "Atan": EVERYWHERE, "Sinh": EVERYWHERE, "Cosh": EVERYWHERE,
    "Tanh": EVERYWHERE, "Asinh": EVERYWHERE, "Acosh": (1, 5), "Atanh": (-0.9, 0.9), "Sigmoid": EVERYWHERE,
    "Erf": EVERYWHERE, "Erfc": EVERYWHERE, "Erfinv": (-0.9, 0.9), "Ndtri": (0.05, 0.95), "Lgamma": (0.1, 5),
    "Digamma": (0.1, 5), "Reciprocal": (0.5, 4), "Inv": (0.5, 4), "Ceil": EVERYWHERE, "Floor": EVERYWHERE,
    "Round": EVERYWHERE, "Rint": EVERYWHERE, "IsNan": EVERYWHERE, "IsInf": EVERYWHERE, "IsFinite": EVERYWHERE,
    "Relu": EVERYWHERE, "Relu6": (-3, 9), "LeakyRelu": EVERYWHERE, "Elu": EVERYWHERE, "Selu": EVERYWHERE,
    "Softplus": EVERYWHERE, "Softsign": EVERYWHERE, "Invert": EVERYWHERE, "PopulationCount": (0, 100),
    "LogicalNot": EVERYWHERE, "OnesLike": EVERYWHERE, "ZerosLike": EVERYWHERE, "Identity": EVERYWHERE,
    "StopGradient": EVERYWHERE, "PreventGradient": EVERYWHERE, "Snapshot": EVERYWHERE, "DeepCopy": EVERYWHERE,
    "BesselI0": EVERYWHERE, "BesselI0e": EVERYWHERE, "BesselI1": EVERYWHERE, "BesselI1e": EVERYWHERE,
    "BesselJ0": POSITIVE, "BesselJ1": POSITIVE, "BesselK0": POSITIVE, "BesselK0e": POSITIVE, "BesselK1": POSITIVE,
    "BesselK1e": POSITIVE, "BesselY0": POSITIVE, "BesselY1": POSITIVE, "Dawsn": EVERYWHERE, "Expint": POSITIVE,
    "FresnelCos": EVERYWHERE, "FresnelSin": EVERYWHERE, "Spence": POSITIVE,
}  # fmt: skip
# Reduced from huge angles, or too steep, to be the same anywhere.
ONLY_ORDINARY = {"Tan"}
# bfloat16 is rounded after each step of TensorFlow's formula, and but once here: nearer to the true value.
STEPS_IN_BF16 = {"Elu", "Selu", "Sigmoid", "Softsign", "Atan2"}
# Their answers for 0 and -0 differ, or keep the sign.
SIGNED_ZERO = {"Neg", "Sign", "Sqrt", "Rsqrt", "Sin", "Tanh", "Reciprocal", "Inv", "Ceil", "Floor", "Round", "Rint", "Identity"}



def tolerance_of(op, dtype):
    return 1e-2 if op in STEPS_IN_BF16 and dtype is BF16 else None


for op, (low, high) in UNARY.items():
    function = unary(op)
    for dtype in ALL:
        span = (max(low, -3), max(high, 3)) if not is_float(dtype) else (low, high)
        x = ordinary(dtype, *span)
        if np.dtype(dtype).kind in "iu":
            x = np.append(x, special(dtype))
        elif dtype is not np.bool_ and op not in ONLY_ORDINARY:
            F.case(f"{op} {name_of(dtype)} special values", function, x=special(dtype), if_kernel=True, tolerance=tolerance_of(op, dtype))
        # TensorFlow's kernel answers 0 for every integer, tf.round never calls it.
        refused = op == "Round" and np.dtype(dtype).kind in "iu"
        F.case(f"{op} {name_of(dtype)}", function, x=x, if_kernel=True, refused=refused, tolerance=tolerance_of(op, dtype))
    dtype = {"Invert": np.int32, "PopulationCount": np.int32, "LogicalNot": np.bool_}.get(op, np.float32)
    F.case(
        f"{op} of a scalar, of nothing, of rank 4",
        lambda scalar, nothing, rank4, f=function: [f(scalar), f(nothing), f(rank4)],
        scalar=np.array(1, dtype), nothing=np.zeros([0, 3], dtype),
        rank4=F.random([2, 1, 3, 1], dtype, *((low, high) if dtype is np.float32 else (0, 9))),
    )  # fmt: skip
for op in sorted(SIGNED_ZERO):
    F.case(f"{op} float32 zeros", unary(op), x=np.float32([0.0, -0.0]), signed_zero=True)
for op in ("Identity", "StopGradient", "Snapshot", "ZerosLike"):
    F.case(f"{op} string", unary(op), x=np.array([b"a", b"", "é".encode()], object), if_kernel=True)

ROUNDING = np.array([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997, -0.49999997, 8388609.0, -8388609.0, 1e10, 2.4999998])
for op in ("Round", "Rint", "Floor", "Ceil"):
    for dtype in FLOATS:
        F.case(f"{op} {name_of(dtype)} ties", unary(op), x=np.minimum(ROUNDING, 6e4).astype(dtype), if_kernel=True)
for alpha in (0.0, 0.1, 1.0, 2.0, -0.5):
    F.case(f"LeakyRelu alpha {alpha}", lambda x, a=alpha: raw.LeakyRelu(features=x, alpha=a), x=ordinary(np.float32))
F.case("Tanh float32 small and large", unary("Tanh"), x=np.float32([1e-4, 1e-3, -1e-3, 0.01, 4, 8, 9, 10, -9.5, 50]))
F.case("Sigmoid float32 small and large", unary("Sigmoid"), x=np.float32([-90, -30, -16, -9, 9, 16, 18, 90]))
F.case("Softplus float32 around its thresholds", unary("Softplus"), x=np.float32([-120, -20, -14, -13, 13, 14, 20, 120]))
F.case("Exp float32 around overflow", unary("Exp"), x=np.float32([88.7, 88.8, 89, -87, -80]))
F.case("Erf float32 tails", unary("Erf"), x=np.float32([-4, -3.9, 2.9, 3.5, 3.9, 4.1, 1e-4, -1e-3]))
F.case("Erfc float32 tails", unary("Erfc"), x=np.float32([-4, -2, 2, 3, 4, 5]), tolerance={"rtol": 1e-5, "atol": 1e-7})  # 1 - erf(x), right to 1e-7
F.case("CheckNumerics", lambda x: raw.CheckNumerics(tensor=x, message="checked"), x=ordinary(np.float32))
F.case("CheckNumerics NaN", lambda x: raw.CheckNumerics(tensor=x, message="checked"), x=np.float32([1, NAN]))
F.case("CheckNumerics infinity", lambda x: raw.CheckNumerics(tensor=x, message="checked"), x=np.float32([1, INF]))
F.case("CheckNumericsV2 infinity", lambda x: raw.CheckNumericsV2(tensor=x, message="checked"), x=np.float32([1, -INF]))

COMPOSITES = {
    "gelu": tf.nn.gelu, "gelu approximate": lambda x: tf.nn.gelu(x, approximate=True), "silu": tf.nn.silu, "swish beta": lambda x: tf.nn.silu(x, 1.5),
    "softplus": tf.math.softplus, "log_sigmoid": tf.math.log_sigmoid, "relu6": tf.nn.relu6, "crelu": tf.nn.crelu, "mish": lambda x: x * tf.tanh(tf.math.softplus(x)),
    "hard_sigmoid": lambda x: tf.clip_by_value(x * 0.2 + 0.5, 0.0, 1.0), "logit": lambda x: tf.math.log(tf.math.sigmoid(x) / (1 - tf.math.sigmoid(x))),
    "erfcinv": lambda x: tf.math.erfcinv(tf.math.sigmoid(x)), "sinc": lambda x: tf.math.divide_no_nan(tf.sin(x), x), "cube": lambda x: x**3, "root": lambda x: tf.abs(x) ** 0.5,
    "polyval": lambda x: tf.math.polyval([x, x * 2, x - 1], x), "sigmoid cross entropy": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(x) * 0.3, x),
    "reciprocal_no_nan": tf.math.reciprocal_no_nan, "zero_fraction": tf.math.zero_fraction,
    "logaddexp": lambda x: tf.maximum(x, 1.0) + tf.math.log1p(tf.exp(-tf.abs(x - 1.0))), "atan2 of parts": lambda x: tf.atan2(x[:, :2], x[:, 2:4]),
}  # fmt: skip
for title, function in COMPOSITES.items():
    F.case(f"composite {title}", lambda x, f=function: f(x), x=F.random([2, 5], np.float32))

# --- two inputs

ARITHMETIC = ["Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference"]
DIVISION = ["Div", "RealDiv", "FloorDiv", "TruncateDiv", "FloorMod", "TruncateMod", "Mod"]
NO_NAN = ["DivNoNan", "MulNoNan", "Xdivy", "Xlogy", "Xlog1py"]
COMPARISON = ["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "ApproximateEqual"]
LOGICAL = ["LogicalAnd", "LogicalOr"]
BITS = ["BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift"]
OTHER = ["Atan2", "NextAfter", "Pow"]


def binary(op):
    function = getattr(raw, op)
    if op == "NextAfter":
        return lambda x, y: function(x1=x, x2=y)
    return lambda x, y: function(x=x, y=y)


def pairs(dtype, nonzero=False):
    """Every pair of a few values, both signs where there are any."""
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return np.array([False, False, True, True]), np.array([False, True, False, True])
    values = np.array([7, -7, 6, -6, 2, -2, 1, 3] if dtype.kind != "u" else [7, 6, 2, 1, 3, 200])
    if dtype.kind not in "iu":
        values = np.array([7.5, -7.5, 6, -6, 2, -2, 0.3, 1])
    if not nonzero:
        values = np.append(values, 0)
    x, y = np.meshgrid(values, values)
    return x.ravel().astype(dtype), y.ravel().astype(dtype)


def special_pairs(dtype):
    dtype = np.dtype(dtype)
    values = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.5, -3.0])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = np.array([info.min, info.max, 1, 0, info.max // 3], dtype)
    x, y = np.meshgrid(values, values)
    return x.ravel().astype(dtype), y.ravel().astype(dtype)


for op in ARITHMETIC + DIVISION + NO_NAN + COMPARISON + LOGICAL + BITS + OTHER:
    for dtype in ALL:
        if op == "Pow" and not is_float(dtype) or op.endswith("Shift"):
            continue
        nonzero = op in DIVISION and not is_float(dtype)
        x, y = pairs(dtype, nonzero)
        if np.dtype(dtype).kind in "iu":
            ends = special_pairs(dtype)
            kept = (ends[1] != 0) | (not nonzero)
            x, y = np.append(x, ends[0][kept]), np.append(y, ends[1][kept])
        elif dtype is not np.bool_:
            specials = special_pairs(dtype)
            F.case(f"{op} {name_of(dtype)} special values", binary(op), x=specials[0], y=specials[1], if_kernel=True)
        F.case(f"{op} {name_of(dtype)}", binary(op), x=x, y=y, if_kernel=True, tolerance=tolerance_of(op, dtype))

FEW_SHAPES = [([2, 1], [1, 3]), ([2, 3], []), ([0, 3], [1, 3])]
ALL_SHAPES = FEW_SHAPES + [
    ([2, 3], [3]), ([], [2, 3]), ([], []), ([1], [0]), ([2, 1, 3], [4, 1]), ([1, 1, 1], [2, 2]), ([2, 1, 2, 1, 2], [2, 1, 3, 1]),
]  # fmt: skip
ALL_BROADCASTS = ["AddV2", "FloorDiv", "FloorMod", "Equal", "Pow", "Maximum", "DivNoNan", "LogicalAnd", "SquaredDifference", "Xlogy"]
for op in ARITHMETIC + DIVISION + NO_NAN + COMPARISON[:-1] + LOGICAL + BITS + OTHER:
    dtype = np.bool_ if op in LOGICAL else np.int32 if op in BITS + DIVISION and op != "RealDiv" else np.float32
    shapes = ALL_SHAPES if op in ALL_BROADCASTS else FEW_SHAPES
    lefts = {f"x{index}": F.random(left, dtype, -5, 6) for index, (left, _) in enumerate(shapes)}
    rights = {f"y{index}": F.random(right, dtype, 1, 6, seed=1) for index, (_, right) in enumerate(shapes)}
    F.case(
        f"{op} broadcasts",
        lambda f=binary(op), n=len(shapes), **inputs: [f(inputs[f"x{index}"], inputs[f"y{index}"]) for index in range(n)],
        **lefts, **rights,
    )  # fmt: skip
    x, y = F.random([2, 3], dtype, -5, 6), F.random([2], dtype, 1, 6)
    F.case(f"{op} shapes that do not fit", binary(op), x=x, y=y, dynamic="only")
for op in ("Equal", "NotEqual"):
    F.case(
        f"{op} shapes that do not fit, allowed", lambda x, y, op=op: getattr(raw, op)(x=x, y=y, incompatible_shape_error=False),
        x=np.float32([1, 2]), y=np.float32([1, 2, 3]), dynamic=False,  # at run time it is an error
    )  # fmt: skip
    F.case(f"{op} strings", binary(op), x=np.array([b"a", b"", b"\xff"], object), y=np.array([b"a", b"b", b"\xff"], object))
F.case("Add strings", binary("Add"), x=np.array([b"a", b""], object), y=np.array([b"b"], object))
F.case("ApproximateEqual tolerance", lambda x, y: raw.ApproximateEqual(x=x, y=y, tolerance=0.5), x=np.float32([1, 1, 1, NAN]), y=np.float32([1.4, 1.5, 1.6, NAN]))

for op in DIVISION:
    for dtype in SIGNED:
        F.case(f"{op} {name_of(dtype)} by zero", binary(op), x=np.array([7, -7, 0], dtype), y=np.array([2, 0, 0], dtype), if_kernel=True)
        if dtype in (np.int32, np.int64):
            F.case(f"{op} {name_of(dtype)} by a zero constant", binary(op), x=np.array([7, -7], dtype), y=F.const(np.array(0, dtype)), if_kernel=True)
            F.case(f"{op} {name_of(dtype)} nothing by zero", binary(op), x=np.zeros([0], dtype), y=F.const(np.array(0, dtype)), if_kernel=True)
        least = np.full([9], np.iinfo(dtype).min, dtype)
        F.case(f"{op} {name_of(dtype)} least by -1", binary(op), x=least, y=np.array([-1], dtype), if_kernel=True)
    for dtype in UNSIGNED:
        F.case(f"{op} {name_of(dtype)} by zero", binary(op), x=np.array([7, 0], dtype), y=np.array([0, 2], dtype), if_kernel=True)
    F.case(f"{op} int64 beyond 2^53", binary(op), x=np.int64([2**60 + 7, -(2**60) - 7]), y=np.int64([3, 3]), if_kernel=True)
    F.case(f"{op} float32 near integers", binary(op), x=np.float32([0.6, -0.6, 1e7, 5.1, -5.1]), y=np.float32([0.2, 0.2, 0.1, -1.7, 1.7]))
    F.case(f"{op} float64 by a constant", binary(op), x=np.float64([-7.5, 7.5, 3]), y=F.const(np.float64(-2)))
for op in ARITHMETIC[:4] + ["Equal", "Less", "FloorDiv", "FloorMod"]:
    F.case(f"{op} int64 beyond 2^53, unlike", binary(op), x=np.int64([2**53 + 1, -(2**62)]), y=np.int64([2**53, 3]))

# Numbers whose upper halves are the same: their lower halves have to be compared without a sign.
HALVES = np.int64([3000000000, 5, -3000000000, -5, 2**33 + 1, 2**33 + 2**31, 2**32 - 1, -(2**32), 0, 2**63 - 1, -(2**63)])
for op in ("Maximum", "Minimum", "Less", "GreaterEqual", "FloorDiv", "FloorMod", "TruncateDiv", "TruncateMod"):
    x, y = np.meshgrid(HALVES, HALVES[HALVES != 0])
    F.case(f"{op} int64 by halves", binary(op), x=x.ravel(), y=y.ravel())
for op in ("Sign", "Abs", "Relu", "Relu6", "Square", "Neg"):
    F.case(f"{op} int64 by halves", unary(op), x=HALVES)
F.case("ClipByValue int64 by halves", lambda x: raw.ClipByValue(t=x, clip_value_min=np.int64(1), clip_value_max=np.int64(2**33)), x=HALVES)
F.case("RightShift int64 by halves", binary("RightShift"), x=HALVES, y=HALVES[::-1].copy())
for dtype in (np.int32, np.int64):
    F.case(f"FloorDiv {name_of(dtype)} by a constant", lambda x: [raw.FloorDiv(x=x, y=np.array(by, x.dtype.as_numpy_dtype)) for by in (2, 3, -2, -1, 1)], x=np.append(np.arange(-7, 8), [np.iinfo(dtype).min + 1, np.iinfo(dtype).max]).astype(dtype))

for dtype in SIGNED + UNSIGNED:
    exponents = np.array([0, 1, 2, 3, 4], dtype)
    F.case(f"Pow {name_of(dtype)}", binary("Pow"), x=np.array([[0], [1], [2], [3]], dtype), y=exponents, if_kernel=True)
for dtype in SIGNED:
    F.case(f"Pow {name_of(dtype)} negative base", binary("Pow"), x=np.array([[-1], [-2], [-3]], dtype), y=np.array([0, 1, 2, 3], dtype), if_kernel=True)
    F.case(f"Pow {name_of(dtype)} negative exponent", binary("Pow"), x=np.array([2, 1], dtype), y=np.array([1, -1], dtype), if_kernel=True)
    F.case(f"Pow {name_of(dtype)} negative constant exponent", binary("Pow"), x=np.array([2, 1], dtype), y=F.const(np.array(-1, dtype)), if_kernel=True)
    F.case(f"Pow {name_of(dtype)} overflow", binary("Pow"), x=np.array([7, -7, 10], dtype), y=np.array([25, 25, 30], dtype), if_kernel=True)
for exponent in (2.0, 3.0, 0.5, -1.0, 0.0, 1.0):
    F.case(f"Pow float32 by the constant {exponent}", binary("Pow"), x=np.float32([-2, -0.5, 0, 0.5, 3, NAN, INF, -INF]), y=F.const(np.float32(exponent)))

for op in ("LeftShift", "RightShift"):
    for dtype in INTS:
        bits = np.iinfo(dtype).bits
        x, y = np.meshgrid(np.array([1, 5, np.iinfo(dtype).max, np.iinfo(dtype).min], dtype), np.array([0, 1, 3, bits - 1], dtype))
        F.case(f"{op} {name_of(dtype)}", binary(op), x=x, y=y, if_kernel=True)
        F.case(f"{op} {name_of(dtype)} by its width and more", binary(op), x=np.array([1, 5, np.iinfo(dtype).max], dtype), y=np.array([bits, bits + 1, 100], dtype), if_kernel=True)
    for dtype in SIGNED:
        F.case(f"{op} {name_of(dtype)} by negative numbers", binary(op), x=np.array([1, 5, -9], dtype), y=np.array([-1, -3, -100], dtype), if_kernel=True)

# --- more inputs

for dtype in ALL:
    x = F.random([2, 3], dtype, 0, 9)
    F.case(f"AddN {name_of(dtype)}", lambda a, b, c: raw.AddN(inputs=[a, b, c]), a=x, b=x, c=x, if_kernel=True)
    F.case(f"Select {name_of(dtype)}", lambda c, x, y: raw.Select(condition=c, x=x, y=y), c=F.random([2, 3], np.bool_), x=x, y=F.random([2, 3], dtype, 9, 20), if_kernel=True)
    F.case(f"SelectV2 {name_of(dtype)}", lambda c, x, y: raw.SelectV2(condition=c, t=x, e=y), c=F.random([3], np.bool_), x=x, y=F.random([2, 1], dtype, 9, 20), if_kernel=True)
    if dtype is not np.bool_:
        F.case(
            f"ClipByValue {name_of(dtype)}", lambda x, low, high: raw.ClipByValue(t=x, clip_value_min=low, clip_value_max=high),
            x=ordinary(dtype), low=np.array(1, dtype), high=np.array(2, dtype), if_kernel=True,
        )  # fmt: skip
F.case("AddN of one", lambda a: raw.AddN(inputs=[a]), a=np.float32([1, 2]))
F.case("AddN of nothing", lambda a, b: raw.AddN(inputs=[a, b]), a=np.zeros([0], np.float32), b=np.zeros([0], np.float32))
F.case("AccumulateNV2", lambda a, b: tf.math.accumulate_n([a, b]), a=np.float32([1, 2]), b=np.float32([3, 4]), dynamic=False)
F.case("AddN of shapes that do not fit", lambda a, b: raw.AddN(inputs=[a, b]), a=np.float32([1]), b=np.float32([3, 4]), dynamic="only")
strings = np.array([b"a", b"b"], object)
for op, (left, right) in {"Select": ("x", "y"), "SelectV2": ("t", "e")}.items():
    function = getattr(raw, op)

    def choose(c, x, y, f=function, left=left, right=right):
        return f(condition=c, **{left: x, right: y})

    F.case(f"{op} scalar condition", choose, c=np.bool_(True), x=np.float32([[1, 2]]), y=np.float32([[3, 4]]))
    F.case(f"{op} scalars", choose, c=np.bool_(False), x=np.float32(1), y=np.float32(2))
    F.case(f"{op} constant condition", choose, c=F.const([True, False]), x=np.float32([1, 2]), y=np.float32([3, 4]))
    F.case(f"{op} strings", choose, c=np.array([True, False]), x=strings, y=strings[::-1].copy())
    F.case(f"{op} of nothing", choose, c=np.zeros([0], np.bool_), x=np.zeros([0], np.float32), y=np.zeros([0], np.float32))
    F.case(f"{op} keeps NaN and infinity out", choose, c=np.array([True, False]), x=np.float32([1, NAN]), y=np.float32([INF, 2]))
F.case("Select condition by row", lambda c, x, y: raw.Select(condition=c, x=x, y=y), c=np.array([True, False]), x=F.random([2, 3]), y=F.random([2, 3], seed=1))
F.case("Select condition by row, square", lambda c, x, y: raw.Select(condition=c, x=x, y=y), c=np.array([True, False]), x=F.random([2, 2]), y=F.random([2, 2], seed=1))
F.case("Select condition by row, rank 4", lambda c, x, y: raw.Select(condition=c, x=x, y=y), c=np.array([False, True]), x=F.random([2, 1, 2, 2]), y=F.random([2, 1, 2, 2], seed=1))
F.case("Select does not broadcast", lambda c, x, y: raw.Select(condition=c, x=x, y=y), c=np.array([True, False]), x=F.random([2, 1]), y=F.random([2, 3]), dynamic="only")
F.case("SelectV2 does not know rows", lambda c, x, y: raw.SelectV2(condition=c, t=x, e=y), c=np.array([True, False]), x=F.random([2, 2]), y=F.random([2, 2], seed=1))
F.case("SelectV2 shapes that do not fit", lambda c, x, y: raw.SelectV2(condition=c, t=x, e=y), c=np.array([True, False]), x=F.random([3]), y=F.random([3]), dynamic="only")
F.case("SelectV2 three ranks", lambda c, x, y: raw.SelectV2(condition=c, t=x, e=y), c=F.random([2, 1, 1], np.bool_), x=F.random([3, 1]), y=F.random([4]))
for title, (low, high) in {"floats": (-1, 1), "crossed bounds": (1, -1), "NaN bounds": (NAN, 1), "infinite bounds": (-INF, INF)}.items():
    F.case(
        f"ClipByValue float32 {title}", lambda x, low, high: raw.ClipByValue(t=x, clip_value_min=low, clip_value_max=high),
        x=special(np.float32), low=np.float32(low), high=np.float32(high),
    )  # fmt: skip
    F.case(f"clip_by_value {title}", lambda x, low=low, high=high: tf.clip_by_value(x, low, high), x=special(np.float32))
F.case("ClipByValue bounds by element", lambda x, low: raw.ClipByValue(t=x, clip_value_min=low, clip_value_max=np.float32([[1], [2]])), x=F.random([2, 3]), low=F.random([2, 3], low=-1, high=0), dynamic=False, if_kernel=True)
for op, names in {"Betainc": ("a", "b", "x"), "Igamma": ("a", "x"), "Igammac": ("a", "x"), "Zeta": ("x", "q"), "Polygamma": ("a", "x")}.items():
    arrays = {key: F.random([4], np.float32, *((0.1, 0.9) if op == "Betainc" else (1.1, 4)), seed=index) for index, key in enumerate(names)}
    arrays |= {"a": np.float32([1, 2, 0, 3])} if op == "Polygamma" else {}
    F.case(op, lambda op=op, **inputs: getattr(raw, op)(**inputs), **arrays, tolerance=1e-4)

# --- checks in the bodies of loops, which have no outputs for them

for op in ("FloorDiv", "FloorMod", "TruncateDiv"):

    def repeated(x, y, op=op):
        return tf.while_loop(lambda i, _: i < 2, lambda i, value: (i + 1, binary(op)(value, y)), [0, x])[1]

    F.case(f"{op} in a loop", repeated, x=np.int32([7, -8, -(2**31)]), y=np.int32([2, -3, -1]))
    F.case(f"{op} by zero in a loop", repeated, x=np.int32([7, 8]), y=np.int32([2, 0]))
    F.case(f"{op} of nothing in a loop", repeated, x=np.zeros([0], np.int32), y=np.int32(0))

# --- arithmetic on shapes: what folds while a graph is converted

SHAPE_BINARY = {
    "AddV2": 1, "Add": 1, "Sub": 5, "Mul": 3, "FloorDiv": -2, "TruncateDiv": -2, "FloorMod": -2, "TruncateMod": -2, "RealDiv": 2, "Maximum": 3,
    "Minimum": 3, "Pow": 2, "SquaredDifference": 4, "Equal": 3, "NotEqual": 3, "Less": 3, "LessEqual": 3, "Greater": 3, "GreaterEqual": 3,
    "BitwiseAnd": 3, "LeftShift": 1, "RightShift": 1,
}  # fmt: skip
for out in (tf.int32, tf.int64):
    for op, other in SHAPE_BINARY.items():
        F.case(
            f"{op} of an {out.name} shape", lambda x, op=op, other=other, out=out: binary(op)(raw.Shape(input=x, out_type=out), tf.constant(other, out)),
            x=np.zeros([2, 3, 5], np.float32), if_kernel=True,
        )  # fmt: skip
    for op in ("Neg", "Abs", "Sign", "Square", "Invert", "OnesLike", "ZerosLike"):
        F.case(
            f"{op} of an {out.name} shape", lambda x, op=op, out=out: unary(op)(raw.Sub(x=raw.Shape(input=x, out_type=out), y=tf.constant(3, out))),
            x=np.zeros([2, 3, 5], np.float32),
        )  # fmt: skip
    for target in (tf.int32, tf.int64, tf.float32, tf.bool, tf.uint8):
        F.case(f"Cast of an {out.name} shape to {target.name}", lambda x, out=out, target=target: raw.Cast(x=raw.Shape(input=x, out_type=out), DstT=target), x=np.zeros([2, 300], np.float32))
    F.case(
        f"SelectV2 of an {out.name} shape", lambda x, out=out: raw.SelectV2(condition=raw.Shape(input=x, out_type=out) > 2, t=raw.Shape(input=x, out_type=out), e=tf.constant(-1, out)),
        x=np.zeros([2, 3], np.float32),
    )  # fmt: skip
F.case("FloorDiv of a shape by zero", lambda x: raw.FloorDiv(x=raw.Shape(input=x), y=0), x=np.zeros([2, 3], np.float32))
F.case("Mul of a shape overflows", lambda x: raw.Mul(x=raw.Shape(input=x), y=2**30), x=np.zeros([2, 3], np.float32))
for op in ("FloorDiv", "FloorMod", "TruncateDiv", "TruncateMod", "Sub", "Pow", "Maximum"):
    F.case(
        f"{op} of constants", lambda x, op=op: x + binary(op)(tf.constant([-7, 7, -8, 9]), tf.constant([2, 2, 3, 3])), x=np.int32([0, 1, 2, 3]),
    )  # fmt: skip

# --- what the converter refuses

SPECIAL_FUNCTIONS = [op for op in UNARY if op.startswith("Bessel")] + [
    "Betainc", "Dawsn", "Digamma", "Erfinv", "Expint", "FresnelCos", "FresnelSin", "Igamma", "Igammac", "Lgamma", "Ndtri", "Polygamma", "Spence", "Zeta",
]  # fmt: skip
F.refuse("no ONNX operator, no short composition", *(f"{op}*" for op in SPECIAL_FUNCTIONS), "PopulationCount*", "NextAfter*", "composite erfcinv")
F.refuse(
    "ONNX Runtime computes it in float32 only",
    *(f"{op} float64*" for op in ("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "Cosh", "Erf", "Erfc", "Sinh")),
)
F.refuse("the guards against 0 are in 64 bits with a sign", *(f"{op} uint64" for op in ("Div", "FloorDiv", "FloorMod", "TruncateDiv")))
F.refuse("ONNX Runtime computes powers in floating point", "Pow int?", "Pow int??", "Pow int* negative base", "Pow int* overflow", "Pow of constants")
