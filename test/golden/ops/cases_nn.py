"""Convolutions, poolings, normalizations and losses."""

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops

from kit import family

F = family("nn")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf
BF16 = tf.bfloat16.as_numpy_dtype


def case(name, function, *, dynamic=None, **options):
    """A case whose second graph knows the channels, as every export of a layer does."""
    known = {key: [None] * (value.ndim - 1) + [value.shape[-1]] for key, value in options.items() if key == "x"}
    F.case(name, function, dynamic=known if dynamic is None else dynamic if isinstance(dynamic, (bool, str)) else {**known, **dynamic}, **options)


def name_of(dtype):
    return np.dtype(dtype).name


def title(strides, dilations, padding):
    shown = padding if isinstance(padding, str) else f"EXPLICIT {padding}".replace(" ", "")
    return f"strides {strides} dilations {dilations} {shown}".replace(", ", ",")


def spread(entries):
    return [1, *entries, 1]


def explicit(padding):
    """Attributes for SAME, VALID or the pairs of the spatial dimensions."""
    if isinstance(padding, str):
        return {"padding": padding}
    return {"padding": "EXPLICIT", "explicit_paddings": [0, 0, *[one for pair in padding for one in pair], 0, 0]}


def conv2d(strides=(1, 1), padding="SAME", dilations=(1, 1)):
    attributes = {"strides": spread(strides), "dilations": spread(dilations), **explicit(padding)}
    return lambda x, filter: raw.Conv2D(input=x, filter=filter, **attributes)


def depthwise(strides=(1, 1), padding="SAME", dilations=(1, 1)):
    attributes = {"strides": spread(strides), "dilations": spread(dilations), **explicit(padding)}
    return lambda x, filter: raw.DepthwiseConv2dNative(input=x, filter=filter, **attributes)


def conv3d(strides=(1, 1, 1), padding="SAME", dilations=(1, 1, 1)):
    attributes = {"strides": spread(strides), "dilations": spread(dilations), "padding": padding}
    return lambda x, filter: raw.Conv3D(input=x, filter=filter, **attributes)


PADDINGS = ["SAME", "VALID", ((1, 2), (0, 3))]
STEPS = [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((1, 2), (1, 1)), ((3, 2), (1, 1)), ((1, 1), (2, 2)), ((1, 1), (1, 3)), ((2, 2), (2, 1))]

# --- Conv2D

for padding in PADDINGS:
    for strides, dilations in STEPS:
        case(
            f"Conv2D {title(strides, dilations, padding)}", conv2d(strides, padding, dilations),
            refused=padding == "SAME" and dilations == (2, 1) and "dynamic",
            x=F.random([2, 7, 8, 2]), filter=F.const(F.random([3, 2, 2, 3])),
        )  # fmt: skip
    case(f"Conv2D groups {padding}", conv2d((1, 2), padding), x=F.random([1, 5, 6, 4]), filter=F.const(F.random([2, 3, 2, 6])))
    case(f"Conv2D filter as input {padding}", conv2d((2, 1), padding), dynamic={"filter": [2, 3, 2, 3]}, x=F.random([1, 5, 6, 2]), filter=F.random([2, 3, 2, 3]))
for height in (1, 2, 3, 4, 5):  # every remainder of the stride, sizes smaller than the kernel
    case(
        f"Conv2D SAME height {height}", lambda x, filter: {f"stride{one}": conv2d((one, one))(x, filter) for one in (1, 2, 3)},
        x=F.random([1, height, 6 - height, 1]), filter=F.const(F.random([3, 4, 1, 2])),
    )  # fmt: skip
    case(f"Conv2D SAME height {height} stride 4", conv2d((4, 4)), refused="dynamic", x=F.random([1, height, 6 - height, 1]), filter=F.const(F.random([3, 4, 1, 2])))
