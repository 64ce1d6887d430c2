"""Parts of tensors: slices, splits, reversals, rolls."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("slicing")
raw = tf.raw_ops
BF16 = tf.bfloat16.as_numpy_dtype
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
DTYPES = [np.float16, BF16, np.float32, np.float64, *INTS, np.bool_]


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype=np.float32):
    """Numbers up to the dtype's ends."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        return np.linspace(np.iinfo(dtype).min, np.iinfo(dtype).max, int(np.prod(shape))).astype(dtype).reshape(shape) if dtype.itemsize < 8 else (
            np.iinfo(dtype).max - np.arange(int(np.prod(shape)), dtype=dtype).reshape(shape))
    return F.random(shape, dtype)


# --- every dtype

for dtype in DTYPES:
    x = data([3, 4], dtype)
    F.case(f"moves {name_of(dtype)}", lambda x: {
        "strided": x[1:, ::-2], "element": x[1, 2], "slice": raw.Slice(input=x, begin=[1, 0], size=[2, 3]),
        "split": raw.Split(axis=1, value=x, num_split=2)[1], "splitv": raw.SplitV(value=x, size_splits=[1, 3], axis=1, num_split=2)[1],
        "unpack": raw.Unpack(value=x, num=3, axis=0)[2],
    }, x=x)  # fmt: skip
    F.case(f"ReverseV2 {name_of(dtype)}", lambda x: raw.ReverseV2(tensor=x, axis=[0, 1]), x=x, if_kernel=True)
    F.case(f"Roll {name_of(dtype)}", lambda x: raw.Roll(input=x, shift=1, axis=1), x=x, if_kernel=True)
    F.case(f"ReverseSequence {name_of(dtype)}", lambda x: raw.ReverseSequence(input=x, seq_lengths=[1, 4, 2], seq_dim=1, batch_dim=0), x=x, if_kernel=True)

# --- StridedSlice

E, N = Ellipsis, None
SLICES = {
    "[:]": np.s_[:], "[1]": np.s_[1], "[-1]": np.s_[-1], "[1:3]": np.s_[1:3], "[::2]": np.s_[::2], "[::-1]": np.s_[::-1], "[3:0:-1]": np.s_[3:0:-1],
    "[3:0:-2]": np.s_[3:0:-2], "[-2:]": np.s_[-2:], "[:-2]": np.s_[:-2], "[-100:100]": np.s_[-100:100], "[100:-100:-1]": np.s_[100:-100:-1],
    "[2:1]": np.s_[2:1], "[1:1]": np.s_[1:1], "[:, 1]": np.s_[:, 1], "[:, -1]": np.s_[:, -1], "[..., 0]": np.s_[..., 0], "[..., -1:]": np.s_[..., -1:],
    "[0, ...]": np.s_[0, ...], "[0, ..., 1]": np.s_[0, ..., 1], "[..., N]": np.s_[..., N], "[N]": np.s_[N], "[:, N]": np.s_[:, N], "[N, 1, N, ..., N]": np.s_[N, 1, N, ..., N],
    "[1, 2, 0]": np.s_[1, 2, 0], "[:, ::-1, 1:]": np.s_[:, ::-1, 1:], "[1:2, 1, N, 0:1]": np.s_[1:2, 1, N, 0:1], "[..., ::2]": np.s_[..., ::2], "[...]": np.s_[...],
    "[:, :, ...]": np.s_[:, :, ...], "[1, ..., N, 0]": np.s_[1, ..., N, 0], "[::3, ::-2, ::-1]": np.s_[::3, ::-2, ::-1], "[-1::-1]": np.s_[-1::-1], "[:0:-1]": np.s_[:0:-1],
    "[:, 0:0]": np.s_[:, 0:0], "[N, N]": np.s_[N, N], "[1:-1, 1:-1]": np.s_[1:-1, 1:-1], "[0:1]": np.s_[0:1], "[-1:]": np.s_[-1:], "[-4:-1]": np.s_[-4:-1],
}  # fmt: skip
for title, item in SLICES.items():
    F.case(f"StridedSlice {title}", lambda x, s=item: x[s], x=data([4, 3, 2]))
    F.case(f"StridedSlice {title} of a shape", lambda x, s=item: raw.Reshape(tensor=raw.Shape(input=x)[s if not isinstance(s, tuple) else s[:1] if s[0] is not E else s[:1]], shape=[-1]), x=data([4, 3, 2, 1])) if not (isinstance(item, tuple) and N in item) and item is not N else None
