"""Ops that reduce segments of rows, as embeddings of several ids and graph networks have them."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("segment")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf

BFLOAT16 = tf.bfloat16.as_numpy_dtype
FLOATS = [np.float16, BFLOAT16, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
SORTED = ["Sum", "Mean", "Max", "Min", "Prod"]
UNSORTED = ["Sum", "Max", "Min", "Prod"]


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype=np.float32):
    dtype = np.dtype(dtype)
    low, high = (0, 4) if dtype.kind in "ub" else (-3, 4)
    return F.random(shape, dtype, low, high)


# --- sorted ids

for op in SORTED:
    f = getattr(raw, f"Segment{op}")
    segments = lambda x, i, f=f: f(data=x, segment_ids=i)  # noqa: E731
    for dtype in FLOATS + INTS:
        F.case(f"Segment{op} {name_of(dtype)}", segments, x=data([5, 2], dtype), i=np.int32([0, 0, 1, 3, 3]), if_kernel=True)
    F.case(f"Segment{op} ids as constant", lambda x, f=f: f(data=x, segment_ids=[0, 0, 2, 2, 3]), x=data([5, 3]))
    F.case(f"Segment{op} int64 ids", segments, x=data([3, 2, 2]), i=np.int64([0, 1, 1]))
    F.case(f"Segment{op} of a vector", segments, x=data([4]), i=np.int32([0, 0, 0, 2]))
    F.case(f"Segment{op} first segments empty", segments, x=data([2]), i=np.int32([2, 5]))
    F.case(f"Segment{op} of one row", segments, x=data([1, 3]), i=np.int32([0]))
    F.case(f"Segment{op} of no rows", segments, x=np.zeros([0, 3], np.float32), i=np.zeros([0], np.int32))
    F.case(f"Segment{op} of empty rows", segments, x=np.zeros([3, 0], np.float32), i=np.int32([0, 0, 1]))
    F.case(f"Segment{op} ids that fall", segments, x=data([3, 2]), i=np.int32([0, 1, 0]))
    F.case(f"Segment{op} negative ids", segments, x=data([3, 2]), i=np.int32([-1, 0, 1]))
    F.case(f"Segment{op} fewer ids than rows", segments, x=data([3, 2]), i=np.int32([0]), dynamic="only")
    F.case(f"Segment{op} more ids than rows", segments, x=data([1, 2]), i=np.int32([0, 1, 1]), dynamic="only")
    F.case(f"Segment{op} special values", segments, x=np.float32([[0 if op in ("Max", "Min") else NAN, 1], [1, 5 if op in ("Max", "Min") else NAN], [INF, -INF], [-0.0, INF]]), i=np.int32([0, 0, 1, 1]))

# --- any ids

for op in UNSORTED:
    f = getattr(raw, f"UnsortedSegment{op}")
    segments = lambda x, i, n, f=f: f(data=x, segment_ids=i, num_segments=n)  # noqa: E731
    for dtype in FLOATS + INTS:
        F.case(f"UnsortedSegment{op} {name_of(dtype)}", segments, x=data([5, 2], dtype), i=np.int32([2, 0, 2, 4, 0]), n=F.const(np.int32(5)), if_kernel=True)
    x = data([2, 3, 2])
    F.case(f"UnsortedSegment{op} ids of rank 2", segments, x=x, i=np.int32([[0, 2, 0], [1, 1, 2]]), n=F.const(np.int32(3)))
    F.case(f"UnsortedSegment{op} ids of the data's rank", segments, x=data([2, 3]), i=np.int32([[0, 2, 0], [1, 1, 2]]), n=F.const(np.int32(4)))
    F.case(f"UnsortedSegment{op} ids of rank 0", segments, x=data([2, 3]), i=np.int32(1), n=F.const(np.int32(2)))
    F.case(f"UnsortedSegment{op} int64 ids", segments, x=data([3]), i=np.int64([1, 1, 0]), n=F.const(np.int64(2)))
    F.case(f"UnsortedSegment{op} count as input", segments, x=data([3, 2]), i=np.int32([1, 1, 0]), n=np.int32(4))
    F.case(f"UnsortedSegment{op} no segments", segments, x=np.zeros([0, 2], np.float32), i=np.zeros([0], np.int32), n=np.int32(0))
    F.case(f"UnsortedSegment{op} negative ids are dropped", segments, x=data([4, 2]), i=np.int32([-1, 0, -5, 1]), n=F.const(np.int32(2)))
    F.case(f"UnsortedSegment{op} ids too large", segments, x=data([3, 2]), i=np.int32([0, 2, 1]), n=np.int32(2))
    F.case(f"UnsortedSegment{op} count negative", segments, x=data([3, 2]), i=np.int32([-1, -1, -1]), n=np.int32(-1))
    F.case(f"UnsortedSegment{op} of no rows", segments, x=np.zeros([0, 2], np.float32), i=np.zeros([0], np.int32), n=F.const(np.int32(3)))
    F.case(f"UnsortedSegment{op} of empty rows", segments, x=np.zeros([3, 0], np.float32), i=np.int32([0, 0, 1]), n=F.const(np.int32(3)))
    F.case(f"UnsortedSegment{op} ids of another shape", segments, x=data([3, 2]), i=np.int32([0, 1]), n=np.int32(2), dynamic="only")
    F.case(f"UnsortedSegment{op} one id for many rows", segments, x=data([3, 2]), i=np.int32([0]), n=np.int32(2), dynamic="only")
    F.case(f"UnsortedSegment{op} special values", segments, x=np.float32([[0 if op in ("Max", "Min") else NAN, 1], [1, 5 if op in ("Max", "Min") else NAN], [INF, -INF], [-0.0, INF]]), i=np.int32([0, 0, 1, 1]), n=F.const(np.int32(3)))
F.case("UnsortedSegmentSum int32 beyond its range", lambda x, i: raw.UnsortedSegmentSum(data=x, segment_ids=i, num_segments=1), x=np.int32([2**31 - 1, 5]), i=np.int32([0, 0]))
F.case("UnsortedSegmentSum int64 beyond float64", lambda x, i: raw.UnsortedSegmentSum(data=x, segment_ids=i, num_segments=1), x=np.int64([2**53, 1]), i=np.int32([0, 0]))
F.case("unsorted_segment_mean", lambda x, i: tf.math.unsorted_segment_mean(x, i, 3), x=data([4, 2]), i=np.int32([0, 2, 2, 0]))
F.case("unsorted_segment_sqrt_n", lambda x, i: tf.math.unsorted_segment_sqrt_n(x, i, 3), x=data([4, 2]), i=np.int32([0, 2, 2, 0]))
F.case("segment ids in a loop", lambda x, i: tf.while_loop(lambda n, _: n < 2, lambda n, y: (n + 1, y + raw.UnsortedSegmentSum(data=x, segment_ids=i, num_segments=3)), [0, tf.zeros([3, 2])])[1], x=data([4, 2]), i=np.int32([0, 2, 2, 0]), dynamic=False)
F.case("segment ids too large in a loop", lambda x, i: tf.while_loop(lambda n, _: n < 2, lambda n, y: (n + 1, y + raw.UnsortedSegmentSum(data=x, segment_ids=i, num_segments=3)), [0, tf.zeros([3, 2])])[1], x=data([4, 2]), i=np.int32([0, 3, 2, 0]), dynamic=False)

# --- gathered rows

for op in ("Sum", "Mean", "SqrtN"):
    f = getattr(raw, f"SparseSegment{op}")
    g = getattr(raw, f"SparseSegment{op}WithNumSegments")
    sparse = lambda x, at, i, f=f: f(data=x, indices=at, segment_ids=i)  # noqa: E731
    counted = lambda x, at, i, n, g=g: g(data=x, indices=at, segment_ids=i, num_segments=n)  # noqa: E731
    for dtype in FLOATS + [np.int32]:
        F.case(f"SparseSegment{op} {name_of(dtype)}", sparse, x=data([4, 2], dtype), at=np.int32([3, 0, 0, 1]), i=np.int32([0, 0, 1, 3]), if_kernel=True)
        F.case(f"SparseSegment{op}WithNumSegments {name_of(dtype)}", counted, x=data([4, 2], dtype), at=np.int32([3, 0, 0, 1]), i=np.int32([0, 0, 1, 3]), n=F.const(np.int32(6)), if_kernel=True)
    F.case(f"SparseSegment{op} int64", sparse, x=data([4, 2, 2]), at=np.int64([3, 0, 2]), i=np.int64([0, 1, 1]))
    F.case(f"SparseSegment{op} of a vector", sparse, x=data([4]), at=np.int32([3, 0, 2]), i=np.int32([0, 1, 1]))
    F.case(f"SparseSegment{op} of no ids", sparse, x=data([4, 2]), at=np.zeros([0], np.int32), i=np.zeros([0], np.int32))
    F.case(f"SparseSegment{op} index too large", sparse, x=data([4, 2]), at=np.int32([0, 4]), i=np.int32([0, 1]))
    F.case(f"SparseSegment{op} index negative", sparse, x=data([4, 2]), at=np.int32([0, -1]), i=np.int32([0, 1]))
    F.case(f"SparseSegment{op} ids that fall", sparse, x=data([4, 2]), at=np.int32([0, 1]), i=np.int32([1, 0]))
    F.case(f"SparseSegment{op} negative ids", sparse, x=data([4, 2]), at=np.int32([0, 1]), i=np.int32([-1, 0]))
    F.case(f"SparseSegment{op} more indices than ids", sparse, x=data([4, 2]), at=np.int32([0, 1, 2]), i=np.int32([0]), dynamic="only")
    F.case(f"SparseSegment{op}WithNumSegments of no ids", counted, x=data([4, 2]), at=np.zeros([0], np.int32), i=np.zeros([0], np.int32), n=np.int32(2))
    F.case(f"SparseSegment{op}WithNumSegments too few", counted, x=data([4, 2]), at=np.int32([0, 1]), i=np.int32([0, 2]), n=np.int32(2))
    F.case(f"SparseSegment{op}WithNumSegments as input", counted, x=data([4, 2]), at=np.int32([0, 1]), i=np.int32([0, 2]), n=np.int32(5))
    F.case(f"SparseSegment{op} sparse_gradient", lambda x, at, i, f=f: f(data=x, indices=at, segment_ids=i, sparse_gradient=True), x=data([4, 2]), at=np.int32([3, 0]), i=np.int32([0, 0]))

for combiner in ("sum", "mean", "sqrtn"):
    F.case(
        f"embedding_lookup_sparse {combiner}",
        lambda x, at, ids, c=combiner: tf.nn.embedding_lookup_sparse(x, tf.SparseTensor(at, ids, [3, 4]), None, combiner=c),
        x=data([5, 2]), at=np.int64([[0, 0], [0, 1], [1, 0], [2, 2]]), ids=np.int64([3, 1, 4, 3]), dynamic={"x": [5, 2], "at": [None, 2]},
    )  # fmt: skip
    F.case(
        f"embedding_lookup_sparse {combiner} with weights",
        lambda x, at, ids, w, c=combiner: tf.nn.embedding_lookup_sparse(x, tf.SparseTensor(at, ids, [3, 4]), tf.SparseTensor(at, w, [3, 4]), combiner=c),
        x=data([5, 2]), at=np.int64([[0, 0], [0, 1], [1, 0], [2, 2]]), ids=np.int64([3, 1, 4, 3]), w=np.float32([1, 2, 0.5, 3]), dynamic={"x": [5, 2], "at": [None, 2]},
    )  # fmt: skip

# --- sparse tensors

F.case(
    "SparseTensorDenseMatMul", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b),
    i=np.int64([[0, 1], [2, 3], [2, 0]]), v=np.float32([2, 3, -1]), b=data([4, 2]),
)  # fmt: skip
for dtype in (np.float32, np.float64, np.int32, np.int64):
    F.case(
        f"SparseTensorDenseMatMul {name_of(dtype)}, shape as input", lambda i, v, s, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=s, b=b),
        i=np.int64([[0, 1], [2, 3], [2, 0]]), v=np.array([2, 3, -1]).astype(dtype), s=np.int64([3, 4]), b=data([4, 2], dtype), if_kernel=True,
    )  # fmt: skip
for a in (False, True):
    for b in (False, True):
        F.case(
            f"SparseTensorDenseMatMul adjoint {a}, {b}",
            lambda i, v, x, a=a, b=b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[4, 3] if a else [3, 4], b=x, adjoint_a=a, adjoint_b=b),
            i=np.int64([[0, 1], [2, 2], [2, 0]]), v=np.float32([2, 3, -1]), x=data([2, 4] if b else [4, 2]),
        )  # fmt: skip
F.case("SparseTensorDenseMatMul row too large", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b), i=np.int64([[3, 1]]), v=np.float32([2]), b=data([4, 2]))
F.case("SparseTensorDenseMatMul column too large", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b), i=np.int64([[0, 4]]), v=np.float32([2]), b=data([4, 2]))
F.case("SparseTensorDenseMatMul row negative", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b), i=np.int64([[-1, 1]]), v=np.float32([2]), b=data([4, 2]))
F.case("SparseTensorDenseMatMul same place twice", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b), i=np.int64([[0, 1], [0, 1]]), v=np.float32([2, 5]), b=data([4, 2]))
F.case("SparseTensorDenseMatMul of nothing", lambda i, v, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=[3, 4], b=b), i=np.zeros([0, 2], np.int64), v=np.zeros([0], np.float32), b=data([4, 2]))
F.case("SparseTensorDenseMatMul shape that does not fit", lambda i, v, s, b: raw.SparseTensorDenseMatMul(a_indices=i, a_values=v, a_shape=s, b=b), i=np.int64([[0, 1]]), v=np.float32([2]), s=np.int64([3, 3]), b=data([4, 2]))

AT = np.int64([[0, 1], [2, 3], [2, 0]])
V = np.float32([2, 3, -1])
for axis in ([0], [1], [0, 1], [-1], []):
    for keep in (False, True):
        for op in ("SparseReduceSum", "SparseReduceMax"):
            F.case(
                f"{op} axes {axis}{' keep_dims' * keep}",
                lambda i, v, a=axis, k=keep, f=getattr(raw, op): f(input_indices=i, input_values=v, input_shape=[3, 4], reduction_axes=np.int32(a), keep_dims=k),
                i=AT, v=V, dynamic={"i": [None, 2]},
            )  # fmt: skip
F.refuse("not converted", "SparseReduceSum*", "SparseReduceMax*")