case("Conv2D 1x1 strides larger than the kernel", lambda x, filter: {p: conv2d((3, 2), p)(x, filter) for p in ("SAME", "VALID")}, x=F.random([1, 5, 5, 2]), filter=F.const(F.random([1, 1, 2, 3])))
case("Conv2D batch 0", conv2d(), x=F.random([0, 4, 4, 2]), filter=F.const(F.random([3, 3, 2, 3])))
case("Conv2D VALID kernel larger than the picture", conv2d(padding="VALID"), dynamic="only", x=F.random([1, 2, 2, 1]), filter=F.const(F.random([5, 5, 1, 1])))
case("Conv2D channels that do not fit", conv2d(), dynamic={"x": [None, None, None, None]}, x=F.random([1, 4, 4, 3]), filter=F.const(F.random([3, 3, 2, 2])))
case("Conv2D channels unknown", conv2d(), dynamic="only", refused="dynamic", x=F.random([1, 4, 4, 2]), filter=F.const(F.random([3, 3, 2, 2])))
case("Conv2D filter of unknown sizes", conv2d(), dynamic="only", refused="dynamic", x=F.random([1, 4, 4, 2]), filter=F.random([3, 3, 2, 2]))
for dtype in (np.float16, BF16, np.float64, np.int32):
    is_refused = dtype in (np.float64, np.int32)
    x, filter = F.random([1, 4, 4, 2], dtype, -1, 2), F.const(F.random([3, 3, 2, 3], dtype, -1, 2))
    tolerance = {"rtol": 1e-2, "atol": 1e-2} if dtype is BF16 else None  # TensorFlow rounds partial sums
    case(f"Conv2D {name_of(dtype)}", conv2d((2, 1)), refused=is_refused, tolerance=tolerance, if_kernel=True, x=x, filter=filter)
case("Conv2D infinity and NaN", conv2d(padding="VALID"), x=np.float32([1, INF, 2, NAN, 3, 4, 5, 6, 7]).reshape(1, 3, 3, 1), filter=F.const(np.ones([2, 2, 1, 1], np.float32)))

# --- Conv, the op with any number of spatial dimensions

for padding in ("SAME", "VALID", "EXPLICIT"):
    pairs = {"explicit_paddings": [0, 0, 1, 2, 0, 1, 0, 0]} if padding == "EXPLICIT" else {}
    case(
        f"Conv of rank 4 {padding}",
        lambda x, filter, padding=padding, pairs=pairs: raw.Conv(input=x, filter=filter, strides=[1, 2, 1, 1], padding=padding, data_format="CHANNELS_LAST", **pairs),
        x=F.random([1, 5, 6, 2]), filter=F.const(F.random([3, 2, 2, 3])),
    )  # fmt: skip
case(
    "Conv of rank 5", lambda x, filter: raw.Conv(input=x, filter=filter, strides=[1, 1, 2, 1, 1], padding="SAME", dilations=[1, 1, 1, 1, 1]),
    x=F.random([1, 3, 4, 3, 2]), filter=F.const(F.random([2, 2, 3, 2, 2])),
)  # fmt: skip

# --- DepthwiseConv2dNative

for padding in PADDINGS:
    for strides, dilations in [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((1, 1), (2, 2)), ((1, 1), (2, 1))]:
        case(
            f"DepthwiseConv2dNative {title(strides, dilations, padding)}", depthwise(strides, padding, dilations),
            x=F.random([2, 6, 7, 3]), filter=F.const(F.random([3, 2, 3, 2])), tolerance={"rtol": 1e-5, "atol": 5e-6},
        )  # fmt: skip
case("DepthwiseConv2dNative of one channel", depthwise(), x=F.random([1, 4, 4, 1]), filter=F.const(F.random([3, 3, 1, 4])))
case("DepthwiseConv2dNative multiplier 1", depthwise((2, 2)), x=F.random([1, 5, 4, 5]), filter=F.const(F.random([3, 3, 5, 1])))
case("DepthwiseConv2dNative filter as input", depthwise(), dynamic={"filter": [3, 3, 2, 2]}, x=F.random([1, 5, 4, 2]), filter=F.random([3, 3, 2, 2]))
case("DepthwiseConv2dNative batch 0", depthwise(), x=F.random([0, 5, 4, 2]), filter=F.const(F.random([3, 3, 2, 2])))
for dtype in (np.float16, BF16, np.float64):
    x, filter = F.random([1, 4, 4, 2], dtype, -1, 2), F.const(F.random([3, 3, 2, 2], dtype, -1, 2))
    tolerance = {"rtol": 2e-2, "atol": 2e-2} if dtype is BF16 else {"rtol": 3e-3, "atol": 3e-3} if dtype is np.float16 else None
    case(f"DepthwiseConv2dNative {name_of(dtype)}", depthwise(), refused=dtype is np.float64, tolerance=tolerance, x=x, filter=filter)

# --- Conv3D

for padding in ("SAME", "VALID"):
    for strides in [(1, 1, 1), (2, 2, 2), (1, 2, 3)]:
        case(f"Conv3D strides {strides} {padding}".replace(", ", ","), conv3d(strides, padding), x=F.random([2, 4, 5, 6, 2]), filter=F.const(F.random([2, 3, 3, 2, 2])))
    case(f"Conv3D dilations {padding}", conv3d((1, 1, 1), padding, (1, 2, 2)), x=F.random([1, 4, 5, 6, 1]), filter=F.const(F.random([2, 3, 3, 1, 2])))