for title, item in {"[::2]": np.s_[::2], "[::-1]": np.s_[::-1], "[1:]": np.s_[1:], "[:0]": np.s_[:0], "[N]": np.s_[N]}.items():
    F.case(f"StridedSlice {title} of nothing", lambda x, s=item: x[s], x=data([0, 2]))
F.case("StridedSlice of a scalar", lambda x: [x[N], x[...], x[..., N]], x=np.float32(3))


def strided(begin, end, strides, **masks):
    return lambda x, begin=begin, end=end, strides=strides: raw.StridedSlice(input=x, begin=begin, end=end, strides=strides, **masks)


for title, begin, end, strides, masks in [
    ("plain", [1, 0], [3, 2], [1, 1], {}), ("negative", [-3, -2], [-1, 3], [1, 1], {}), ("out of range", [-9, 1], [9, 9], [1, 1], {}), ("nothing", [3, 0], [1, 2], [1, 1], {}),
    ("backwards", [3, 2], [0, 0], [-1, -2], {}), ("backwards from outside", [9, 9], [-9, -9], [-1, -2], {}), ("begin mask", [2, 1], [3, 2], [1, 1], {"begin_mask": 1}),
    ("end mask", [1, 1], [0, 0], [1, 1], {"end_mask": 2}), ("both masks backwards", [1, 1], [0, 0], [-1, -1], {"begin_mask": 3, "end_mask": 3}),
    ("shrink", [1, 0], [2, 2], [1, 1], {"shrink_axis_mask": 1}), ("shrink from the end", [-1, -3], [0, 0], [1, 1], {"shrink_axis_mask": 3}),
    ("shrink, begin mask does not count", [2, 0], [0, 0], [1, 1], {"shrink_axis_mask": 1, "begin_mask": 1, "end_mask": 3}),
    ("ellipsis", [0, 1], [0, 2], [1, 1], {"ellipsis_mask": 1}), ("ellipsis of no dimension", [1, 0, 0, 1], [3, 0, 1, 2], [1, 1, 1, 1], {"ellipsis_mask": 2}),
    ("new axis", [0, 1], [0, 2], [1, 1], {"new_axis_mask": 1}), ("new axis wins over shrink", [0, 1], [0, 2], [1, 1], {"new_axis_mask": 1, "shrink_axis_mask": 1}),
    ("ellipsis wins over new axis", [0, 1], [0, 2], [1, 1], {"ellipsis_mask": 1, "new_axis_mask": 1}), ("new axis after the ellipsis", [0, 0, 1], [0, 0, 2], [1, 1, 1], {"ellipsis_mask": 1, "new_axis_mask": 2}),
    ("no entries", np.zeros([0], np.int32), np.zeros([0], np.int32), np.zeros([0], np.int32), {}), ("stride beyond the size", [0, 0], [4, 3], [7, 2], {}),
]:  # fmt: skip
    begin, end, strides = (np.asarray(one, np.int32) for one in (begin, end, strides))
    F.case(f"StridedSlice {title}, constants", strided(begin, end, strides, **masks), x=data([4, 3, 2]))
    F.case(f"StridedSlice {title}, bounds as input", lambda x, begin, end, s=strides, m=masks: raw.StridedSlice(input=x, begin=begin, end=end, strides=s, **m),
           dynamic={"begin": begin.shape, "end": end.shape}, x=data([4, 3, 2]), begin=begin.astype(np.int64), end=end.astype(np.int64)) if len(begin) else None
    F.case(f"StridedSlice {title}, all as input", lambda x, begin, end, strides, m=masks: raw.StridedSlice(input=x, begin=begin, end=end, strides=strides, **m), refused=True,
           x=data([4, 3, 2]), begin=begin, end=end, strides=strides) if title in ("plain", "backwards") else None
for title, begin, masks in [("4", [4], {"shrink_axis_mask": 1}), ("-5", [-5], {"shrink_axis_mask": 1}), ("100", [100], {"shrink_axis_mask": 1}), ("[0, 3]", [0, 3], {"shrink_axis_mask": 3})]:
    end, ones = [one + 1 for one in begin], [1] * len(begin)
    F.case(f"StridedSlice of index {title} raises", strided(begin, end, ones, **masks), x=data([4, 3]), dynamic="only")
    F.case(f"StridedSlice of index {title} as input raises", lambda x, begin, e=end, o=ones, m=masks: raw.StridedSlice(input=x, begin=begin, end=e, strides=o, **m), dynamic={"begin": [len(begin)]}, x=data([4, 3]), begin=np.int32(begin))
