"""Elements picked and placed by index: gathers, scatters, stitches, partitions, diagonals, differences of lists."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("gathering")
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


def ints(*values):
    return np.int32(values)


# --- every dtype

for dtype in DTYPES:
    x = data([3, 2], dtype)
    i = np.int32([[2], [0], [2]])
    F.case(f"moves {name_of(dtype)}", lambda x, i: {
        "gather": raw.GatherV2(params=x, indices=i, axis=0), "nd": raw.GatherNd(params=x, indices=i),
        "stitch": raw.DynamicStitch(indices=[[0, 2], [1]], data=[x[:2], x[2:]]), "partition": raw.DynamicPartition(data=x, partitions=[0, 1, 0], num_partitions=2)[0],
    }, x=x, i=i)  # fmt: skip
    for op in ("ScatterNd", "TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "TensorScatterMin", "TensorScatterMax"):
        if op == "ScatterNd":
            F.case(f"{op} {name_of(dtype)}", lambda x, i: raw.ScatterNd(indices=i, updates=x, shape=[4, 2]), x=x, i=np.int32([[3], [0], [1]]), if_kernel=True)
            F.case(f"{op} {name_of(dtype)} twice", lambda x, i: raw.ScatterNd(indices=i, updates=x, shape=[4, 2]), x=x, i=i, if_kernel=True)
        else:
            F.case(f"{op} {name_of(dtype)}", lambda t, x, i, op=op: getattr(raw, op)(tensor=t, indices=i, updates=x), t=data([4, 2], dtype), x=x, i=np.int32([[3], [0], [1]]), if_kernel=True, refused=dtype == np.uint64 and op[-3:] in ("Min", "Max"))
            F.case(f"{op} {name_of(dtype)} twice", lambda t, x, i, op=op: getattr(raw, op)(tensor=t, indices=i, updates=x), t=data([4, 2], dtype), x=x, i=i, if_kernel=True, refused=dtype == np.uint64 and op[-3:] in ("Min", "Max"))
    F.case(f"Diag, DiagPart {name_of(dtype)}", lambda x: [raw.Diag(diagonal=x[0]), raw.DiagPart(input=x[:2])], x=x, if_kernel=True)
    F.case(f"MatrixDiag and its like {name_of(dtype)}", lambda x: {
        "diag": raw.MatrixDiag(diagonal=x), "part": raw.MatrixDiagPart(input=x), "band": raw.MatrixBandPart(input=x, num_lower=0, num_upper=-1),
        "set": raw.MatrixSetDiag(input=x, diagonal=x[2]),
    }, x=x, if_kernel=True)  # fmt: skip
    F.case(f"ListDiff {name_of(dtype)}", lambda x, y: raw.ListDiff(x=x, y=y), x=np.array([1, 0, 1, 1], dtype), y=np.array([0], dtype), if_kernel=True)

# --- Gather, GatherV2, ResourceGather

for title, shape, indices, axis, batch in [
    ("axis 0", [3, 4], [2, 0, 2], 0, 0), ("axis 1", [3, 4], [[3, 0], [1, 1]], 1, 0), ("axis -1", [2, 3, 4], [1], -1, 0), ("axis -3", [2, 3, 4], [1, 0], -3, 0), ("a scalar", [3, 4], 1, 0, 0),
    ("a scalar, axis 1", [3, 4], 1, 1, 0), ("no indices", [3, 4], np.zeros([0]), 0, 0), ("no indices, axis 1", [3, 4], np.zeros([2, 0]), 1, 0), ("of a vector", [5], [4, 4], 0, 0),
    ("batch 1", [2, 3, 4], [[0, 2], [1, 1]], 1, 1), ("batch 1, axis 2", [2, 3, 4], [[3, 2], [1, 1]], 2, 1), ("batch 1, axis -1", [2, 3, 4], [[3, 2], [1, 1]], -1, 1), ("batch 1, vector", [2, 3], [2, 0], 1, 1),
    ("batch 2", [2, 2, 3], [[[0, 2], [1, 1]], [[2, 2], [0, 1]]], 2, 2), ("batch -1", [2, 3], [[2, 0], [1, 1]], 1, -1), ("batch 1, axis 3, matrix", [2, 1, 2, 3], [[[2, 0]], [[1, 1]]], 3, 1),
    ("batch 2, axis 3", [2, 1, 2, 3], [[2], [1]], 3, 1), ("batch 1, axis 1 of rank 4", [2, 3, 2, 2], [[[2, 0], [1, 1]], [[0, 0], [1, 2]]], 1, 1), ("batch 1, no indices", [2, 3], np.zeros([2, 0]), 1, 1),
    ("batch 0, axis 1, no elements beside", [0, 3], [1], 1, 0), ("batch of nothing", [0, 3], np.zeros([0, 2]), 1, 1),
]:  # fmt: skip
    indices = np.asarray(indices, np.int32)
    F.case(f"GatherV2 {title}", lambda x, i, a=axis, b=batch: raw.GatherV2(params=x, indices=i, axis=a, batch_dims=b), x=data(shape), i=indices)
    F.case(f"GatherV2 {title}, constant int64", lambda x, i=indices, a=axis, b=batch: raw.GatherV2(params=x, indices=i.astype(np.int64), axis=a, batch_dims=b), x=data(shape))
for title, shape, indices, axis, batch in [
    ("3 of 3", [3, 2], [3], 0, 0), ("-1", [3, 2], [-1], 0, 0), ("-1 of axis 1", [3, 2], [[-1]], 1, 0), ("7 in a batch", [2, 3], [[0], [7]], 1, 1), ("-1 in a batch", [2, 3], [[0], [-1]], 1, 1), ("of nothing", [0, 2], [0], 0, 0),
    ("a batch of other size", [2, 3], [[0]], 1, 1), ("beyond int32", [3], [2**31 - 1], 0, 0),
]:  # fmt: skip
    F.case(f"GatherV2 {title} raises", lambda x, i, a=axis, b=batch: raw.GatherV2(params=x, indices=i, axis=a, batch_dims=b), x=data(shape), i=np.int32(indices))
    F.case(f"GatherV2 {title} raises, constant", lambda x, i=np.int32(indices), a=axis, b=batch: raw.GatherV2(params=x, indices=i, axis=a, batch_dims=b), x=data(shape), dynamic="only")
F.case("GatherV2 -2^40 raises", lambda x, i: raw.GatherV2(params=x, indices=i, axis=0), x=data([3]), i=np.int64([-(2**40)]))
F.case("GatherV2 2^32 raises", lambda x, i: raw.GatherV2(params=x, indices=i, axis=0), x=data([3]), i=np.int64([2**32]))
F.case("GatherV2 axis as input", lambda x, a: raw.GatherV2(params=x, indices=[0], axis=a), x=data([2, 3]), a=np.int32(1), refused=True)
for dtype in (np.int16, np.int64):
    F.case(f"GatherV2 indices {name_of(dtype)}", lambda x, i: raw.GatherV2(params=x, indices=i, axis=0), x=data([3, 2]), i=dtype([2, 0]), if_kernel=True)
F.case("Gather", lambda x, i: raw.Gather(params=x, indices=i), x=data([3, 2]), i=ints(1, 0))
F.case("Gather without validation", lambda x, i: raw.Gather(params=x, indices=i, validate_indices=False), x=data([3, 2]), i=ints(1, 0))
F.case("Gather -1 raises", lambda x, i: raw.Gather(params=x, indices=i), x=data([3, 2]), i=ints(1, -1))
v = data([4, 3])
F.case("ResourceGather", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.float32), i=np.int32([[3, 0]]), variables={"v": v})
F.case("ResourceGather int64", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.float32), i=np.int64([3, 0]), variables={"v": v})
F.case("ResourceGather of int64", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.int64), i=np.int64([1]), variables={"v": data([4, 3], np.int64)})
F.case("ResourceGather batch 1", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.float32, batch_dims=1), i=np.int32([[0], [2], [1], [1]]), variables={"v": v})
F.case("ResourceGather 4 raises", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.float32), i=np.int32([4]), variables={"v": v})
F.case("ResourceGather -1 raises", lambda i, v: raw.ResourceGather(resource=v.handle, indices=i, dtype=tf.float32), i=np.int32([-1]), variables={"v": v})
F.case("ResourceGatherNd", lambda i, v: raw.ResourceGatherNd(resource=v.handle, indices=i, dtype=tf.float32), i=np.int32([[3, 0], [1, 2]]), variables={"v": v})
F.case("ResourceGatherNd raises", lambda i, v: raw.ResourceGatherNd(resource=v.handle, indices=i, dtype=tf.float32), i=np.int32([[3, 3]]), variables={"v": v})

# --- GatherNd

for title, shape, indices in [
    ("elements", [2, 3], [[0, 1], [1, 2]]), ("rows", [2, 3], [[1], [0]]), ("one", [2, 3], [1]), ("one element", [2, 3], [1, 2]), ("deep", [2, 3, 2], [[[1, 2], [0, 0]], [[0, 1], [1, 1]]]),
    ("no indices", [2, 3], np.zeros([0, 2])), ("all", [2, 3], np.zeros([2, 0])), ("of nothing by nothing", [0, 3], np.zeros([0, 1])), ("rank 5", [1, 2, 1, 2, 1], [[0, 1, 0, 1, 0]]),
]:  # fmt: skip
    for dtype in (np.int32, np.int64):
        F.case(f"GatherNd {title} {name_of(dtype)}", lambda x, i: raw.GatherNd(params=x, indices=i), x=data(shape), i=np.asarray(indices, dtype), dynamic={"i": [*[None] * (np.ndim(indices) - 1), np.shape(indices)[-1]]})
F.case("GatherNd of unknown depth", lambda x, i: raw.GatherNd(params=x, indices=i), x=data([2, 3]), i=ints([0, 1]), dynamic="only")
F.case("GatherNd batch", lambda x, i: tf.gather_nd(x, i, batch_dims=1), x=data([2, 3, 4]), i=np.int32([[[0]], [[2]]]))
for title, indices in {"row": [[2, 0]], "column": [[0, 3]], "negative": [[-1, 0]], "negative column": [[0, -1]]}.items():
    F.case(f"GatherNd {title} out of range", lambda x, i: raw.GatherNd(params=x, indices=i), x=data([2, 3]), i=np.int32(indices), dynamic={"i": [None, 2]})
F.case("GatherNd of nothing raises", lambda x, i: raw.GatherNd(params=x, indices=i), x=data([0, 3]), i=np.int32([[0]]), dynamic={"i": [None, 1]})
F.case("boolean_mask", lambda x, m: tf.boolean_mask(x, m), x=data([2, 3]), m=np.array([[True, False, True], [False, False, True]]), dynamic={"m": [None, None]})
F.case("boolean_mask of rows", lambda x, m: tf.boolean_mask(x, m), x=data([3, 2]), m=np.array([True, False, True]))
F.case("gather of the last step", lambda x, n: tf.gather(x, n - 1, batch_dims=1, axis=1), x=data([2, 3, 4]), n=ints(3, 1))

# --- ScatterNd, TensorScatter*

for title, shape, indices, rest in [
    ("elements", [3, 2], [[0, 1], [2, 0]], []), ("rows", [3, 2], [[2], [0]], [2]), ("duplicates", [3, 2], [[2, 1], [2, 1], [2, 1]], []), ("of a vector", [4], [[1], [3], [1]], []),
    ("deep", [2, 2, 3], [[[0, 1], [1, 1]]], [3]), ("no indices", [3, 2], np.zeros([0, 2]), []), ("of everything", [2, 2], np.zeros([1, 0]), [2, 2]), ("of nothing", [0, 2], np.zeros([0, 1]), [2]),
]:  # fmt: skip
    for dtype in (np.int32, np.int64):
        i = np.asarray(indices, dtype)
        u = data([*i.shape[:-1], *rest])
        fixed = {"i": [*[None] * (i.ndim - 1), i.shape[-1]]}
        F.case(f"ScatterNd {title} {name_of(dtype)}", lambda i, u, s=np.asarray(shape, dtype): raw.ScatterNd(indices=i, updates=u, shape=s), i=i, u=u, dynamic=fixed)
        F.case(f"ScatterNd {title} {name_of(dtype)}, shape as input", lambda i, u, s: raw.ScatterNd(indices=i, updates=u, shape=s), i=i, u=u, s=np.asarray(shape, dtype), dynamic={**fixed, "s": [len(shape)]})
        for op in ("Update", "Add", "Sub", "Min", "Max"):
            F.case(f"TensorScatter{op} {title} {name_of(dtype)}", lambda t, i, u, op=op: getattr(raw, f"TensorScatter{op}")(tensor=t, indices=i, updates=u), t=data(shape, seed=2), i=i, u=u, dynamic=fixed) if dtype == np.int32 else None
F.case("ScatterNd constant indices", lambda u: raw.ScatterNd(indices=[[2], [0]], updates=u, shape=[3]), u=data([2]))
F.case("ScatterNd of unknown depth", lambda i, u: raw.ScatterNd(indices=i, updates=u, shape=[3, 2]), i=ints([0, 1]), u=data([1]), dynamic="only")
F.case("ScatterNdNonAliasingAdd", lambda t, i, u: raw.ScatterNdNonAliasingAdd(input=t, indices=i, updates=u), t=data([3, 2]), i=np.int32([[2], [2]]), u=data([2, 2]))
for title, i in {"too large": [[3]], "negative": [[-1]], "2^31-1": [[2**31 - 1]]}.items():
    F.case(f"ScatterNd {title}", lambda i, u: raw.ScatterNd(indices=i, updates=u, shape=[3]), i=np.int32(i), u=data([1]), dynamic={"i": [None, 1]})
    for op in ("Update", "Add", "Min"):
        F.case(f"TensorScatter{op} {title}", lambda t, i, u, op=op: getattr(raw, f"TensorScatter{op}")(tensor=t, indices=i, updates=u), t=data([3]), i=np.int32(i), u=data([1]), dynamic={"i": [None, 1]})
F.case("TensorScatterUpdate updates of another shape", lambda t, i, u: raw.TensorScatterUpdate(tensor=t, indices=i, updates=u), t=data([3]), i=np.int32([[1]]), u=data([2]), dynamic="only")
F.case("ScatterNd NaN", lambda i, u: raw.ScatterNd(indices=i, updates=u, shape=[3]), i=np.int32([[1], [1]]), u=np.float32([INF, -INF]))
F.case("TensorScatterMax NaN", lambda t, i, u: raw.TensorScatterMax(tensor=t, indices=i, updates=u), t=np.float32([1, NAN, 2]), i=np.int32([[0], [1], [2]]), u=np.float32([NAN, 5, 3]))
F.case("TensorScatterMin NaN", lambda t, i, u: raw.TensorScatterMin(tensor=t, indices=i, updates=u), t=np.float32([1, NAN, 2]), i=np.int32([[0], [1], [2]]), u=np.float32([NAN, 5, 3]))

# --- DynamicStitch, DynamicPartition

for op in ("DynamicStitch", "ParallelDynamicStitch"):
    f = getattr(raw, op)
    F.case(f"{op}", lambda a, b, x, y, f=f: f(indices=[a, b], data=[x, y]), a=ints(0, 3), b=ints(2, 1), x=data([2, 3]), y=data([2, 3], seed=1))
    F.case(f"{op} of ranks", lambda a, b, x, y, f=f: f(indices=[a, b], data=[x, y]), a=np.int32(0), b=np.int32([[2, 1], [3, 4]]), x=data([3]), y=data([2, 2, 3], seed=1))
    F.case(f"{op} of scalars", lambda a, b, x, y, f=f: f(indices=[a, b], data=[x, y]), a=ints(1, 0), b=ints(2), x=data([2]), y=data([1], seed=1))
    F.case(f"{op} of one", lambda a, x, f=f: f(indices=[a], data=[x]), a=ints(1, 0, 2), x=data([3, 2]))
    F.case(f"{op} constant indices", lambda x, y, f=f: f(indices=[[0, 2], [1]], data=[x, y]), x=data([2, 3]), y=data([1, 3]))
    F.case(f"{op} of nothing", lambda a, x, f=f: f(indices=[a], data=[x]), a=np.zeros([0], np.int32), x=data([0, 2]))
    F.case(f"{op} with nothing", lambda a, b, x, y, f=f: f(indices=[a, b], data=[x, y]), a=np.zeros([0], np.int32), b=ints(0), x=data([0, 2]), y=data([1, 2]))
    F.case(f"{op} negative", lambda a, x, f=f: f(indices=[a], data=[x]), a=ints(-1, 0), x=data([2]))
F.case("DynamicStitch twice the same: the last one stays", lambda a, b, x, y: raw.DynamicStitch(indices=[a, b], data=[x, y]), a=ints(0, 1, 1), b=ints(1, 2), x=data([3, 2]), y=data([2, 2], seed=1))
for title, p in {"[0,1,0,2]": [0, 1, 0, 2], "all in one": [1, 1, 1, 1], "none": [2, 2, 0, 0]}.items():
    F.case(f"DynamicPartition {title}", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=3), x=data([4, 2]), p=np.int32(p))
F.case("DynamicPartition of elements", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([2, 3]), p=np.int32([[0, 1, 0], [1, 1, 0]]))
F.case("DynamicPartition of rows of a matrix of partitions", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([2, 2, 3]), p=np.int32([[0, 1], [1, 1]]))
F.case("DynamicPartition by a scalar", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([3]), p=np.int32(1))
F.case("DynamicPartition of nothing", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([0, 3]), p=np.zeros([0], np.int32))
F.case("DynamicPartition out of range", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([3]), p=ints(0, 2, 1))
F.case("DynamicPartition negative", lambda x, p: raw.DynamicPartition(data=x, partitions=p, num_partitions=2), x=data([3]), p=ints(0, -1, 1))
F.case("partition and stitch", lambda x, p: tf.dynamic_stitch(tf.dynamic_partition(tf.range(4), p, 2), [y * (k + 1.0) for k, y in enumerate(tf.dynamic_partition(x, p, 2))]), x=data([4, 2]), p=ints(1, 0, 0, 1))

# --- ListDiff

for title, (x, y) in {"some": ([1, 2, 3, 2, 5], [2, 4]), "none": ([1, 2], [1, 2]), "all": ([3, 3, 1], []), "of nothing": ([], [1])}.items():
    F.case(f"ListDiff {title}", lambda x, y: raw.ListDiff(x=x, y=y), x=np.int32(x), y=np.int32(y))
    F.case(f"ListDiff {title} int64, idx int64", lambda x, y: raw.ListDiff(x=x, y=y, out_idx=tf.int64), x=np.int64(x), y=np.int64(y))
F.case("ListDiff float32 special values", lambda x, y: raw.ListDiff(x=x, y=y), x=np.float32([NAN, 0.0, -0.0, 1]), y=np.float32([NAN, 0.0]))

# --- diagonals

for shape in ([3], [2, 3], [1], [0], [1, 2, 2]):
    F.case(f"Diag of {shape}", lambda x: raw.Diag(diagonal=x), x=data(shape)) if len(shape) < 3 else None
    F.case(f"MatrixDiag of {shape}", lambda x: raw.MatrixDiag(diagonal=x), x=data(shape))
for shape in ([3, 3], [2, 3, 2, 3], [1, 1], [0, 0]):
    F.case(f"DiagPart of {shape}", lambda x: raw.DiagPart(input=x), x=data(shape))
F.case("DiagPart that is not square", lambda x: raw.DiagPart(input=x), x=data([2, 3]), dynamic="only")
for shape in ([3, 3], [2, 3, 4], [2, 4, 3], [1, 2, 3, 3], [2, 0, 3], [1, 1]):
    F.case(f"MatrixDiagPart of {shape}", lambda x: raw.MatrixDiagPart(input=x), x=data(shape))
    d = data([*shape[:-2], min(shape[-2:])], seed=1)
    F.case(f"MatrixSetDiag of {shape}", lambda x, d: raw.MatrixSetDiag(input=x, diagonal=d), x=data(shape), d=d)
    for lower, upper in [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (-1, -1), (1, 2), (min(shape[-2], 2), min(shape[-1], 2))]:
        if lower <= shape[-2] and upper <= shape[-1]:
            name = f"MatrixBandPart {lower} {upper} of {shape}"
            F.case(name, lambda x, l=lower, u=upper: raw.MatrixBandPart(input=x, num_lower=l, num_upper=u), x=data(shape), signed_zero=True) if name not in F.cases else None
F.case("MatrixBandPart of special values", lambda x: raw.MatrixBandPart(input=x, num_lower=-1, num_upper=0), x=np.full([2, 2], NAN, np.float32))
F.case("MatrixBandPart as input", lambda x, l, u: raw.MatrixBandPart(input=x, num_lower=l, num_upper=u), x=data([3, 4]), l=np.int64(1), u=np.int64(-1))
F.case("MatrixBandPart too many", lambda x, l: raw.MatrixBandPart(input=x, num_lower=l, num_upper=0), x=data([3, 4]), l=np.int32(4))
F.case("MatrixBandPart too many, constant", lambda x: raw.MatrixBandPart(input=x, num_lower=0, num_upper=5), x=data([3, 4]), dynamic="only")
F.case("causal mask", lambda x: tf.linalg.band_part(tf.ones([tf.shape(x)[1], tf.shape(x)[1]]), -1, 0), x=data([2, 3, 4]))
SIZES = [("k 0", 0, [2, 3]), ("k 1", 1, [2, 3]), ("k -2", -2, [3]), ("k -1..1", (-1, 1), [2, 3, 3]), ("k 0..1", (0, 1), [2, 3]), ("k -2..-1", (-2, -1), [2, 3])]
for title, k, shape in SIZES:
    F.case(f"MatrixDiagV2 {title}", lambda x, k=k: raw.MatrixDiagV2(diagonal=x, k=k, num_rows=-1, num_cols=-1, padding_value=0.0), x=data(shape))
    for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"):
        F.case(f"MatrixDiagV3 {title} {align}", lambda x, k=k, a=align: raw.MatrixDiagV3(diagonal=x, k=k, num_rows=-1, num_cols=-1, padding_value=9.0, align=a), x=data(shape))
F.case("MatrixDiagV3 wide", lambda x: raw.MatrixDiagV3(diagonal=x, k=0, num_rows=3, num_cols=5, padding_value=-1.0), x=data([2, 3]))
F.case("MatrixDiagV3 tall", lambda x: raw.MatrixDiagV3(diagonal=x, k=0, num_rows=5, num_cols=-1, padding_value=-1.0), x=data([2, 3]))
F.case("MatrixDiagV3 tall, k -1", lambda x: raw.MatrixDiagV3(diagonal=x, k=-1, num_rows=4, num_cols=4, padding_value=0.0), x=data([3]))
F.case("MatrixDiagV3 too small", lambda x, n: raw.MatrixDiagV3(diagonal=x, k=0, num_rows=n, num_cols=n, padding_value=0.0), x=data([3]), n=np.int32(2))
for title, k in {"k 0": 0, "k 1": 1, "k -1": -1, "k -1..1": (-1, 1), "k 0..2": (0, 2), "k -2..-1": (-2, -1), "k -2..3": (-2, 3)}.items():
    for shape in ([3, 4], [2, 4, 3]):
        if (k[1] if isinstance(k, tuple) else k) < shape[-1]:
            F.case(f"MatrixDiagPartV2 {title} of {shape}", lambda x, k=k: raw.MatrixDiagPartV2(input=x, k=k, padding_value=7.0), x=data(shape))
            for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"):
                F.case(f"MatrixDiagPartV3 {title} of {shape} {align}", lambda x, k=k, a=align: raw.MatrixDiagPartV3(input=x, k=k, padding_value=7.0, align=a), x=data(shape))
F.case("MatrixDiagPartV3 out of range", lambda x, k: raw.MatrixDiagPartV3(input=x, k=k, padding_value=7.0), x=data([2, 3]), k=np.int32(3))
for title, k, shape in [("k 0", 0, [2, 3]), ("k 1", 1, [2, 3]), ("k -1", -1, [2, 2]), ("k -1..1", (-1, 1), [2, 3, 3])]:
    for align in ("RIGHT_LEFT", "LEFT_RIGHT"):
        F.case(f"MatrixSetDiagV3 {title} {align}", lambda x, d, k=k, a=align: raw.MatrixSetDiagV3(input=x, diagonal=d, k=k, align=a), x=data([2, 3, 4]), d=data(shape, seed=1))
    F.case(f"MatrixSetDiagV2 {title}", lambda x, d, k=k: raw.MatrixSetDiagV2(input=x, diagonal=d, k=k), x=data([2, 3, 4]), d=data(shape, seed=1))
F.case("trace", lambda x: tf.linalg.trace(x), x=data([2, 3, 3]))
F.case("eye", lambda x: tf.eye(tf.shape(x)[0], 4, batch_shape=[2]), x=data([3]))
F.case("set_diag to 0", lambda x: tf.linalg.set_diag(x, tf.zeros(tf.shape(x)[:-1])), x=data([2, 3, 3]))
