"""Ops that belong to no large family: quantization's rounding, calls of functions, variables and their like."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("misc")
raw = tf.raw_ops
INF, NAN = np.inf, np.nan

# --- FakeQuant

X = np.float32([-100, -6, -3.01, -1, -0.5, -0.0, 0, 1e-3, 0.0117, 0.0118, 0.5, 1, 2.5, 6, 100, INF, -INF, NAN])
STEPS = np.float32(np.arange(-20, 20) * np.float32(0.05))
RANGES = ((-6, 6), (0, 6), (-3, 0), (-0.1, 5.9), (1, 3), (-5, -2), (-1.3, 2.9), (-1e-3, 1e3), (0.1, 0.2), (-127.5, 127.5))
KINDS = tuple((bits, narrow) for bits in (8, 2, 4, 16) for narrow in (False, True))


def args(low, high, **attributes):
    return lambda x: raw.FakeQuantWithMinMaxArgs(inputs=x, min=low, max=high, **attributes)


def by_variables(op, **attributes):
    return lambda x, low, high: op(inputs=x, min=low, max=high, **attributes)


F.case("FakeQuantWithMinMaxArgs", lambda x: raw.FakeQuantWithMinMaxArgs(inputs=x), x=X)
F.case("FakeQuantWithMinMaxVars, no range", by_variables(raw.FakeQuantWithMinMaxVars), x=X, low=np.float32(0), high=np.float32(0))
for low, high in RANGES:
    for bits, narrow in KINDS if (low, high) == (-1.3, 2.9) else KINDS[:2]:
        title = f"{low} to {high}, {bits} bits{', narrow' if narrow else ''}"
        options = {"num_bits": bits, "narrow_range": narrow}
        x = np.concatenate([X, STEPS, STEPS * np.float32(high - low)])
        F.case(f"FakeQuantWithMinMaxArgs {title}", args(low, high, **options), x=x, tolerance={"rtol": 0, "atol": 0})
        F.case(
            f"FakeQuantWithMinMaxVars {title}", by_variables(raw.FakeQuantWithMinMaxVars, **options),
            x=x, low=F.const(np.float32(low)), high=F.const(np.float32(high)), tolerance={"rtol": 0, "atol": 0},
        )  # fmt: skip
F.case("FakeQuantWithMinMaxVars of inputs", by_variables(raw.FakeQuantWithMinMaxVars), x=F.random([2, 3]), low=np.float32(-1), high=np.float32(2))
F.case("FakeQuantWithMinMaxVars of nothing", by_variables(raw.FakeQuantWithMinMaxVars), x=F.random([0, 3]), low=np.float32(-1), high=np.float32(2))
F.case("FakeQuantWithMinMaxVars turned round", by_variables(raw.FakeQuantWithMinMaxVars), x=F.random([2, 3]), low=np.float32(2), high=np.float32(-1))
LOWS, HIGHS = np.float32([low for low, _ in RANGES]), np.float32([high for _, high in RANGES])
for shape in ([10], [3, 10], [2, 3, 10], [2, 1, 2, 10], [0, 10]):
    for bits, narrow in KINDS[:3]:
        F.case(
            f"FakeQuantWithMinMaxVarsPerChannel {shape} {bits} {narrow}",
            by_variables(raw.FakeQuantWithMinMaxVarsPerChannel, num_bits=bits, narrow_range=narrow),
            x=F.random(shape, low=-9, high=9), low=F.const(LOWS), high=F.const(HIGHS), tolerance={"rtol": 0, "atol": 0},
            dynamic={"x": [None] * (len(shape) - 1) + [10]},
        )  # fmt: skip
F.case(
    "FakeQuantWithMinMaxVarsPerChannel, no range", by_variables(raw.FakeQuantWithMinMaxVarsPerChannel),
    x=F.random([4, 2]), low=np.float32([0, -1]), high=np.float32([0, 1]), dynamic=False,
)  # fmt: skip
F.case(
    "FakeQuantWithMinMaxVarsPerChannel of unknown sizes", by_variables(raw.FakeQuantWithMinMaxVarsPerChannel),
    x=F.random([4, 2]), low=np.float32([-2, -1]), high=np.float32([2, 1]), dynamic="only", refused=True,
)  # fmt: skip

# --- Functions by their raw ops


def traced(function, x):
    return tf.function(function).get_concrete_function(tf.TensorSpec(x.shape, x.dtype))


for op in (raw.PartitionedCall, raw.StatefulPartitionedCall):
    F.case(
        op.__name__,
        lambda x: op(args=[x], Tout=[x.dtype, tf.int32], f=traced(lambda y: (y * 2.0, tf.size(y)), x)),
        x=F.random([2, 3]),
    )
for index in (-1, 0, 1, 2):
    F.case(
        f"Case {index}",
        lambda index, x: raw.Case(
            branch_index=index, input=[x], Tout=[x.dtype], branches=[traced(one, x) for one in (tf.abs, tf.negative)]
        ),
        index=np.int32(index), x=F.random([3]),
    )  # fmt: skip

# --- CheckNumericsV2

for dtype in (np.float16, np.float32, np.float64):
    F.case(f"CheckNumericsV2 {dtype.__name__}", lambda x: raw.CheckNumericsV2(tensor=x, message="bad"), x=F.random([2, 3], dtype))
    for bad in (NAN, INF, -INF):
        F.case(f"CheckNumericsV2 {dtype.__name__} {bad}", lambda x: raw.CheckNumericsV2(tensor=x, message="bad"), x=np.array([1, bad], dtype))

# --- Variables

F.case("VarIsInitializedOp", lambda x, v: (raw.VarIsInitializedOp(resource=v.handle), x + v), x=F.random([2]), variables={"v": np.float32([1, 2])})


F.case("VariableV2", lambda x, v: x + v, x=F.random([2]), variables={"v": np.float32([1, 2])}, legacy=True)

# --- TensorArrayCloseV3


def closed(x):
    array = tf.compat.v1.TensorArray(tf.float32, 3).unstack(x)
    total = array.stack() * 2.0
    with tf.control_dependencies([total]):
        close = array.close()
    with tf.control_dependencies([close]):
        return tf.identity(total)


F.case("TensorArrayCloseV3", closed, x=F.random([3, 2]), legacy=True)
