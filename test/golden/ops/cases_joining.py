"""Tensors put together, repeated, padded and reordered; blocks of pictures; diagonals."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("joining")
raw = tf.raw_ops
BF16 = tf.bfloat16.as_numpy_dtype
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
DTYPES = [np.float16, BF16, np.float32, np.float64, *INTS, np.bool_]
NAN, INF = np.nan, np.inf


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype=np.float32, seed=0):
    """Numbers up to the dtype's ends."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        count = int(np.prod(shape))
        return np.concatenate([np.iinfo(dtype).max - np.arange(count - count // 2, dtype=dtype), np.iinfo(dtype).min + np.arange(count // 2, dtype=dtype)]).reshape(shape)
    return F.random(shape, dtype, seed=seed)


# --- every dtype

for dtype in DTYPES:
    x = data([2, 3], dtype)
    F.case(f"moves {name_of(dtype)}", lambda x: {
        "pack": raw.Pack(values=[x, x], axis=1), "concat": raw.ConcatV2(values=[x, x], axis=0), **({} if x.dtype == tf.uint16 else {"tile": raw.Tile(input=x, multiples=[2, 1])}),
        "transpose": raw.Transpose(x=x, perm=[1, 0]),
    }, x=x)  # fmt: skip
    F.case(f"Pad {name_of(dtype)}", lambda x: raw.Pad(input=x, paddings=[[1, 0], [0, 2]]), x=x, if_kernel=True, signed_zero=True, tolerance={"rtol": 0, "atol": 0})
    F.case(f"PadV2 {name_of(dtype)}", lambda x, v: raw.PadV2(input=x, paddings=[[1, 0], [0, 2]], constant_values=v), x=x, v=x[0, 1], if_kernel=True)
    F.case(f"MirrorPad {name_of(dtype)}", lambda x: [raw.MirrorPad(input=x, paddings=[[1, 0], [0, 2]], mode=m) for m in ("REFLECT", "SYMMETRIC")], x=x, if_kernel=True)
    F.case(f"SpaceToBatchND, BatchToSpaceND {name_of(dtype)}", lambda x: [raw.SpaceToBatchND(input=x, block_shape=[2], paddings=[[1, 0]]), raw.BatchToSpaceND(input=x, block_shape=[2], crops=[[0, 1]])], x=x, if_kernel=True)
    F.case(f"SpaceToDepth {name_of(dtype)}", lambda x: raw.SpaceToDepth(input=x, block_size=2), x=data([1, 2, 4, 3], dtype), if_kernel=True)
    F.case(f"DepthToSpace {name_of(dtype)}", lambda x: raw.DepthToSpace(input=x, block_size=2), x=data([1, 2, 1, 12], dtype), if_kernel=True)

# --- Pack, Concat, ConcatOffset

for axis in (0, 1, 2, -1, -3):
    F.case(f"Pack axis {axis}", lambda x, y, a=axis: raw.Pack(values=[x, y], axis=a), x=data([2, 3]), y=data([2, 3], seed=1))
F.case("Pack of scalars", lambda x, y: raw.Pack(values=[x, y, x]), x=np.float32(1), y=np.float32(2))
F.case("Pack of one", lambda x: raw.Pack(values=[x], axis=1), x=data([2]))
F.case("Pack of nothing", lambda x: raw.Pack(values=[x, x]), x=data([0, 2]))
F.case("Pack of different shapes", lambda x, y: raw.Pack(values=[x, y]), x=data([2]), y=data([3]), dynamic="only")
F.case("Pack of different shapes, along the axis", lambda x, y: raw.Pack(values=[x, y], axis=1), x=data([2, 1]), y=data([2, 3]), dynamic="only")
for axis in (0, 1, -1, -2):
    F.case(f"ConcatV2 axis {axis}", lambda x, y, a=axis: raw.ConcatV2(values=[x, y, x], axis=a), x=data([2, 3]), y=data([2, 3], seed=1))
    F.case(f"Concat axis {axis}", lambda x, y, a=axis: raw.Concat(concat_dim=a, values=[x, y]), x=data([2, 3]), y=data([2, 3], seed=1)) if axis >= 0 else None
F.case("ConcatV2 of other sizes", lambda x, y: raw.ConcatV2(values=[x, y], axis=1), x=data([2, 3]), y=data([2, 1]))
F.case("ConcatV2 with nothing", lambda x, y: raw.ConcatV2(values=[x, y], axis=0), x=data([2, 3]), y=data([0, 3]))
F.case("ConcatV2 of nothing", lambda x, y: raw.ConcatV2(values=[x, y], axis=0), x=data([2, 0]), y=data([1, 0]))
F.case("ConcatV2 sizes that do not fit", lambda x, y: raw.ConcatV2(values=[x, y], axis=0), x=data([2, 3]), y=data([2, 2]), dynamic="only")
F.case("ConcatV2 axis as input", lambda x, a: raw.ConcatV2(values=[x, x], axis=a), x=data([2, 3]), a=np.int32(1), refused=True)
F.case("ConcatV2 axis int64", lambda x: raw.ConcatV2(values=[x, x], axis=np.int64(-1)), x=data([2, 3]))
F.case("ConcatOffset", lambda a, b: raw.ConcatOffset(concat_dim=1, shape=[a, b, a]), a=np.int32([2, 3]), b=np.int32([2, 4]), dynamic={"a": [2], "b": [2]})
F.case("ConcatOffset negative axis", lambda a, b: raw.ConcatOffset(concat_dim=-2, shape=[a, b]), a=np.int32([2, 3]), b=np.int32([5, 3]), dynamic={"a": [2], "b": [2]})
F.case("ConcatOffset of shapes", lambda x, y: raw.ConcatOffset(concat_dim=0, shape=[tf.shape(x), tf.shape(y)]), x=data([2, 3]), y=data([5, 3]))
F.case("ConcatOffset that do not fit", lambda a, b: raw.ConcatOffset(concat_dim=1, shape=[a, b]), a=np.int32([2, 3]), b=np.int32([3, 4]))

# --- Tile, Transpose

for title, times in {"[2,3]": [2, 3], "[1,1]": [1, 1], "[0,2]": [0, 2], "[1,4]": [1, 4]}.items():
    F.case(f"Tile {title}", lambda x, t=times: raw.Tile(input=x, multiples=t), x=data([2, 3]))
    F.case(f"Tile {title}, as input", lambda x, times: raw.Tile(input=x, multiples=times), x=data([2, 3]), times=np.int64(times))
F.case("Tile of a scalar", lambda x: raw.Tile(input=x, multiples=np.zeros([0], np.int32)), x=np.float32(1))
F.case("Tile of nothing", lambda x: raw.Tile(input=x, multiples=[2, 2]), x=data([0, 2]))
F.case("Tile negative", lambda x, times: raw.Tile(input=x, multiples=times), x=data([2, 3]), times=np.int32([1, -1]))
F.case("Tile rank 5", lambda x: raw.Tile(input=x, multiples=[2, 1, 2, 1, 2]), x=data([1, 2, 1, 3, 1]))
for title, shape, perm in [("[1,0]", [2, 3], [1, 0]), ("[0,2,1]", [2, 3, 4], [0, 2, 1]), ("[2,0,1]", [2, 3, 4], [2, 0, 1]), ("[-1,0,1]", [2, 3, 4], [-1, 0, 1]), ("[3,1,0,2,4]", [1, 2, 1, 3, 2], [3, 1, 0, 2, 4]), ("[0]", [3], [0]), ("of nothing", [0, 3], [1, 0])]:
    F.case(f"Transpose {title}", lambda x, p=perm: raw.Transpose(x=x, perm=p), x=data(shape))
F.case("Transpose of a scalar", lambda x: raw.Transpose(x=x, perm=np.zeros([0], np.int32)), x=np.float32(1))
F.case("Transpose int64 perm", lambda x: raw.Transpose(x=x, perm=np.int64([1, 0])), x=data([2, 3]))
F.case("Transpose perm as input", lambda x, perm: raw.Transpose(x=x, perm=perm), x=data([2, 3]), perm=np.int32([1, 0]), refused=True)
F.case("Transpose twice the same", lambda x, perm: raw.Transpose(x=x, perm=perm), x=data([2, 3]), perm=np.int32([1, 1]))
F.case("Transpose by the rank", lambda x: tf.transpose(x), x=data([2, 3, 4]))
F.case("ConjugateTranspose", lambda x: raw.ConjugateTranspose(x=x, perm=[1, 0]), x=data([2, 3]))

# --- Pad

for title, shape, pads in [
    ("[[1,2],[0,1]]", [2, 3], [[1, 2], [0, 1]]), ("nothing", [2, 3], [[0, 0], [0, 0]]), ("a vector", [3], [[2, 1]]), ("of nothing", [0, 2], [[1, 1], [0, 1]]),
    ("rank 4", [1, 2, 2, 1], [[0, 0], [1, 1], [2, 2], [0, 0]]), ("rank 5", [1, 2, 1, 2, 1], [[0, 1], [1, 0], [0, 0], [1, 1], [0, 1]]),
]:  # fmt: skip
    F.case(f"Pad {title}", lambda x, p=pads: raw.Pad(input=x, paddings=p), x=data(shape))
    F.case(f"Pad {title}, as input", lambda x, pads: raw.Pad(input=x, paddings=pads), x=data(shape), pads=np.int64(pads))
    F.case(f"PadV2 {title}", lambda x, p=pads: raw.PadV2(input=x, paddings=p, constant_values=-INF), x=data(shape))
    F.case(f"PadV2 {title}, all as input", lambda x, pads, v: raw.PadV2(input=x, paddings=pads, constant_values=v), x=data(shape), pads=np.int32(pads), v=np.float32(7))
F.case("Pad of a scalar", lambda x: raw.Pad(input=x, paddings=np.zeros([0, 2], np.int32)), x=np.float32(1))
F.case("Pad negative", lambda x, pads: raw.Pad(input=x, paddings=pads), x=data([2, 3]), pads=np.int32([[-1, 0], [0, 0]]))
F.case("PadV2 with NaN", lambda x: raw.PadV2(input=x, paddings=[[1, 1]], constant_values=NAN), x=data([2]))
for title, mode, shape, pads in [
    ("[[1,1],[2,1]]", "REFLECT", [2, 3], [[1, 1], [2, 1]]), ("[[2,2],[3,1]]", "SYMMETRIC", [2, 3], [[2, 2], [3, 1]]), ("nothing", "REFLECT", [2, 3], [[0, 0], [0, 0]]),
    ("nothing", "SYMMETRIC", [2, 3], [[0, 0], [0, 0]]), ("one dimension", "SYMMETRIC", [1, 3, 2], [[0, 0], [1, 2], [0, 0]]), ("pictures", "REFLECT", [1, 4, 4, 2], [[0, 0], [3, 3], [1, 2], [0, 0]]),
    ("pictures", "SYMMETRIC", [1, 3, 3, 2], [[0, 0], [3, 3], [1, 2], [0, 0]]), ("of one", "SYMMETRIC", [1], [[1, 1]]), ("of one, no padding", "REFLECT", [1, 2], [[0, 0], [1, 1]]),
]:  # fmt: skip
    F.case(f"MirrorPad {mode} {title}", lambda x, p=pads, m=mode: raw.MirrorPad(input=x, paddings=p, mode=m), x=data(shape))
    F.case(f"MirrorPad {mode} {title}, as input", lambda x, pads, m=mode: raw.MirrorPad(input=x, paddings=pads, mode=m), x=data(shape), pads=np.int32(pads))
for mode, pads in [("REFLECT", [[2, 0], [0, 0]]), ("REFLECT", [[0, 0], [0, 3]]), ("SYMMETRIC", [[3, 0], [0, 0]]), ("SYMMETRIC", [[0, 0], [0, 4]]), ("REFLECT", [[-1, 0], [0, 0]])]:
    F.case(f"MirrorPad {mode} {pads} is too much", lambda x, pads, m=mode: raw.MirrorPad(input=x, paddings=pads, mode=m), x=data([2, 3]), pads=np.int32(pads))
    F.case(f"MirrorPad {mode} {pads} is too much, constant", lambda x, p=pads, m=mode: raw.MirrorPad(input=x, paddings=p, mode=m), x=data([2, 3]), dynamic="only") if pads[0][0] >= 0 else None

# A Pad of 0 before a MaxPool must not become the pool's own padding, which is the smallest number.
for dtype in (np.float16, BF16, np.float32, np.float64):
    negative = -1 - np.abs(F.random([1, 4, 4, 1], dtype)).astype(dtype)
    for title, value in {"0": 0, "-0": -0.0, "-0.5": -0.5, "1": 1}.items():
        F.case(f"PadV2 {title} before MaxPool {name_of(dtype)}", lambda x, v=value: raw.MaxPool(
            input=raw.PadV2(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=tf.constant(v, x.dtype)), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"),
            x=negative, if_kernel=True)  # fmt: skip
    F.case(f"Pad before MaxPool {name_of(dtype)}", lambda x: raw.MaxPool(
        input=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=negative, if_kernel=True)
    F.case(f"Pad before MaxPool {name_of(dtype)}, through Identity and Relu", lambda x: raw.MaxPool(
        input=raw.Identity(input=raw.Pad(input=raw.Relu(features=x) - 1, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]])), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=negative, if_kernel=True)
    if dtype in (np.float16, np.float32):
        F.case(f"Pad before AvgPool {name_of(dtype)}", lambda x: raw.AvgPool(
            value=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"), x=negative)
F.case("Pad with 0 as input before MaxPool", lambda x, v: raw.MaxPool(
    input=raw.PadV2(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=v), ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="VALID"),
    x=-1 - np.abs(F.random([1, 4, 4, 1])), v=np.float32(0))  # fmt: skip
F.case("Pad before Conv2D", lambda x: raw.Conv2D(
    input=raw.Pad(input=x, paddings=[[0, 0], [1, 1], [1, 1], [0, 0]]), filter=F.random([3, 3, 1, 2]), strides=[1, 2, 2, 1], padding="VALID"), x=F.random([1, 4, 4, 1]), dynamic={"x": [None, None, None, 1]})
F.case("Pad compared with 0", lambda x: [raw.Equal(x=raw.Pad(input=x, paddings=[[1, 0]]), y=0.0), raw.Sign(x=raw.Pad(input=x, paddings=[[1, 0]])), raw.Reciprocal(x=raw.Pad(input=x, paddings=[[1, 0]]))], x=np.float32([1, 2]))
F.case("Where of a Pad", lambda x: raw.Where(condition=raw.Pad(input=x, paddings=[[1, 0]])), x=np.float32([1, 2]))
F.case("Cast of a Pad to bool", lambda x: raw.Cast(x=raw.Pad(input=x, paddings=[[1, 0]]), DstT=tf.bool), x=np.float32([1, 2]))

# --- blocks

for title, shape, block, pads in [
    ("2x2", [2, 4, 2, 3], [2, 2], [[0, 0], [0, 0]]), ("3x2 padded", [1, 4, 3, 1], [3, 2], [[1, 1], [0, 1]]), ("one dimension", [2, 4, 3], [2], [[1, 1]]),
    ("three dimensions", [1, 2, 2, 4, 1], [2, 1, 2], [[0, 0], [1, 0], [0, 0]]), ("without a rest", [2, 4], [2], [[0, 0]]), ("blocks of 1", [1, 2, 2, 1], [1, 1], [[0, 0], [1, 0]]),
    ("of nothing", [0, 2, 2, 1], [2, 2], [[0, 0], [0, 0]]),
]:  # fmt: skip
    F.case(f"SpaceToBatchND {title}", lambda x, b=block, p=pads: raw.SpaceToBatchND(input=x, block_shape=b, paddings=p), x=data(shape))
    F.case(f"SpaceToBatchND {title}, paddings as input", lambda x, pads, b=block: raw.SpaceToBatchND(input=x, block_shape=b, paddings=pads), dynamic={"pads": np.shape(pads)}, x=data(shape), pads=np.int64(pads))
for title, shape, block, crops in [
    ("2x2", [4, 2, 1, 3], [2, 2], [[0, 0], [0, 0]]), ("3x2 cropped", [6, 2, 3, 1], [3, 2], [[1, 1], [0, 1]]), ("one dimension", [4, 4, 3], [2], [[1, 2]]),
    ("three dimensions", [4, 2, 2, 4, 1], [2, 1, 2], [[0, 0], [1, 0], [0, 3]]), ("without a rest", [4, 4], [2], [[0, 0]]), ("cropped to nothing", [4, 1, 1, 1], [2, 2], [[1, 1], [0, 0]]),
]:  # fmt: skip
    F.case(f"BatchToSpaceND {title}", lambda x, b=block, c=crops: raw.BatchToSpaceND(input=x, block_shape=b, crops=c), x=data(shape))
    F.case(f"BatchToSpaceND {title}, crops as input", lambda x, crops, b=block: raw.BatchToSpaceND(input=x, block_shape=b, crops=crops), dynamic={"crops": np.shape(crops)}, x=data(shape), crops=np.int64(crops))
F.case("SpaceToBatch", lambda x: raw.SpaceToBatch(input=x, paddings=[[0, 0], [1, 1]], block_size=2), x=data([1, 2, 4, 3]))
F.case("BatchToSpace", lambda x: raw.BatchToSpace(input=x, crops=[[0, 0], [1, 1]], block_size=2), x=data([8, 2, 2, 3]))
F.case("SpaceToBatchND not divisible", lambda x, p: raw.SpaceToBatchND(input=x, block_shape=[2], paddings=p), x=data([1, 3, 1]), p=np.int32([[0, 0]]))
F.case("SpaceToBatchND negative padding", lambda x, p: raw.SpaceToBatchND(input=x, block_shape=[2], paddings=p), x=data([1, 3, 1]), p=np.int32([[-1, 0]]))
F.case("BatchToSpaceND not divisible", lambda x, p: raw.BatchToSpaceND(input=x, block_shape=[2], crops=p), x=data([3, 2, 1]), p=np.int32([[0, 0]]))
F.case("BatchToSpaceND cropped too much", lambda x, p: raw.BatchToSpaceND(input=x, block_shape=[2], crops=p), x=data([2, 2, 1]), p=np.int32([[2, 3]]))
F.case("BatchToSpaceND negative crop", lambda x, p: raw.BatchToSpaceND(input=x, block_shape=[2], crops=p), x=data([2, 2, 1]), p=np.int32([[-1, 0]]))
for format, space, depth in [("NHWC", [2, 4, 6, 3], [2, 2, 3, 8]), ("NCHW", [2, 3, 4, 6], [2, 8, 2, 3])]:
    F.case(f"SpaceToDepth {format}", lambda x, f=format: raw.SpaceToDepth(input=x, block_size=2, data_format=f), x=data(space), if_kernel=True)
    F.case(f"DepthToSpace {format}", lambda x, f=format: raw.DepthToSpace(input=x, block_size=2, data_format=f), x=data(depth), if_kernel=True)
F.case("DepthToSpace by 3", lambda x: raw.DepthToSpace(input=x, block_size=3), x=data([1, 2, 1, 18]))
F.case("SpaceToDepth by 3", lambda x: raw.SpaceToDepth(input=x, block_size=3), x=data([1, 3, 6, 2]))
F.case("SpaceToDepth not divisible", lambda x: raw.SpaceToDepth(input=x, block_size=2), x=data([1, 3, 2, 1]), dynamic="only")
F.case("DepthToSpace not divisible", lambda x: raw.DepthToSpace(input=x, block_size=2), x=data([1, 3, 2, 3]), dynamic="only")
F.case("SpaceToDepth of nothing", lambda x: raw.SpaceToDepth(input=x, block_size=2), x=data([0, 2, 2, 1]))

# --- patches

for title, ksizes, strides, rates, padding in [
    ("2x2 VALID", [2, 2], [1, 1], [1, 1], "VALID"), ("3x2 strides 2x1 VALID", [3, 2], [2, 1], [1, 1], "VALID"), ("3x3 SAME", [3, 3], [1, 1], [1, 1], "SAME"),
    ("3x3 strides 2 SAME", [3, 3], [2, 2], [1, 1], "SAME"), ("2x2 rates 2 VALID", [2, 2], [1, 1], [2, 2], "VALID"), ("2x2 rates 2 SAME", [2, 2], [1, 1], [2, 2], "SAME"),
    ("1x1 VALID", [1, 1], [2, 2], [1, 1], "VALID"), ("patches of 4 VALID", [4, 4], [4, 4], [1, 1], "VALID"),
]:  # fmt: skip
    F.case(f"ExtractImagePatches {title}", lambda x, k=ksizes, s=strides, r=rates, p=padding: raw.ExtractImagePatches(
        images=x, ksizes=[1, *k, 1], strides=[1, *s, 1], rates=[1, *r, 1], padding=p), x=data([2, 5, 6, 3]))  # fmt: skip
for dtype in (np.int32, np.float64, np.uint8, np.int64, np.float16):
    F.case(f"ExtractImagePatches {name_of(dtype)}", lambda x: raw.ExtractImagePatches(images=x, ksizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="VALID"), x=data([1, 4, 4, 2], dtype), if_kernel=True)
