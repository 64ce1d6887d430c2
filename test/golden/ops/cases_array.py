"""Shapes: asking for them, giving tensors others, making tensors of them."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("array")
raw = tf.raw_ops
BF16 = tf.bfloat16.as_numpy_dtype
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
DTYPES = [np.float16, BF16, np.float32, np.float64, *INTS, np.bool_]
INF, NAN = np.inf, np.nan


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype=np.float32):
    """Every bit pattern counts where elements are only moved."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return F.random(shape, np.float64, 0, 1, seed=1).__mul__(float(info.max)).astype(dtype) + dtype.type(info.max // 2)
    return F.random(shape, dtype)


# --- elements that are handed on

for dtype in DTYPES:
    x = data([2, 3], dtype)
    F.case(f"moves {name_of(dtype)}", lambda x: {
        "identity": raw.Identity(input=x), "reshape": raw.Reshape(tensor=x, shape=[3, 2]), "expand": raw.ExpandDims(input=x, axis=1),
        "squeeze": raw.Squeeze(input=raw.ExpandDims(input=x, axis=0), axis=[0]),
        "broadcast": raw.BroadcastTo(input=x, shape=[2, 2, 3]), "zeros": raw.ZerosLike(x=x), "ones": raw.OnesLike(x=x),
        "fill": raw.Fill(dims=[2, 2], value=x[1, 2]), "shape": raw.Shape(input=x), "size": raw.Size(input=x), "rank": raw.Rank(input=x),
    }, x=x)  # fmt: skip
F.case("IdentityN", lambda x, y: raw.IdentityN(input=[x, y]), x=data([2]), y=np.int32([1, 2, 3]))
F.case("StopGradient, PreventGradient, Snapshot", lambda x: [
    raw.StopGradient(input=x), raw.PreventGradient(input=x, message="no"), raw.Snapshot(input=x), raw.GuaranteeConst(input=x),
    raw.DeepCopy(x=x),
], x=data([2, 3]))  # fmt: skip
F.case("PlaceholderWithDefault that nothing is fed to", lambda x: raw.PlaceholderWithDefault(input=x, shape=[2]), x=data([2]))
F.case("Identity keeps NaN and -0", lambda x: raw.Identity(input=x), x=np.float32([NAN, -0.0, INF]), signed_zero=True)

# --- Reshape

RESHAPES = {
    "[6]": ([2, 3], [6]), "[-1]": ([2, 3], [-1]), "[3,-1]": ([2, 3], [3, -1]), "[-1,1,2]": ([2, 3], [-1, 1, 2]),
    "of a scalar to [1,1]": ([], [1, 1]), "of a scalar to [-1]": ([], [-1]), "to a scalar": ([1, 1], []),
    "of nothing to [3,0]": ([0, 3], [3, 0]), "of nothing to [-1,3]": ([0, 3], [-1, 3]), "of nothing to [0]": ([0], [0]),
    "of nothing to [2,-1]": ([0, 3], [2, -1]), "of nothing to [0,7]": ([3, 0], [0, 7]), "to rank 6": ([2, 6], [1, 2, 1, 3, 1, 2]),
}  # fmt: skip
for title, (shape, wanted) in RESHAPES.items():
    F.case(f"Reshape {title}", lambda x, w=wanted: raw.Reshape(tensor=x, shape=tf.constant(w, tf.int32)), x=data(shape))
    F.case(f"Reshape {title}, shape as input", lambda x, shape: raw.Reshape(tensor=x, shape=shape), x=data(shape), shape=np.array(wanted, np.int64))
for title, (shape, wanted) in {
    "too many": ([2, 3], [7]), "two -1": ([2, 3], [-1, -1]), "below -1": ([2, 3], [-2, 3]), "not divisible": ([2, 3], [4, -1]),
    "-1 beside 0": ([0, 3], [0, -1]), "0 of something": ([2, 3], [0, 3]), "0 and -1 of something": ([2, 3], [0, -1]),
}.items():  # fmt: skip
    F.case(f"Reshape {title}", lambda x, shape: raw.Reshape(tensor=x, shape=shape), x=data(shape), shape=np.int32(wanted))
    if min(wanted) >= -1:
        F.case(f"Reshape {title}, constant", lambda x, w=wanted: raw.Reshape(tensor=x, shape=w), dynamic="only", refused=title == "-1 beside 0", x=data(shape))
