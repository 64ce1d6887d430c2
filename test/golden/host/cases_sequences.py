import numpy as np
import tensorflow as tf
from golden import case


def add():
    random = np.random.default_rng(1)
    for T in [tf.float32, tf.float64]:
        for shape, lengths in [([6, 3, 4], [6, 2, 0]), ([9, 2, 3], [9, 9]), ([0, 2, 3], [0, 0]), ([4, 0, 3], []), ([3, 1, 1], [3]), ([3, 2, 4], [4, 1]), ([3, 2, 4], [1, -1]), ([3, 2, 4], [3])]:
            for logits in [random.standard_normal(shape), random.integers(0, 2, shape)]:
                for merge in [True, False]:
                    for blank in [-1, 0, 1]:
                        case('CTCGreedyDecoder', {'inputs': tf.constant(logits, T), 'sequence_length': tf.constant(lengths, tf.int32)}, merge_repeated=merge, blank_index=blank)
    case('CTCGreedyDecoder', {'inputs': tf.zeros([3, 4]), 'sequence_length': [3, 3]})
    case('CTCGreedyDecoder', {'inputs': tf.zeros([3, 1, 4]), 'sequence_length': [[3]]})
    case('CTCGreedyDecoder', {'inputs': tf.zeros([3, 1, 4]), 'sequence_length': [3]}, blank_index=4)
    case('CTCGreedyDecoder', {'inputs': tf.zeros([3, 1, 4]), 'sequence_length': [3]}, blank_index=-5)
    odd = tf.constant([[[np.nan, 1, 2]], [[1, np.nan, 0]], [[-np.inf, -np.inf, -np.inf]], [[np.inf, 0, np.nan]], [[-0.0, 0.0, -1]]], tf.float32)
    case('CTCGreedyDecoder', {'inputs': odd, 'sequence_length': [5]})
    case('CTCGreedyDecoder', {'inputs': odd[2:3], 'sequence_length': [1]})
    case('CTCGreedyDecoder', {'inputs': odd[4:], 'sequence_length': [1]}, merge_repeated=True)