F.case("StridedSlice of an element of nothing raises", strided([0], [1], [1], shrink_axis_mask=1), x=data([0, 2]), dynamic="only")
F.case("StridedSlice shrink of size 1, index 1 raises", strided([1], [2], [1], shrink_axis_mask=1), x=data([1, 2]), dynamic="only")
F.case("StridedSlice shrink of size 1, index as input 0", lambda x, i: x[:, i], x=data([3, 1]), i=np.int32(0))
F.case("StridedSlice shrink of size 1, index as input 1 raises", lambda x, i: x[:, i], x=data([3, 1]), i=np.int32(1))
F.case("StridedSlice shrink of size 1, index as input -1", lambda x, i: x[:, i], x=data([3, 1]), i=np.int32(-1))
F.case("StridedSlice shrink of size 1, index as input -2 raises", lambda x, i: x[:, i], x=data([3, 1]), i=np.int32(-2))
F.case("StridedSlice shrink, index as input -4 raises", lambda x, i: x[:, i], x=data([2, 3]), i=np.int32(-4))
F.case("StridedSlice shrink, index as input -3", lambda x, i: x[:, i], x=data([2, 3]), i=np.int32(-3))
F.case("StridedSlice stride 0", lambda x, s: raw.StridedSlice(input=x, begin=[0], end=[2], strides=s), x=data([3]), s=np.int32([0]), dynamic="only")
F.case("StridedSlice to a length as input", lambda x, n: x[:, :n], x=data([2, 4]), n=np.int32(3))
F.case("StridedSlice to a length as input, more than there is", lambda x, n: x[:, :n], x=data([2, 4]), n=np.int32(30))
F.case("StridedSlice from an index as input", lambda x, n: x[n:], x=data([4, 2]), n=np.int32(-3))
F.case("StridedSlice backwards from an index as input", lambda x, n: x[n::-1], x=data([4, 2]), n=np.int32(2))
F.case("StridedSlice backwards to an index as input", lambda x, n: x[:n:-1], x=data([4, 2]), n=np.int32(-1))
F.case("StridedSlice to the length of another", lambda x, y: x[: tf.shape(y)[0]], x=data([4, 2]), y=data([3]))
F.case("StridedSlice int64", lambda x, begin: raw.StridedSlice(input=x, begin=begin, end=np.int64([4]), strides=np.int64([2])), x=data([4]), begin=np.int64([1]), dynamic={"begin": [1]})
F.case("StridedSlice of rank 6", lambda x: x[:, 0, ..., ::-1, 1:], x=data([2, 1, 2, 1, 3, 2]))
F.case("StridedSlice with an end at the largest int32", strided([1], [2**31 - 1], [1]), x=data([4]))
F.case("StridedSlice with an end at the smallest int32", strided([2], [-(2**31)], [-1]), x=data([4]))

# --- Slice

for title, begin, size in [
    ("inside", [1, 0], [2, 3]), ("to the end", [1, 1], [-1, -1]), ("all", [0, 0], [-1, -1]), ("nothing", [1, 1], [0, 2]), ("at the end", [4, 3], [0, 0]), ("at the end, -1", [4, 0], [-1, 1]),
    ("one element", [3, 2], [1, 1]),
]:  # fmt: skip
    F.case(f"Slice {title}", lambda x, b=begin, s=size: raw.Slice(input=x, begin=b, size=s), x=data([4, 3]))
    F.case(f"Slice {title}, as input", lambda x, begin, size: raw.Slice(input=x, begin=begin, size=size), x=data([4, 3]), begin=np.int64(begin), size=np.int64(size))
    F.case(f"Slice {title}, begin as input", lambda x, begin, s=size: raw.Slice(input=x, begin=begin, size=s), x=data([4, 3]), begin=np.int32(begin))
for title, begin, size in [("begins before", [-1, 0], [1, 1]), ("begins behind", [5, 0], [-1, 1]), ("too long", [2, 0], [3, 1]), ("size -2", [0, 0], [-2, 1]), ("begins behind, 0", [5, 0], [0, 1]), ("before, to the end", [-1, 0], [-1, 1])]:
    F.case(f"Slice {title} raises", lambda x, b=begin, s=size: raw.Slice(input=x, begin=b, size=s), x=data([4, 3]), dynamic="only") if title != "size -2" else None
    F.case(f"Slice {title} as input raises", lambda x, begin, size: raw.Slice(input=x, begin=begin, size=size), x=data([4, 3]), begin=np.int32(begin), size=np.int32(size))