F.case("Reshape by the shape of another", lambda x, y: raw.Reshape(tensor=x, shape=raw.Shape(input=y)), x=data([6]), y=data([3, 2]))
F.case("Reshape by the shape of another int64", lambda x, y: raw.Reshape(tensor=x, shape=raw.Shape(input=y, out_type=tf.int64)), x=data([6]), y=data([3, 2]))
F.case("Reshape batch and rest", lambda x: tf.reshape(x, [tf.shape(x)[0], -1]), x=data([2, 3, 4]))
F.case("Reshape batch and rest of nothing", lambda x: tf.reshape(x, [tf.shape(x)[0], 12]), x=data([0, 3, 4]))
F.case("Reshape two known of three", lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], 2, 2]), x=data([2, 3, 4]))
F.case("Reshape two unknown, of nothing", lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], 2, 2]), x=data([0, 3, 4]))
F.case("Reshape by an unknown size that is 0", lambda x, n: tf.reshape(x, [n, 3]), x=data([0, 3]), n=np.int32(0))
F.case("Reshape by an unknown size", lambda x, n: tf.reshape(x, [n, 3]), x=data([2, 3]), n=np.int32(2))
F.case("Reshape by an unknown size that is -1", lambda x, n: tf.reshape(x, [n, 3]), x=data([2, 3]), n=np.int32(-1))
F.case("Reshape by an unknown size beside -1", lambda x, n: tf.reshape(x, [n, -1]), x=data([2, 3]), n=np.int32(3))
F.case("Reshape by an unknown size that is wrong", lambda x, n: tf.reshape(x, [n, 3]), x=data([2, 3]), n=np.int32(3))
F.case("Reshape by the size of another that is wrong", lambda x, y: tf.reshape(x, [tf.shape(y)[0], 3]), x=data([2, 3]), y=data([3]))

# --- ExpandDims, Squeeze

for axis in (0, 1, 2, -1, -2, -3):
    F.case(f"ExpandDims {axis}", lambda x, a=axis: raw.ExpandDims(input=x, axis=a), x=data([2, 3]))
    F.case(f"ExpandDims {axis}, axis as input", lambda x, axis: raw.ExpandDims(input=x, axis=axis), x=data([2, 3]), axis=np.int64(axis), refused=True)
F.case("ExpandDims of a scalar", lambda x: [raw.ExpandDims(input=x, axis=0), raw.ExpandDims(input=x, axis=-1)], x=np.float32(1))
F.case("ExpandDims axis [1]", lambda x: raw.ExpandDims(input=x, axis=[1]), x=data([2, 3]))
F.case("ExpandDims of nothing", lambda x: raw.ExpandDims(input=x, axis=1), x=data([0, 3]))
F.case("ExpandDims out of range", lambda x, axis: raw.ExpandDims(input=x, axis=axis), x=data([2, 3]), axis=np.int32(3))
for title, shape, axes in [
    ("all", [1, 2, 1], []), ("[0]", [1, 2, 1], [0]), ("[-1]", [1, 2, 1], [-1]), ("[0,2]", [1, 2, 1], [0, 2]), ("[2,0]", [1, 2, 1], [2, 0]),
    ("twice the same", [1, 2, 1], [0, 0]), ("twice the same by both signs", [1, 2, 1], [0, -3]), ("to a scalar", [1, 1], [0, 1]), ("of nothing", [0, 1], [1]), ("none of none", [2, 3], []),
]:  # fmt: skip
    F.case(f"Squeeze {title}", lambda x, a=axes: raw.Squeeze(input=x, axis=a), x=data(shape), refused="dynamic" if not axes else False)
F.case("Squeeze all of a scalar", lambda x: raw.Squeeze(input=x), x=np.float32(2))
F.case("Squeeze what is not 1", lambda x: raw.Squeeze(input=x, axis=[1]), dynamic="only", x=data([1, 2, 1]))
F.case("Squeeze out of range", lambda x: raw.Squeeze(input=raw.Reshape(tensor=x, shape=raw.Shape(input=x)), axis=[0]), dynamic="only", x=data([2]))

# --- Shape, Size, Rank

for shape in ([], [0], [5], [2, 0, 3], [1, 2, 3, 4, 5]):
    F.case(f"shapes of {shape}", lambda x: {
        "shape": raw.Shape(input=x), "shape64": raw.Shape(input=x, out_type=tf.int64), "size": raw.Size(input=x),
        "size64": raw.Size(input=x, out_type=tf.int64), "rank": raw.Rank(input=x),
    }, x=data(shape))  # fmt: skip