case("Conv3D groups", conv3d(), x=F.random([1, 3, 3, 3, 4]), filter=F.const(F.random([2, 2, 2, 2, 4])))
case("Conv3D float16", conv3d(), x=F.random([1, 3, 3, 3, 2], np.float16), filter=F.const(F.random([2, 2, 2, 2, 2], np.float16)), tolerance={"rtol": 1e-2, "atol": 2e-2})

# --- transposed convolutions


def backprop2d(strides=(1, 1), padding="SAME", dilations=(1, 1)):
    attributes = {"strides": spread(strides), "dilations": spread(dilations), **explicit(padding)}
    return lambda sizes, filter, x: raw.Conv2DBackpropInput(input_sizes=sizes, filter=filter, out_backprop=x, **attributes)


def backprop3d(strides, padding, dilations=(1, 1, 1)):
    return lambda sizes, filter, x: raw.Conv3DBackpropInputV2(
        input_sizes=sizes, filter=filter, out_backprop=x, strides=spread(strides), padding=padding, dilations=spread(dilations))


def forward(size, kernel, stride, dilation, padding):
    """Size of what a convolution makes of `size`."""
    reach = (kernel - 1) * dilation + 1
    if padding == "SAME":
        return -(-size // stride)
    return (size + (0 if padding == "VALID" else sum(padding)) - reach) // stride + 1


for padding in PADDINGS:
    for strides, dilations in [((1, 1), (1, 1)), ((2, 2), (1, 1)), ((3, 2), (1, 1)), ((4, 4), (1, 1)), ((1, 1), (2, 2))]:
        for height, width in ((6, 8), (7, 9)):
            pads = [padding] * 2 if isinstance(padding, str) else padding
            small = [forward(height, 3, strides[0], dilations[0], pads[0]), forward(width, 2, strides[1], dilations[1], pads[1])]
            x, filter = F.random([2, *small, 3]), F.const(F.random([3, 2, 2, 3]))
            name = f"Conv2DBackpropInput {height}x{width} {title(strides, dilations, padding)}"
            case(name, backprop2d(strides, padding, dilations), sizes=F.const(np.int32([2, height, width, 2])), x=x, filter=filter)
    case(
        f"Conv2DBackpropInput sizes as input {padding}", backprop2d((2, 2), padding),
        sizes=np.int32([1, 6, 6, 2]), filter=F.const(F.random([3, 2, 2, 3])),
        x=F.random([1, forward(6, 3, 2, 1, pads[0] if not isinstance(padding, str) else padding), forward(6, 2, 2, 1, pads[1] if not isinstance(padding, str) else padding), 3]),
    )  # fmt: skip
case("Conv2DBackpropInput size from the input's shape", lambda x, filter: backprop2d((2, 2))(tf.stack([tf.shape(x)[0], 2 * tf.shape(x)[1], 2 * tf.shape(x)[2], 2]), filter, x), x=F.random([2, 3, 4, 3]), filter=F.const(F.random([3, 3, 2, 3])))
case("Conv2DBackpropInput filter as input", backprop2d((2, 2)), dynamic={"filter": [3, 3, 2, 3]}, sizes=F.const(np.int32([1, 6, 6, 2])), filter=F.random([3, 3, 2, 3]), x=F.random([1, 3, 3, 3]))
case("Conv2DBackpropInput sizes that do not fit", backprop2d((2, 2)), dynamic="only", sizes=F.const(np.int32([1, 9, 6, 2])), filter=F.const(F.random([3, 3, 2, 3])), x=F.random([1, 3, 3, 3]))
case("Conv2DBackpropInput batch that does not fit", backprop2d((2, 2)), dynamic="only", sizes=F.const(np.int32([2, 6, 6, 2])), filter=F.const(F.random([3, 3, 2, 3])), x=F.random([1, 3, 3, 3]))
case("Conv2DBackpropInput spatial sizes only", backprop2d((2, 2)), dynamic=False, sizes=F.const(np.int32([6, 6])), filter=F.const(F.random([3, 3, 2, 3])), x=F.random([1, 3, 3, 3]))
case("Conv2DBackpropInput float16", backprop2d((2, 2)), sizes=F.const(np.int32([1, 6, 6, 2])), filter=F.const(F.random([3, 3, 2, 3], np.float16)), x=F.random([1, 3, 3, 3], np.float16), tolerance=1e-2)
case("Conv2DBackpropInput float64", backprop2d((2, 2)), refused=True, sizes=F.const(np.int32([1, 6, 6, 2])), filter=F.const(F.random([3, 3, 2, 3], np.float64)), x=F.random([1, 3, 3, 3], np.float64))
for padding in ("SAME", "VALID"):
    for strides in [(1, 1, 1), (2, 2, 2), (1, 2, 3)]:
        small = [forward(size, kernel, stride, 1, padding) for size, kernel, stride in zip((4, 5, 6), (2, 3, 2), strides)]
        case(f"Conv3DBackpropInputV2 {strides} {padding}".replace(", ", ","), backprop3d(strides, padding), sizes=F.const(np.int32([1, 4, 5, 6, 2])), filter=F.const(F.random([2, 3, 2, 2, 3])), x=F.random([1, *small, 3]))


def depthwise_backprop(strides=(1, 1), padding="SAME", dilations=(1, 1)):
    attributes = {"strides": spread(strides), "dilations": spread(dilations), **explicit(padding)}
    return lambda sizes, filter, x: raw.DepthwiseConv2dNativeBackpropInput(input_sizes=sizes, filter=filter, out_backprop=x, **attributes)


for padding in PADDINGS:
    for strides in [(1, 1), (2, 2)]:
        pads = [padding] * 2 if isinstance(padding, str) else padding
        small = [forward(6, 3, strides[0], 1, pads[0]), forward(7, 2, strides[1], 1, pads[1])]
        case(
            f"DepthwiseConv2dNativeBackpropInput {title(strides, (1, 1), padding)}", depthwise_backprop(strides, padding),
            sizes=F.const(np.int32([2, 6, 7, 3])), filter=F.const(F.random([3, 2, 3, 2])), x=F.random([2, *small, 6]),
        )  # fmt: skip

# --- fused ops that graph rewriting makes


def fused(op, kinds, extras, **attributes):
    """One of TensorFlow's internal ops, which have no function."""

    def build(x, filter, **more):
        arguments = [more[key] for key in sorted(more)]
        graph = ops.get_default_graph()
        types = {"num_args": len(arguments), "fused_ops": [kind.encode() for kind in kinds], "T": x.dtype, **extras, **attributes}
        with_types = {key: attribute_value(value) for key, value in types.items()}
        if op == "_FusedConv2D":
            with_types["TArgs"] = attribute_value([argument.dtype for argument in arguments])
            inputs = [x, filter, *arguments]
            with_types["num_host_args"] = attribute_value(0)
        else:
            inputs = [x, filter, *arguments]
        return graph._create_op_internal(op, inputs, [x.dtype], name="fused", attrs=with_types).outputs[0]

    return build


def attribute_value(value):
    made = tf.compat.v1.AttrValue()
    if isinstance(value, bool):
        made.b = value
    elif isinstance(value, int):
        made.i = value
    elif isinstance(value, float):
        made.f = value
    elif isinstance(value, str):
        made.s = value.encode()
    elif isinstance(value, tf.DType):
        made.type = value.as_datatype_enum
    elif value and isinstance(value[0], bytes):
        made.list.s.extend(value)
    elif value and isinstance(value[0], tf.DType):
        made.list.type.extend(one.as_datatype_enum for one in value)
    else:
        made.list.i.extend(value)
    return made


ACTIVATIONS = [[], ["Relu"], ["Relu6"], ["Elu"], ["LeakyRelu"]]
CONV = {"strides": [1, 1, 1, 1], "padding": "SAME"}
for activation in ACTIVATIONS:
    more = {"leakyrelu_alpha": 0.3} if activation == ["LeakyRelu"] else {}
    kinds = ["BiasAdd", *activation]
    case(f"_FusedConv2D {'+'.join(kinds)}", fused("_FusedConv2D", kinds, CONV, **more), x=F.random([2, 4, 5, 2]), filter=F.const(F.random([3, 2, 2, 3])), a=F.const(F.random([3])))
    case(f"_FusedMatMul {'+'.join(kinds)}", fused("_FusedMatMul", kinds, {"transpose_a": False, "transpose_b": False}, **more), x=F.random([2, 4]), filter=F.const(F.random([4, 3])), a=F.const(F.random([3])))
    if activation != ["Elu"] and activation != ["LeakyRelu"]:
        case(
            f"_FusedConv2D {'+'.join(['FusedBatchNorm', *activation])}",
            fused("_FusedConv2D", ["FusedBatchNorm", *activation], {"strides": [1, 2, 2, 1], "padding": "VALID", "epsilon": 0.01}),
            x=F.random([2, 5, 5, 2]), filter=F.const(F.random([3, 2, 2, 3])),
            a=F.const(F.random([3])), b=F.const(F.random([3])), c=F.const(F.random([3], seed=1)), d=F.const(F.random([3], low=0.5)),
        )  # fmt: skip
case("_FusedConv2D strides dilations EXPLICIT", fused("_FusedConv2D", ["BiasAdd", "Relu"], {"strides": [1, 2, 1, 1], "padding": "EXPLICIT", "explicit_paddings": [0, 0, 1, 2, 2, 1, 0, 0], "dilations": [1, 1, 2, 1]}), x=F.random([2, 5, 5, 2]), filter=F.const(F.random([3, 2, 2, 3])), a=F.const(F.random([3])))
case("_FusedMatMul transposed", fused("_FusedMatMul", ["BiasAdd"], {"transpose_a": True, "transpose_b": True}), x=F.random([4, 2]), filter=F.const(F.random([3, 4])), a=F.const(F.random([3])))
case("_FusedMatMul Tanh", fused("_FusedMatMul", ["BiasAdd", "Tanh"], {"transpose_a": False, "transpose_b": False}), x=F.random([2, 4]), filter=F.const(F.random([4, 3])), a=F.const(F.random([3])))
case("_FusedMatMul Sigmoid", fused("_FusedMatMul", ["BiasAdd", "Sigmoid"], {"transpose_a": False, "transpose_b": False}), x=F.random([2, 4]), filter=F.const(F.random([4, 3])), a=F.const(F.random([3])))

# --- poolings


def pool(op, ksize, strides, padding):
    attributes = {"ksize": spread(ksize), "strides": spread(strides), **explicit(padding)}
    argument = "value" if op == "AvgPool" else "input"
    return lambda x: getattr(raw, op)(**{argument: x}, **attributes)


for op in ("MaxPool", "AvgPool"):
    for ksize, strides in [((2, 2), (2, 2)), ((3, 2), (1, 1)), ((3, 3), (2, 2)), ((2, 3), (3, 2)), ((1, 1), (2, 2)), ((5, 4), (2, 3)), ((7, 8), (1, 1))]:
        for padding in ("SAME", "VALID"):
            F.case(f"{op} {ksize} {strides} {padding}".replace(", ", ","), pool(op, ksize, strides, padding), refused=padding == "SAME" and strides == (3, 2) and "dynamic", x=F.random([2, 7, 8, 2]))
    for height in (1, 2, 3, 4):
        F.case(f"{op} SAME height {height}", lambda x, op=op: {f"stride{one}": pool(op, (3, 2), (one, one), "SAME")(x) for one in (1, 2)}, x=F.random([1, height, 5 - height, 1]))
        F.case(f"{op} SAME height {height} strides larger than the kernel", pool(op, (3, 2), (4, 3), "SAME"), refused="dynamic", x=F.random([1, height, 5 - height, 1]))
    F.case(f"{op} infinities", pool(op, (2, 2), (1, 1), "SAME"), x=np.float32([1, 5, 2, 3, INF, 4, -INF, 6, -INF]).reshape(1, 3, 3, 1))
    F.case(f"{op} negative numbers, SAME", pool(op, (3, 3), (1, 1), "SAME"), x=F.random([1, 3, 3, 1], high=-1))
    F.case(f"{op} batch 0", pool(op, (2, 2), (2, 2), "VALID"), x=F.random([0, 4, 4, 2]))
    F.case(f"{op} VALID one larger than the picture", pool(op, (3, 3), (1, 1), "VALID"), x=F.random([1, 2, 2, 1]))
    F.case(f"{op} over channels", lambda x, op=op: getattr(raw, op)(**{"value" if op == "AvgPool" else "input": x}, ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding="VALID"), refused=True, if_kernel=True, x=F.random([1, 3, 3, 4]))
    for dtype in (np.float16, BF16, np.float64):
        F.case(f"{op} {name_of(dtype)}", pool(op, (2, 3), (2, 1), "SAME"), refused=op == "AvgPool" and dtype is np.float64, x=F.random([1, 5, 4, 2], dtype), tolerance={"rtol": 2e-2, "atol": 2e-2} if op == "AvgPool" and dtype is BF16 else None)
for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.int64):
    limits = np.iinfo(dtype)
    x = F.random([1, 5, 4, 2], dtype, -3 if limits.min else 0, 100)
    x.flat[:3] = [limits.min, limits.max, limits.min]
    F.case(f"MaxPool {name_of(dtype)}", pool("MaxPool", (2, 3), (2, 1), "SAME"), refused=dtype is np.int64, if_kernel=True, x=x)