F.case("Slice of a scalar", lambda x: raw.Slice(input=x, begin=np.zeros([0], np.int32), size=np.zeros([0], np.int32)), x=np.float32(1))
F.case("Slice of rank 5", lambda x: raw.Slice(input=x, begin=[0, 1, 0, 1, 0], size=[-1, 1, 1, -1, 1]), x=data([1, 2, 1, 3, 2]))

# --- Split, SplitV, Unpack

for axis in (0, 1, -1, -2):
    F.case(f"Split axis {axis}", lambda x, a=axis: raw.Split(axis=a, value=x, num_split=2), x=data([4, 6]))
    F.case(f"Unpack axis {axis}", lambda x, a=axis: raw.Unpack(value=x, num=2, axis=a), x=data([2, 2]))
    F.case(f"SplitV axis {axis}", lambda x, a=axis: raw.SplitV(value=x, size_splits=[1, 3], axis=a, num_split=2), x=data([4, 4]))
    F.case(f"SplitV axis {axis} with -1", lambda x, a=axis: raw.SplitV(value=x, size_splits=[1, -1, 0], axis=a, num_split=3), x=data([4, 4]))
F.case("Split into one", lambda x: raw.Split(axis=0, value=x, num_split=1), x=data([4, 6]))
F.case("Split into ones", lambda x: raw.Split(axis=1, value=x, num_split=3), x=data([2, 3]))
F.case("Split of nothing", lambda x: raw.Split(axis=1, value=x, num_split=2), x=data([0, 4]))
F.case("Split of nothing along the axis", lambda x: raw.Split(axis=0, value=x, num_split=2), x=data([0, 4]))
F.case("Split not divisible", lambda x: raw.Split(axis=0, value=x, num_split=3), x=data([4, 2]), dynamic="only")
F.case("Split not divisible, 4 into 3 of 5", lambda x: raw.Split(axis=0, value=x, num_split=3), x=data([5, 2]), dynamic="only")
F.case("Split into more than there are", lambda x: raw.Split(axis=0, value=x, num_split=4), x=data([2, 2]), dynamic="only")
F.case("Split axis as input", lambda x, a: raw.Split(axis=a, value=x, num_split=2), x=data([4, 6]), a=np.int32(1), refused=True)
F.case("SplitV into one", lambda x: raw.SplitV(value=x, size_splits=[4], axis=0, num_split=1), x=data([4, 6]))
F.case("SplitV into one of another size", lambda x: raw.SplitV(value=x, size_splits=[3], axis=0, num_split=1), x=data([4, 6]), dynamic="only")
F.case("SplitV sizes int64", lambda x: raw.SplitV(value=x, size_splits=np.int64([1, 3]), axis=0, num_split=2), x=data([4, 6]))
for title, sizes in {"[1,3]": [1, 3], "[0,4]": [0, 4], "[-1,1]": [-1, 1], "[4,-1]": [4, -1], "[-1,0]": [-1, 0]}.items():
    F.case(f"SplitV sizes {title} as input", lambda x, sizes: raw.SplitV(value=x, size_splits=sizes, axis=0, num_split=2), x=data([4, 2]), sizes=np.int32(sizes))
for title, sizes in {"too few": [1, 2], "too many": [3, 2], "two -1": [-1, -1], "-1 and too many": [5, -1], "-2": [-2, 2], "-2 and fits": [-2, 6]}.items():
    if min(sizes) >= 0 or title == "-1 and too many":
        F.case(f"SplitV sizes {title} raises", lambda x, s=sizes: raw.SplitV(value=x, size_splits=s, axis=0, num_split=2), x=data([4, 2]), dynamic="only")
    F.case(f"SplitV sizes {title} as input raises", lambda x, sizes: raw.SplitV(value=x, size_splits=sizes, axis=0, num_split=2), x=data([4, 2]), sizes=np.int32(sizes))
