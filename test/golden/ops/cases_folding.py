"""Arithmetic on shapes that has to fold: what reads its result is refused unless it is known at conversion."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("folding")
raw = tf.raw_ops
X = F.random([2, 3, 4])
BATCH = {"x": [None, 3, 4]}


def known(vector):
    """Only known elements can be axes: a permutation of [0, 1, 2] made of a vector of three or fewer."""
    return lambda x: tf.transpose(x, vector(x))


def case(name, function, **options):
    F.case(name, function, x=X, **{"dynamic": BATCH, **options})


FOLDS = {
    "Range": lambda x: tf.range(3)[::-1],
    "Range of a rank": lambda x: tf.range(tf.rank(x)),
    "Range with a step": lambda x: tf.range(2, -1, -1),
    "Range int64": lambda x: tf.range(tf.constant(3, tf.int64)),
    "Concat of ranges": lambda x: tf.concat([[0], tf.range(tf.rank(x) - 1, 0, -1)], 0),
    "arithmetic": lambda x: tf.stack([tf.shape(x)[1] - 3, tf.shape(x)[2] // 2, tf.shape(x)[2] % 3]),
    "arithmetic of vectors": lambda x: tf.shape(x)[1:] * 2 - [6, 7] if False else tf.concat([[0], tf.shape(x)[1:] - [2, 2]], 0),
    "Maximum and Minimum": lambda x: tf.stack([tf.minimum(tf.shape(x)[1], 0), tf.maximum(tf.shape(x)[2] - 4, 2), 1]),
    "float and back": lambda x: tf.stack([tf.cast(tf.cast(tf.shape(x)[1], tf.float32) * 0.34, tf.int32), 0, tf.cast(tf.math.ceil(tf.cast(tf.shape(x)[2], tf.float32) / 3.0), tf.int32)]),
    "Round": lambda x: tf.stack([tf.cast(tf.round(tf.cast(tf.shape(x)[1], tf.float32) * 0.5), tf.int32), 0, tf.cast(tf.round(tf.cast(tf.shape(x)[1], tf.float32) * 0.17), tf.int32)]),
    "Round int of 0.5": lambda x: tf.stack([tf.cast(tf.round(tf.cast(tf.shape(x)[1], tf.float32) / 6.0), tf.int32), 1, 2]),
    "Floor, FP64": lambda x: tf.stack([tf.cast(tf.floor(tf.cast(tf.shape(x)[1], tf.float64) / 1.4), tf.int32), 0, 1]),
    "comparison and choice": lambda x: tf.where(tf.constant([True, False, True]), tf.range(3), tf.where(tf.shape(x)[1] > 2, 1, 7)),
    "logic": lambda x: tf.where(tf.logical_and(tf.shape(x)[1] < tf.shape(x)[2], tf.logical_not(tf.shape(x)[1] == 4)), [0, 2, 1], [0, 1, 2]),
    "Prod": lambda x: tf.stack([tf.reduce_prod(tf.shape(x)[1:]) - 10, 0, 1]),
    "Max, Min, Sum": lambda x: tf.stack([tf.reduce_max(tf.shape(x)[1:]) - 2, tf.reduce_min(tf.shape(x)[1:]) - 3, tf.reduce_sum(tf.shape(x)[1:]) - 6]),
    "Max over no axes of a scalar": lambda x: tf.stack([raw.Max(input=tf.shape(x)[1], axis=np.zeros([0], np.int32)) - 1, 0, 1]),
    "All, Any": lambda x: tf.where(tf.reduce_all(tf.shape(x)[1:] > 2) & ~tf.reduce_any(tf.shape(x)[1:] > 4), [0, 2, 1], [0, 1, 2]),
    "Fill and its like": lambda x: tf.concat([tf.zeros_like(tf.shape(x)[:1]), tf.fill([1], 2), tf.ones_like(tf.shape(x)[:1])], 0),
    "StridedSlice with masks": lambda x: tf.range(6)[-1:2:-1] - 3,
    "StridedSlice from the end": lambda x: tf.concat([tf.shape(x)[-1:] - 2, tf.shape(x)[-2:-1] - 2, [0]], 0),
    "Slice": lambda x: tf.slice(tf.constant([7, 0, 2, 1]), [1], [-1]),
    "Split and Unpack": lambda x: tf.stack([tf.split(tf.shape(x), [1, 2], 0)[1][0] - 3, tf.unstack(tf.shape(x))[2] - 2, 1]),
    "Reverse": lambda x: tf.reverse(tf.constant([1, 2, 0]), [0]),
    "Gather": lambda x: tf.gather([9, 0, 2, 1], [1, 2, 3]),
    "InvertPermutation": lambda x: tf.math.invert_permutation([2, 0, 1]),
    "int64": lambda x: tf.cast(tf.shape(x, tf.int64)[1:2] - 3, tf.int32) + [0, 2, 1],
    "broadcasting in matrices": lambda x: tf.reshape(tf.constant([[0], [2]]) + tf.constant([[0, 0]]), [-1])[1:] // [1, 1, 2],
}
for title, vector in FOLDS.items():
    if title == "arithmetic":
        continue
    case(title, known(vector))
case("arithmetic", lambda x: tf.transpose(x, tf.stack([tf.shape(x)[1] - 3, tf.shape(x)[2] // 2, tf.shape(x)[2] % 3])))

# --- values that are computed in the graph as well as known

NUMBERS = np.int32([7, -7, 3, 0])
F.case("arithmetic as TensorFlow's", lambda x: {
    "floordiv": tf.constant(NUMBERS) // 2 + x, "floormod": tf.constant(NUMBERS) % -3 + x, "overflow": tf.constant([2**31 - 1] * 4) + x * 0 + tf.constant([2**31 - 1] * 4) * 2,
    "cast": tf.cast(tf.constant([2.7, -2.7, 0.5, -0.5]), tf.int32) + x, "round": tf.cast(tf.round(tf.constant([0.5, 1.5, 2.5, -0.5])), tf.int32) + x,
    "third": tf.cast(x, tf.float32) + tf.constant(1.0) / tf.constant([3.0, 7.0, 11.0, 13.0]), "tenth": tf.cast(x, tf.float32) + tf.constant(0.1) * tf.constant([3.0, 7.0, 11.0, 13.0]),
    "bool": tf.cast(tf.cast(tf.constant([0.0, 2.0, -1.0, 0.5]), tf.bool), tf.int32) + x, "large": tf.cast(tf.constant([2**24 + 1] * 4), tf.float32) + tf.cast(x, tf.float32),
}, x=np.int32([0, 0, 0, 0]))  # fmt: skip

# --- chains of exporters, the batch unknown

case("flatten", lambda x: tf.reshape(x, [tf.shape(x)[0], 12]))
case("flatten by Prod", lambda x: tf.reshape(x, tf.concat([tf.shape(x)[:1], [tf.reduce_prod(tf.shape(x)[1:])]], 0)))
case("batch times steps", lambda x: tf.reshape(x, [tf.shape(x)[0] * tf.shape(x)[1], 4]))
case("batch times steps and back", lambda x: tf.reshape(tf.reshape(x, [-1, 4]) * 2.0, [-1, tf.shape(x)[1], tf.shape(x)[2]]))
case("heads", lambda x: tf.transpose(tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], 2, 2]), [0, 2, 1, 3]))
case("new axis by shape", lambda x: tf.reshape(x, tf.concat([tf.shape(x), [1]], 0)))
case("zeros of the batch", lambda x: tf.zeros([tf.shape(x)[0], 5]))
case("tile a row", lambda x: tf.tile(tf.constant([[1.0, 2.0]]), [tf.shape(x)[0], 1]))
case("broadcast a row", lambda x: tf.broadcast_to(tf.constant([1.0, 2.0]), [tf.shape(x)[0], 2]))
case("meshgrid", lambda x: tf.meshgrid(tf.range(tf.shape(x)[1]), tf.range(tf.shape(x)[2]), indexing="ij"))
case("causal mask", lambda x: tf.range(tf.shape(x)[1])[:, None] >= tf.range(tf.shape(x)[1]))
case("causal mask of all sizes", lambda x: tf.range(tf.shape(x)[1])[:, None] >= tf.range(tf.shape(x)[1]), dynamic=True)
case("sequence mask", lambda x: tf.sequence_mask([1, 3], tf.shape(x)[1]))
case("last dimension split in two", lambda x: tf.split(x, [tf.shape(x)[2] // 2, tf.shape(x)[2] - tf.shape(x)[2] // 2], -1))
case("windows", lambda x: tf.signal.frame(x, 2, 1, axis=1))
case("windows with the end padded", lambda x: tf.signal.frame(x, 2, 2, axis=1, pad_end=True))
case("matrix products of ranks 3 and 2", lambda x: tf.tensordot(x, tf.constant(F.random([4, 2])), [[2], [0]]))
case("tensordot over two axes", lambda x: tf.tensordot(x, tf.constant(F.random([3, 4, 2])), [[1, 2], [0, 1]]))
case("roll and concat", lambda x: tf.concat([x[:, -1:], x[:, :-1]], 1))
case("repeat", lambda x: tf.repeat(x, 2, axis=1))
case("linspace", lambda x: tf.linspace(0.0, 1.0, tf.shape(x)[1]))
F.case("upsampling twice", lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2), x=F.random([1, 2, 3, 2]), dynamic={"x": [None, 2, 3, 2]})
F.case("resize, aspect kept", lambda x: tf.image.resize(x, [4, 4], preserve_aspect_ratio=True), x=F.random([1, 2, 3, 2]), dynamic={"x": [None, 2, 3, 2]})
F.case("central crop", lambda x: tf.image.central_crop(x, 0.5), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
F.case("crop to a bounding box", lambda x: tf.image.crop_to_bounding_box(x, 1, 1, 2, 3), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
F.case("pad to a bounding box", lambda x: tf.image.pad_to_bounding_box(x, 1, 1, 6, 8), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
F.case("resize with crop or pad", lambda x: tf.image.resize_with_crop_or_pad(x, 3, 8), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
F.case("rot90", lambda x: tf.image.rot90(x), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
F.case("extract_patches", lambda x: tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"), x=F.random([1, 4, 6, 2]), dynamic={"x": [None, 4, 6, 2]})