F.case("ShapeN", lambda x, y: raw.ShapeN(input=[x, y]), x=data([2, 3]), y=data([4, 0]))
F.case("ShapeN int64", lambda x, y: raw.ShapeN(input=[x, y], out_type=tf.int64), x=data([2, 3]), y=data([4, 0]))
F.case("EnsureShape", lambda x: raw.EnsureShape(input=x, shape=[2, None]), x=data([2, 3]))
F.case("EnsureShape, wrong size", lambda x: raw.EnsureShape(input=x, shape=[3, None]), x=data([2, 3]), dynamic="only")
F.case("EnsureShape, wrong last size", lambda x: raw.EnsureShape(input=x, shape=[None, 2]), x=data([2, 3]), dynamic="only")
F.case("EnsureShape of a scalar", lambda x: raw.EnsureShape(input=x, shape=[]), x=np.float32(2))

# --- BroadcastTo, BroadcastArgs, Fill

for title, shape, wanted in [
    ("[3] to [2,3]", [3], [2, 3]), ("[2,1] to [2,3]", [2, 1], [2, 3]), ("a scalar to [2,2]", [], [2, 2]), ("the same", [2, 3], [2, 3]),
    ("[1] to [0]", [1], [0]), ("[0] to [2,0]", [0], [2, 0]), ("[1,1] to [1,1,1]", [1, 1], [1, 1, 1]), ("a scalar to a scalar", [], []),
]:  # fmt: skip
    F.case(f"BroadcastTo {title}", lambda x, w=wanted: raw.BroadcastTo(input=x, shape=tf.constant(w, tf.int32)), x=data(shape))
    F.case(f"BroadcastTo {title}, shape as input", lambda x, shape: raw.BroadcastTo(input=x, shape=shape), x=data(shape), shape=np.array(wanted, np.int64))
for title, shape, wanted in [("[2] to [3]", [2], [3]), ("[2,3] to [3]", [2, 3], [3]), ("[2,3] to [2,1]", [2, 3], [2, 1]), ("[3] to [1]", [3], [1]), ("[3] to [0]", [3], [0]), ("[2,3] to [2,-1]", [2, 3], [2, -1])]:
    F.case(f"BroadcastTo {title} raises", lambda x, shape: raw.BroadcastTo(input=x, shape=shape), x=data(shape), shape=np.int32(wanted))
    if len(wanted) >= len(shape):
        F.case(f"BroadcastTo {title} raises, constant", lambda x, w=wanted: raw.BroadcastTo(input=x, shape=w), x=data(shape), dynamic="only")
for title, a, b in [("[2,1] [3]", [2, 1], [3]), ("[] [4]", [], [4]), ("[1,5] [2,1,1]", [1, 5], [2, 1, 1]), ("[1] [0]", [1], [0]), ("[2,3] [2,3]", [2, 3], [2, 3])]:
    F.case(f"BroadcastArgs {title}", lambda a, b: raw.BroadcastArgs(s0=a, s1=b), a=np.array(a, np.int32), b=np.array(b, np.int32))
    F.case(f"BroadcastArgs {title} of shapes", lambda x, y: raw.BroadcastArgs(s0=raw.Shape(input=x), s1=raw.Shape(input=y)), x=data(a), y=data(b))
F.case("BroadcastArgs int64", lambda a, b: raw.BroadcastArgs(s0=a, s1=b), a=np.int64([2, 1]), b=np.int64([3]))
F.case("BroadcastArgs that do not fit", lambda a, b: raw.BroadcastArgs(s0=a, s1=b), a=np.int32([2, 2]), b=np.int32([3]))
for title, dims in {"[2,3]": [2, 3], "[]": [], "[0,2]": [0, 2], "[1]": [1]}.items():
    F.case(f"Fill {title}", lambda v, d=dims: raw.Fill(dims=tf.constant(d, tf.int32), value=v), v=np.float32(1.5))
    F.case(f"Fill {title}, dims as input", lambda v, dims: raw.Fill(dims=dims, value=v), v=np.int64(2**53 + 1), dims=np.array(dims, np.int64))
F.case("Fill with a negative size", lambda v, dims: raw.Fill(dims=dims, value=v), v=np.float32(1), dims=np.int32([2, -1]))
F.case("Fill of the batch", lambda x: tf.fill([tf.shape(x)[0], 2], 7), x=data([3, 4]))
for shape in ([], [0], [2, 1]):
    F.case(f"ZerosLike, OnesLike of {shape}", lambda x: [raw.ZerosLike(x=x), raw.OnesLike(x=x)], x=np.full(shape, NAN, np.float32))
F.case("zeros of the shape of another", lambda x: tf.zeros(tf.shape(x), tf.int8), x=data([2, 3]))
F.case("Empty with init", lambda n: raw.Empty(shape=n, dtype=tf.float32, init=True), n=np.int32([2, 3]))

# --- LinSpace, Range, InvertPermutation, UnravelIndex