F.case("Unpack of a vector", lambda x: raw.Unpack(value=x, num=3), x=data([3]))
F.case("Unpack into one", lambda x: raw.Unpack(value=x, num=1, axis=1), x=data([3, 1]))
F.case("Unpack of nothing", lambda x: raw.Unpack(value=x, num=2, axis=0), x=data([2, 0]))
F.case("Unpack of another number", lambda x: raw.Unpack(value=x, num=2), x=data([3, 2]), dynamic="only")
F.case("Unpack of fewer", lambda x: raw.Unpack(value=x, num=4), x=data([3, 2]), dynamic="only")

# --- ReverseV2, ReverseSequence, Roll

for title, axes in {"[0]": [0], "[-1]": [-1], "[0,2]": [0, 2], "[]": np.zeros([0], np.int32), "[2,0,1]": [2, 0, 1], "int64 [1]": np.int64([1])}.items():
    F.case(f"ReverseV2 {title}", lambda x, a=axes: raw.ReverseV2(tensor=x, axis=a), x=data([2, 3, 4]))
F.case("ReverseV2 axis as input", lambda x, axis: raw.ReverseV2(tensor=x, axis=axis), x=data([2, 3]), axis=np.int32([1]), refused=True)
F.case("ReverseV2 twice the same", lambda x, axis: raw.ReverseV2(tensor=x, axis=axis), x=data([2, 3]), axis=np.int32([1, 1]))
F.case("ReverseV2 out of range", lambda x, axis: raw.ReverseV2(tensor=x, axis=axis), x=data([2, 3]), axis=np.int32([2]))
F.case("ReverseV2 of nothing", lambda x: raw.ReverseV2(tensor=x, axis=[0, 1]), x=data([2, 0]))
F.case("ReverseV2 of a scalar", lambda x: raw.ReverseV2(tensor=x, axis=np.zeros([0], np.int32)), x=np.float32(1))
F.case("Reverse", lambda x: raw.Reverse(tensor=x, dims=[True, False, True]), x=data([2, 3, 4]))
F.case("Reverse of nothing along", lambda x: raw.Reverse(tensor=x, dims=[False, False]), x=data([2, 3]))
for seq, batch in [(1, 0), (0, 1), (2, 0), (1, 2), (0, 2)]:
    x = data([3, 4, 5])
    lengths = np.int64([0, 1, 2, 3, 3])[: x.shape[batch]]
    F.case(f"ReverseSequence seq_dim {seq} batch_dim {batch}", lambda x, lengths, s=seq, b=batch: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=s, batch_dim=b), x=x, lengths=lengths)
F.case("ReverseSequence int32 lengths", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 4, 2]), lengths=np.int32([4, 0]))
F.case("ReverseSequence of a matrix", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 4]), lengths=np.int32([3, 2]))
F.case("ReverseSequence too long", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 4]), lengths=np.int32([5, 2]))
F.case("ReverseSequence negative", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 4]), lengths=np.int32([-1, 2]))
F.case("ReverseSequence too few lengths", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 4]), lengths=np.int32([1]), dynamic="only")
F.case("ReverseSequence of nothing", lambda x, lengths: raw.ReverseSequence(input=x, seq_lengths=lengths, seq_dim=1), x=data([2, 0]), lengths=np.int32([0, 0]))
for title, shift, axis in [
    ("1 by 0", 1, 0), ("-1 by 1", -1, 1), ("7 by -1", 7, -1), ("[1,2] by [0,1]", [1, 2], [0, 1]), ("[1,1] by [0,0]", [1, 1], [0, 0]), ("[3,-1] by [1,-2]", [3, -1], [1, -2]), ("0 by 0", 0, 0), ("-9 by 1", -9, 1),
]:  # fmt: skip
    F.case(f"Roll {title}", lambda x, s=shift, a=axis: raw.Roll(input=x, shift=s, axis=a), x=data([3, 4]))
    F.case(f"Roll {title}, shift as input", lambda x, shift, a=axis: raw.Roll(input=x, shift=shift, axis=a), x=data([3, 4]), shift=np.asarray(shift, np.int64))
F.case("Roll of nothing", lambda x: raw.Roll(input=x, shift=1, axis=0), x=data([0, 2]))
F.case("Roll of nothing, shift as input", lambda x, s: raw.Roll(input=x, shift=s, axis=0), x=data([0, 2]), s=np.int32(1))
F.case("Roll out of range", lambda x, axis: raw.Roll(input=x, shift=1, axis=axis), x=data([3]), axis=np.int32(1))
F.case("fftshift", lambda x: tf.signal.fftshift(x), x=data([5, 4]))