F.case("MaxPool EXPLICIT", pool("MaxPool", (3, 2), (2, 1), ((1, 2), (0, 1))), x=F.random([2, 5, 4, 2], high=-1))
F.case("MaxPool after Pad", lambda x: raw.MaxPool(input=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=F.random([1, 4, 4, 2], high=-1))
F.case("MaxPool after Conv2D and Pad", lambda x, filter: raw.MaxPool(input=raw.Pad(input=conv2d()(x, filter), paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), dynamic={"x": [None, None, None, 2]}, x=F.random([1, 4, 4, 2], high=-1), filter=F.const(F.random([1, 1, 2, 3], low=0.5)))
F.case("MaxPool between two Conv2D, after Pad", lambda x, filter: conv2d()(raw.MaxPool(input=raw.Pad(input=conv2d()(x, filter), paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), filter), dynamic={"x": [None, None, None, 2]}, x=F.random([1, 4, 4, 2], high=-1), filter=F.const(F.random([1, 1, 2, 2], low=0.5)))
F.case("MaxPool after Pad int8", lambda x: raw.MaxPool(input=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), if_kernel=True, x=F.random([1, 4, 4, 2], np.int8, -9, -1))
F.case("MaxPool3D after Pad", lambda x: raw.MaxPool3D(input=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 1], [0, 0]]), ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding="VALID"), x=F.random([1, 4, 4, 3, 2], high=-1))
F.case("MaxPool of a Pad and a dimension more", lambda x: raw.MaxPool(input=tf.expand_dims(raw.Pad(input=x, paddings=[[0, 0], [1, 1], [0, 0]]), 2), ksize=[1, 3, 1, 1], strides=[1, 2, 1, 1], padding="VALID"), x=F.random([1, 4, 2], high=-1))
F.case("Conv2D after Pad", lambda x, filter: conv2d((2, 2), "VALID")(raw.Pad(input=x, paddings=[[0, 0], [0, 1], [1, 2], [0, 0]]), filter), dynamic={"x": [None, None, None, 2]}, x=F.random([1, 4, 5, 2]), filter=F.const(F.random([3, 3, 2, 3])))
F.case("DepthwiseConv2dNative SAME after Pad", lambda x, filter: depthwise((1, 1), "SAME")(raw.Pad(input=x, paddings=[[0, 0], [0, 1], [1, 2], [0, 0]]), filter), dynamic={"x": [None, None, None, 2]}, x=F.random([1, 4, 5, 2]), filter=F.const(F.random([3, 3, 2, 2])), tolerance={"rtol": 1e-5, "atol": 5e-6})
F.case("AvgPool SAME after Pad", lambda x: raw.AvgPool(value=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 1, 1, 1], padding="SAME"), x=F.random([1, 4, 4, 2]))
F.case("MaxPool after PadV2 with 0", lambda x: raw.MaxPool(input=raw.PadV2(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=0.0), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=F.random([1, 4, 4, 2], high=-1))
F.case("AvgPool after Pad", lambda x: raw.AvgPool(value=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=F.random([1, 4, 4, 2]))
F.case("MaxPoolV2", lambda x: {p: raw.MaxPoolV2(input=x, ksize=[1, 3, 2, 1], strides=[1, 2, 1, 1], padding=p) for p in ("SAME", "VALID")}, x=F.random([1, 5, 4, 2], high=-1))
F.case("MaxPoolV2 ksize as input", lambda x, ksize: raw.MaxPoolV2(input=x, ksize=ksize, strides=[1, 2, 1, 1], padding="SAME"), refused=True, x=F.random([1, 5, 4, 2]), ksize=np.int32([1, 3, 2, 1]))
for op in ("MaxPool3D", "AvgPool3D"):
    for ksize, strides in [((2, 2, 2), (2, 2, 2)), ((3, 2, 1), (1, 2, 3)), ((2, 3, 2), (1, 1, 1))]:
        for padding in ("SAME", "VALID"):
            F.case(f"{op} {ksize} {strides} {padding}".replace(", ", ","), lambda x, op=op, ksize=ksize, strides=strides, padding=padding: getattr(raw, op)(input=x, ksize=spread(ksize), strides=spread(strides), padding=padding), refused=strides == (1, 2, 3) and padding == "SAME", x=F.random([1, 4, 5, 3, 2], high=-1))
    F.case(f"{op} float16", lambda x, op=op: getattr(raw, op)(input=x, ksize=spread((2, 2, 2)), strides=spread((1, 1, 1)), padding="SAME"), if_kernel=True, x=F.random([1, 3, 3, 3, 2], np.float16))

TIES = np.float32([1, 1, 0, 1, 2, 2, 0, 2, 3, 3, 3, 3, 3, 3, 3, 3]).reshape(1, 4, 4, 1)
for include in (False, True):
    for padding in ("SAME", "VALID"):
        for kind in (np.int32, np.int64):
            def argmax(x, include=include, padding=padding, kind=kind):
                return raw.MaxPoolWithArgmax(input=x, ksize=[1, 2, 3, 1], strides=[1, 2, 1, 1], padding=padding, Targmax=kind, include_batch_in_index=include)
            name = f"MaxPoolWithArgmax {name_of(kind)} {padding}{' include_batch_in_index' * include}"
            F.case(name, argmax, x=F.random([2, 5, 4, 3], high=-1))
            F.case(f"{name} ties", argmax, x=TIES)

# --- normalizations


def batch_norm(op, training=False, outputs=("y", "batch_mean", "batch_variance"), **attributes):
    def build(x, scale, offset, mean, variance):
        made = getattr(raw, op)(x=x, scale=scale, offset=offset, mean=mean, variance=variance, is_training=training, **attributes)
        return {key: getattr(made, key) for key in outputs}

    return build


STATISTICS = {"scale": F.random([3], seed=1), "offset": F.random([3], seed=2)}
KNOWN = {"mean": F.random([3], seed=3), "variance": F.random([3], low=0.5)}
EMPTY = {"mean": np.zeros([0], np.float32), "variance": np.zeros([0], np.float32)}
for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
    constants = {key: F.const(value) for key, value in {**STATISTICS, **KNOWN}.items()}
    F.case(f"{op}", batch_norm(op, outputs=("y",)), x=F.random([2, 3, 4, 3]), **constants)
    F.case(f"{op} epsilon, everything as input", batch_norm(op, epsilon=0.1), x=F.random([2, 3, 4, 3]), **STATISTICS, **KNOWN)
    F.case(f"{op} is_training", batch_norm(op, True, epsilon=0.01), x=F.random([2, 3, 4, 3]), **STATISTICS, **EMPTY)
    F.case(f"{op} is_training, one element", batch_norm(op, True), x=F.random([1, 1, 1, 3]), **STATISTICS, **EMPTY)
    F.case(f"{op} batch 0", batch_norm(op, outputs=("y",)), x=F.random([0, 3, 4, 3]), **STATISTICS, **KNOWN)
F.case("FusedBatchNormV3 is_training NCHW", batch_norm("FusedBatchNormV3", True, data_format="NCHW"), x=F.random([2, 3, 4, 5]), **STATISTICS, **EMPTY)
F.case("FusedBatchNormV3 NCHW", batch_norm("FusedBatchNormV3", data_format="NCHW"), if_kernel=True, x=F.random([2, 3, 4, 5]), **STATISTICS, **KNOWN)
F.case("FusedBatchNormV3 NDHWC", batch_norm("FusedBatchNormV3", data_format="NDHWC", outputs=("y",)), x=F.random([2, 2, 3, 2, 3]), **STATISTICS, **KNOWN)
F.case("FusedBatchNormV3 is_training NDHWC", batch_norm("FusedBatchNormV3", True, data_format="NDHWC"), x=F.random([2, 2, 3, 2, 3]), **STATISTICS, **EMPTY)
F.case("FusedBatchNormV3 exponential_avg_factor", batch_norm("FusedBatchNormV3", True, exponential_avg_factor=0.5), refused=True, x=F.random([2, 3, 4, 3]), **STATISTICS, **KNOWN)
for dtype in (np.float16, BF16):
    for training in (False, True):
        F.case(f"FusedBatchNormV3 {name_of(dtype)}{' is_training' * training}", batch_norm("FusedBatchNormV3", training), x=F.random([2, 3, 2, 3], dtype), **STATISTICS, **(EMPTY if training else KNOWN))
SOFTMAX = {
    "[2,3]": F.random([2, 3]), "[4]": F.random([4]), "[2,3,4]": F.random([2, 3, 4]), "[1,1]": F.random([1, 1]), "[0,3]": F.random([0, 3]), "[3,0]": F.random([3, 0]),
    "large": np.float32([[1000, 1001, 999], [-1000, -1001, -999]]), "infinities": np.float32([[INF, 1, 2], [-INF, 1, 2], [-INF, -INF, -INF]]), "NaN": np.float32([[NAN, 1], [0, 1]]),
}  # fmt: skip
for op in ("Softmax", "LogSoftmax"):
    for title_, x in SOFTMAX.items():
        F.case(f"{op} {title_}", lambda x, op=op: getattr(raw, op)(logits=x), x=x)
    for dtype in (np.float16, BF16, np.float64):
        F.case(f"{op} {name_of(dtype)}", lambda x, op=op: getattr(raw, op)(logits=x), x=F.random([3, 5], dtype), tolerance=1e-2 if dtype is BF16 else 2e-2 if dtype is np.float16 else None)

for radius, bias, alpha, beta in [(5, 1.0, 1.0, 0.5), (1, 2.0, 0.5, 0.75), (2, 1.5, 0.1, 1.0), (0, 1.0, 1.0, 0.3)]:
    F.case(f"LRN {radius} {bias} {alpha} {beta}", lambda x, radius=radius, bias=bias, alpha=alpha, beta=beta: raw.LRN(input=x, depth_radius=radius, bias=bias, alpha=alpha, beta=beta), x=F.random([2, 2, 3, 7]))
F.case("LRN float16", lambda x: raw.LRN(input=x, depth_radius=2), if_kernel=True, x=F.random([1, 2, 2, 5], np.float16), tolerance=3e-3)

for dtype in (np.float32, np.float64, np.float16, BF16):
    F.case(f"L2Loss {name_of(dtype)}", lambda x: raw.L2Loss(t=x), x=F.random([2, 3], dtype), tolerance=1e-2 if dtype is BF16 else None, if_kernel=True)
F.case("L2Loss of nothing, of a scalar", lambda x, y: {"x": raw.L2Loss(t=x), "y": raw.L2Loss(t=y)}, x=F.random([0, 2]), y=F.random([]))

# --- losses

cross = lambda features, labels: raw.SoftmaxCrossEntropyWithLogits(features=features, labels=labels)
sparse = lambda features, labels: raw.SparseSoftmaxCrossEntropyWithLogits(features=features, labels=labels)
for dtype in (np.float32, np.float64, np.float16):
    tolerance = 3e-3 if dtype is np.float16 else None
    F.case(f"SoftmaxCrossEntropyWithLogits {name_of(dtype)}", cross, tolerance=tolerance, features=F.random([3, 4], dtype), labels=F.random([3, 4], dtype, 0, 1))
    for kind in (np.int32, np.int64):
        F.case(f"SparseSoftmaxCrossEntropyWithLogits {name_of(dtype)} {name_of(kind)}", sparse, tolerance=tolerance, features=F.random([3, 4], dtype), labels=kind([0, 3, 1]))
F.case("SoftmaxCrossEntropyWithLogits one row of labels", cross, features=F.random([3, 4]), labels=F.random([1, 4], low=0, high=1))
F.case("SoftmaxCrossEntropyWithLogits large", cross, features=np.float32([[1000, 0, -1000]]), labels=np.float32([[0, 0, 1]]))
F.case("SoftmaxCrossEntropyWithLogits batch 0", cross, features=F.random([0, 4]), labels=F.random([0, 4]))
F.case("SparseSoftmaxCrossEntropyWithLogits batch 0", sparse, features=F.random([0, 4]), labels=np.zeros([0], np.int32))
for label in (-1, 4):
    F.case(f"SparseSoftmaxCrossEntropyWithLogits label {label}", sparse, features=F.random([2, 4]), labels=np.int32([0, label]))

PREDICTIONS = np.float32([[0.1, 0.9, 0.9, 0.3], [0.5, 0.5, 0.5, 0.5], [NAN, 1, 2, 3], [INF, 1, 2, 3], [4, 3, 2, -INF], [0, 1, 2, 3], [0, 1, 2, 3], [3, 2, 1, 0]])
for k in (0, 1, 2, 3, 4, 9):
    for kind in (np.int32, np.int64):
        targets = kind([2, 3, 3, 1, 1, -1, 4, 0])
        F.case(f"InTopK {k} {name_of(kind)}", lambda p, targets, k=k: raw.InTopK(predictions=p, targets=targets, k=k), p=PREDICTIONS, targets=targets)
        F.case(f"InTopKV2 {k} {name_of(kind)}", lambda p, targets, k: raw.InTopKV2(predictions=p, targets=targets, k=k), p=PREDICTIONS, targets=targets, k=kind(k))
F.case("InTopK of no rows", lambda p, targets: raw.InTopK(predictions=p, targets=targets, k=2), p=F.random([0, 3]), targets=np.zeros([0], np.int32))
