import numpy as np
import tensorflow as tf
from golden import case, strings


def values_of(dtype, *shape):
    count = int(np.prod(shape, dtype=int))
    if dtype == tf.string:
        return tf.reshape(strings([b'v%d\xff' % index for index in range(count)]), shape)
    return tf.cast(tf.reshape(tf.range(1, count + 1), shape), dtype)


def add():
    for T in [tf.string, tf.float32, tf.int64]:
        add_to_tensor(T)
        add_to_sparse(T)
        add_gather(T)
        add_sparse(T)
    add_range()


def add_to_tensor(T):
    default = values_of(T, 9)[8]
    for I in [tf.int64, tf.int32]:
        def to_tensor(shape, values, partitions, types, fill=default):
            case('RaggedTensorToTensor', {
                'shape': tf.constant(shape, I), 'values': values, 'default_value': fill,
                'row_partition_tensors': tuple(tf.constant(one, I) for one in partitions),
            }, row_partition_types=types)

        splits = [0, 2, 2, 5]
        ids = [0, 0, 2, 2, 2]
        for shape in [[-1, -1], -1, [3, 4], [2, 2], [4, 1], [3, -1], [-1, 2], [0, 2], [-1, 0], [-1], [-1, -1, -1], [-2, 3]]:
            to_tensor(shape, values_of(T, 5), [splits], ['ROW_SPLITS'])
            to_tensor(shape, values_of(T, 5), [3, ids], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
            to_tensor(shape, values_of(T, 5), [5, ids], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
        for shape in [-1, [-1, -1, 2], [3, 2, 2], [-1, -1, 3], [-1, -1, 1], [2, 4, 2]]:
            to_tensor(shape, values_of(T, 5, 2), [splits], ['ROW_SPLITS'])
            to_tensor(shape, values_of(T, 5, 2), [splits], ['ROW_SPLITS'], values_of(T, 2))
            to_tensor(shape, values_of(T, 5, 2), [splits], ['ROW_SPLITS'], values_of(T, 1))
            to_tensor(shape, values_of(T, 5, 2), [splits], ['ROW_SPLITS'], values_of(T, 3))
        outer, inner = [0, 2, 3], [0, 1, 3, 5]
        for shape in [-1, [-1, -1, -1], [2, 2, 2], [2, 3, 3], [1, 1, 1], [3, 2, -1]]:
            to_tensor(shape, values_of(T, 5), [outer, inner], ['ROW_SPLITS', 'ROW_SPLITS'])
            to_tensor(shape, values_of(T, 5), [2, [0, 0, 1], [0, 1, 1, 2, 2]], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS', 'VALUE_ROWIDS'])
            to_tensor(shape, values_of(T, 5), [outer, [0, 1, 1, 2, 2]], ['ROW_SPLITS', 'VALUE_ROWIDS'])
        to_tensor(-1, values_of(T, 0), [[0]], ['ROW_SPLITS'])
        to_tensor(-1, values_of(T, 0), [[0, 0]], ['ROW_SPLITS'])
        to_tensor([2, 2], values_of(T, 0), [[0, 0]], ['ROW_SPLITS'])
        to_tensor(-1, values_of(T, 0), [2, []], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
        to_tensor([2, 2], values_of(T, 0), [2, []], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
        # TensorFlow 2.21 reads and writes beyond its memory for splits past the values and for row ids that descend.
        for bad in [[], [0, 2, 1, 5], [0, 2, 2], [-1, 2, 5], [1, 5]]:
            to_tensor(-1, values_of(T, 5), [bad], ['ROW_SPLITS'])
        for bad in [[0, 0, 5, 5, 5], [0, 0, -1, 2, 2], [0, 0, 2], [0, 0, 1, 1, 9]]:
            to_tensor(-1, values_of(T, 5), [3, bad], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
        to_tensor(-1, values_of(T, 5), [ids], ['VALUE_ROWIDS'])
        to_tensor(-1, values_of(T, 5), [3], ['FIRST_DIM_SIZE'])
        to_tensor(-1, values_of(T, 5), [[2, 0, 3]], ['ROW_LENGTHS'])
        to_tensor(-1, values_of(T, 5), [[3], ids], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])
        to_tensor(-1, values_of(T), [splits], ['ROW_SPLITS'])
        to_tensor(-1, values_of(T, 5), [-3, ids], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])


def add_to_sparse(T):
    for I in [tf.int64, tf.int32]:
        for splits, values in [
            ([[0, 2, 2, 5]], values_of(T, 5)), ([[0, 2, 3], [0, 1, 3, 5]], values_of(T, 5)), ([[0, 2, 5]], values_of(T, 5, 2)), ([[0]], values_of(T, 0)), ([[0, 0]], values_of(T, 0)), ([[]], values_of(T, 0)), ([[1, 5]], values_of(T, 5)),
            ([[0, 3, 2, 5]], values_of(T, 5)), ([[0, 2]], values_of(T, 5)), ([[0, 2, 9]], values_of(T, 5)), ([[0, 2, 3], [0, 1, 5]], values_of(T, 5)), ([[0, 2, 4]], values_of(T, 4, 2, 2)),
        ]:
            case('RaggedTensorToSparse', {'rt_nested_splits': tuple(tf.constant(one, I) for one in splits), 'rt_dense_values': values})


def add_gather(T):
    for I in [tf.int64, tf.int32]:
        for splits, values in [([[0, 2, 2, 5]], values_of(T, 5)), ([[0, 2, 3], [0, 1, 3, 5]], values_of(T, 5)), ([[0, 2, 5]], values_of(T, 5, 2)), ([[0, 3, 2, 5]], values_of(T, 5)), ([[0, 2, 9]], values_of(T, 5)), ([[]], values_of(T, 5)), ([[0]], values_of(T, 0)), ([[1, 5]], values_of(T, 5))]:
            for indices in [[0], [1, 0, 1], [], [[1, 0], [0, 1]], 1, [9], [-1]]:
                rank = np.ndim(indices) + len(splits) - 1
                case('RaggedGather', {'params_nested_splits': tuple(tf.constant(one, I) for one in splits), 'params_dense_values': values, 'indices': tf.constant(indices, tf.int32)}, OUTPUT_RAGGED_RANK=rank)


def add_range():
    for T in [tf.int32, tf.int64, tf.float32, tf.float64]:
        for splits in [tf.int32, tf.int64]:
            for starts, limits, deltas in [([0, 5, 8], [3, 5, 12], [1, 1, 2]), (0, [3, 4], 1), ([5, 0], [0, -3], -1), (0, 5, 2), ([0, 1], [3, 4], [1, 0]), ([0, 1], [3], [1, 1]), ([], [], []), ([[0]], [1], [1]), ([3, 0], [0, 3], [1, -1]), ([0, 1], [3, 4], [1])]:
                case('RaggedRange', {'starts': tf.constant(starts, T), 'limits': tf.constant(limits, T), 'deltas': tf.constant(deltas, T)}, Tsplits=splits)
    case('RaggedRange', {'starts': [0.0, 0.1], 'limits': [1.0, 1.0], 'deltas': [0.3, 0.1]})
    case('RaggedRange', {'starts': tf.constant([0.0, 0.1], tf.float64), 'limits': tf.constant([1.0, 1.0], tf.float64), 'deltas': tf.constant([0.3, 0.1], tf.float64)})


def add_sparse(T):
    for I in [tf.int64, tf.int32]:
        for indices, shape, values in [
            ([[0, 1], [2, 0]], [3, 2], values_of(T, 2)), ([[0, 1], [2, 0]], [3, 2], values_of(T, 1)[0]), ([1, 3], [4], values_of(T, 2)), (2, [4], values_of(T, 1)[0]), ([[2, 0], [0, 1]], [3, 2], values_of(T, 2)), ([[0, 1], [0, 1]], [3, 2], values_of(T, 2)),
            ([[0, 2]], [3, 2], values_of(T, 1)), ([[0, -1]], [3, 2], values_of(T, 1)), (np.zeros([0, 2]), [3, 2], values_of(T, 0)), ([[0, 1]], [3], values_of(T, 1)), ([[0, 1]], [3, 2], values_of(T, 2)), ([0, 1], [[4]], values_of(T, 2)), ([[0, 0]], [0, 2], values_of(T, 1)), ([[0, 0]], [-1, 2], values_of(T, 1)),
        ]:
            for check in [True, False]:
                case('SparseToDense', {'sparse_indices': tf.constant(indices, I), 'output_shape': tf.constant(shape, I), 'sparse_values': values, 'default_value': values_of(T, 9)[8]}, validate_indices=check)
        case('SparseToDense', {'sparse_indices': tf.constant([1], I), 'output_shape': tf.constant([4], I), 'sparse_values': values_of(T, 1), 'default_value': values_of(T, 2)})
    for indices, values, shape in [
        ([[0, 1], [2, 0]], values_of(T, 2), [4, 2]), ([[0, 0], [1, 1]], values_of(T, 2), [2, 2]), (np.zeros([0, 2]), values_of(T, 0), [3, 2]), (np.zeros([0, 2]), values_of(T, 0), [0, 2]), ([[2, 0], [0, 1]], values_of(T, 2), [3, 2]), ([[3, 0]], values_of(T, 1), [3, 2]), ([[-1, 0]], values_of(T, 1), [3, 2]),
        ([[0, 1]], values_of(T, 2), [3, 2]), ([0, 1], values_of(T, 2), [3, 2]), ([[0, 1]], values_of(T, 1), [[3, 2]]), ([[0, 1]], values_of(T, 1, 1), [3, 2]), ([[2, 0], [0, 1], [2, 1], [0, 0]], values_of(T, 4), [3, 2]), ([[1]], values_of(T, 1), [3]), ([[0, 1]], values_of(T, 1), []), ([[0, 9]], values_of(T, 1), [1, 2]),
    ]:
        case('SparseFillEmptyRows', {'indices': tf.constant(indices, tf.int64), 'values': values, 'dense_shape': tf.constant(shape, tf.int64), 'default_value': values_of(T, 9)[8]})
    case('SparseFillEmptyRows', {'indices': tf.constant([[0, 1]], tf.int64), 'values': values_of(T, 1), 'dense_shape': tf.constant([3, 2], tf.int64), 'default_value': values_of(T, 1)})
    if T == tf.int64:
        for indices, shape, target in [
            ([[0, 1], [2, 0]], [3, 2], [2, 3]), ([[0, 1], [2, 0]], [3, 2], [-1]), ([[0, 1], [2, 0]], [3, 2], [6, 1]), ([[0, 1], [2, 0]], [3, 2], [3, -1, 2]), ([[0, 1]], [3, 2], [4]), ([[0, 1]], [3, 2], [-1, -1]), ([[0, 1]], [3, 2], [4, -1]), (np.zeros([0, 2]), [3, 0], [0, 5]), (np.zeros([0, 2]), [3, 2], [6]), ([0, 1], [3, 2], [6]), ([[0, 1]], [[3, 2]], [6]), ([[0, 1]], [3, 2], [[6]]), ([[0, 1]], [3], [3]), ([[0, 1]], [3, 2], [-2, 3]), ([[5, 5]], [3, 2], [6]), (np.zeros([0, 2]), [0, 2], [-1, 2]), (np.zeros([0, 2]), [0, 2], [0, -1]),
        ]:
            case('SparseReshape', {'input_indices': tf.constant(indices, tf.int64), 'input_shape': tf.constant(shape, tf.int64), 'new_shape': tf.constant(target, tf.int64)})