for title, (a, b, n) in {"0 to 1 by 5": (0, 1, 5), "one": (3, 9, 1), "downwards": (2, -4, 4), "two": (-1.5, 2.25, 2), "many": (0, 1, 77), "equal ends": (2, 2, 3)}.items():
    for dtype in (np.float32, np.float64):
        F.case(f"LinSpace {name_of(dtype)} {title}", lambda start, stop, n=n: raw.LinSpace(start=start, stop=stop, num=n), start=dtype(a), stop=dtype(b))
    F.case(f"LinSpace {title}, num as input", lambda start, stop, num: raw.LinSpace(start=start, stop=stop, num=num), start=np.float32(a), stop=np.float32(b), num=np.int32(n))
F.case("LinSpace bfloat16", lambda start, stop: raw.LinSpace(start=start, stop=stop, num=7), start=BF16(0), stop=BF16(1), if_kernel=True)
F.case("LinSpace of none", lambda start, num: raw.LinSpace(start=start, stop=start, num=num), start=np.float32(0), num=np.int32(0))
F.case("LinSpace of constants", lambda x: x + raw.LinSpace(start=-1.0, stop=1.0, num=4), x=data([4]))
for dtype in (np.int32, np.int64):
    F.case(f"InvertPermutation {name_of(dtype)}", lambda x: raw.InvertPermutation(x=x), x=dtype([3, 0, 2, 1]))
F.case("InvertPermutation of nothing", lambda x: raw.InvertPermutation(x=x), x=np.int32([]))
for title, x in {"twice": [0, 0, 1], "out of range": [0, 3, 1], "negative": [0, -1, 1]}.items():
    F.case(f"InvertPermutation {title}", lambda x: raw.InvertPermutation(x=x), x=np.int32(x))
F.case("InvertPermutation of a constant", lambda x: tf.transpose(x, tf.math.invert_permutation([2, 0, 1])), x=data([2, 3, 4]))
for dtype in (np.int32, np.int64):
    F.case(f"UnravelIndex {name_of(dtype)}", lambda i: raw.UnravelIndex(indices=i, dims=np.array([3, 4, 5], i.dtype.as_numpy_dtype)), i=dtype([0, 7, 59]))
F.case("UnravelIndex of a scalar", lambda i: raw.UnravelIndex(indices=i, dims=[3, 4]), i=np.int32(7))
F.case("UnravelIndex, dims as input", lambda i, d: raw.UnravelIndex(indices=i, dims=d), i=np.int32([7]), d=np.int32([3, 4]), refused=True)
F.case("UnravelIndex out of range", lambda i, d: raw.UnravelIndex(indices=i, dims=d), i=np.int32([12]), d=np.int32([3, 4]))
F.case("UnravelIndex by 0", lambda i, d: raw.UnravelIndex(indices=i, dims=d), i=np.int32([0]), d=np.int32([3, 0]))

# --- Bitcast, CheckNumerics

for a, b in [(np.float32, np.int32), (np.int32, np.float32), (np.float32, np.uint32), (np.uint8, np.float32), (np.int64, np.float64), (np.float16, np.int16)]:
    x = np.array([[1, 2, 3, 4]], a)
    F.case(f"Bitcast {name_of(a)} to {name_of(b)}", lambda x, b=b: raw.Bitcast(input=x, type=tf.as_dtype(b)), x=x, refused=a == np.uint8)
for a, b in [(np.int32, np.uint32), (np.uint32, np.int32), (np.int64, np.uint64), (np.uint64, np.int64), (np.int8, np.uint8), (np.uint8, np.int8), (np.int16, np.uint16), (np.uint16, np.int16), (np.int32, np.int32)]:
    top = np.iinfo(a).max
    x = np.array([0, 1, top, top // 2 + 1, np.iinfo(a).min], a)
    F.case(f"Bitcast {name_of(a)} to {name_of(b)}", lambda x, b=b: raw.Bitcast(input=x, type=tf.as_dtype(b)), x=x)
for dtype in (np.float16, BF16, np.float32, np.float64):
    F.case(f"CheckNumerics {name_of(dtype)}", lambda x: raw.CheckNumerics(tensor=x, message="bad"), x=data([2, 3], dtype))
    for title, bad in {"NaN": NAN, "inf": INF, "-inf": -INF}.items():
        F.case(f"CheckNumerics {name_of(dtype)} {title}", lambda x: raw.CheckNumerics(tensor=x, message="bad"), x=np.array([1, bad], dtype))
F.case("CheckNumerics of nothing", lambda x: raw.CheckNumerics(tensor=x, message="bad"), x=data([0]))
F.case("CheckNumericsV2", lambda x: raw.CheckNumericsV2(tensor=x, message="bad"), x=np.float32([1, -INF]))
