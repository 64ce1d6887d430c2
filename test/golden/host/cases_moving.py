import itertools

import numpy as np
import tensorflow as tf
from golden import case, strings


def filled(dtype, *shape):
    count = int(np.prod(shape, dtype=int))
    if dtype == tf.string:
        return tf.reshape(strings([b'\xff%d' % index for index in range(count)]), shape)
    if dtype == tf.bool:
        return tf.reshape(tf.range(count) % 3 == 0, shape)
    return tf.cast(tf.reshape(tf.range(count), shape), dtype)


DTYPES = [tf.string, tf.float32, tf.int64]


def add():
    for dtype in DTYPES:
        add_shapes(dtype)
        add_gathers(dtype)
        add_slices(dtype)
        add_joins(dtype)
        add_choices(dtype)
        add_uniques(dtype)
    for dtype in [tf.float16, tf.bfloat16, tf.float64, tf.int8, tf.uint8, tf.bool, tf.int32]:
        case('GatherV2', {'params': filled(dtype, 4, 2), 'indices': [3, 0], 'axis': 0})
        case('Identity', {'input': filled(dtype, 2, 2)})


def add_shapes(T):
    for shape in [[], [1], [0], [2, 3], [2, 0, 3], [2, 3, 4]]:
        value = filled(T, *shape)
        case('Identity', {'input': value})
        case('ZerosLike', {'x': value})
        case('Rank', {'input': value})
        for out in [tf.int32, tf.int64]:
            case('Shape', {'input': value}, out_type=out)
            case('Size', {'input': value}, out_type=out)
        for axis in [-4, -3, -1, 0, 1, 3]:
            case('ExpandDims', {'input': value, 'axis': axis})
    case('ExpandDims', {'input': filled(T, 2), 'axis': [0]})
    case('ExpandDims', {'input': filled(T, 2), 'axis': [0, 1]})
    for target in [[6], [3, 2], [-1], [2, -1], [-1, -1], [4], [4, -1], [1, 2, 3, 1], [], [-2, 3], [0]]:
        case('Reshape', {'tensor': filled(T, 2, 3), 'shape': tf.constant(target, tf.int32)})
        case('Reshape', {'tensor': filled(T, 0, 3), 'shape': tf.constant(target, tf.int64)})
    case('Reshape', {'tensor': filled(T, 1), 'shape': tf.constant([], tf.int32)})
    case('Reshape', {'tensor': filled(T, 0, 3), 'shape': [0, -1]})
    case('Reshape', {'tensor': filled(T, 2, 3), 'shape': [[6]]})
    case('Reshape', {'tensor': filled(T, 2, 3), 'shape': 6})
    for dims in [[], [0], [2], [-1], [0, 2], [1], [3], [-4]]:
        case('Squeeze', {'input': filled(T, 1, 2, 1)}, axis=dims)
    for perm in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 1], [0, 0, 1], [0, 1, 3], [-1, 0, 1]]:
        case('Transpose', {'x': filled(T, 2, 3, 4), 'perm': perm})
    case('Transpose', {'x': filled(T, 0, 3), 'perm': tf.constant([1, 0], tf.int64)})
    case('Transpose', {'x': filled(T), 'perm': tf.constant([], tf.int32)})
    for axes in [[], [0], [1], [-1], [0, 1], [0, 0], [2], [-3]]:
        case('ReverseV2', {'tensor': filled(T, 2, 3), 'axis': tf.constant(axes, tf.int32)})
    for target in [[2, 3], [4, 2, 3], [3], [2, 1], [5, 2, 3], [-1, 3], [0, 2, 3]]:
        case('BroadcastTo', {'input': filled(T, 2, 3), 'shape': tf.constant(target, tf.int32)})
    for source, target in [([1, 3], [2, 3]), ([3, 1], [3, 2]), ([], [2, 2]), ([1], [0]), ([2], []), ([1], [])]:
        case('BroadcastTo', {'input': filled(T, *source), 'shape': tf.constant(target, tf.int64)})
    for multiples in [[1, 1], [2, 1], [1, 3], [2, 2], [0, 1], [2], [1, -1], [1, 1, 1]]:
        case('Tile', {'input': filled(T, 2, 3), 'multiples': multiples})
    case('Tile', {'input': filled(T), 'multiples': tf.constant([], tf.int32)})
    for dims in [[], [2], [2, 3], [0], [-1], 2, [[2]]]:
        case('Fill', {'dims': tf.constant(dims, tf.int32), 'value': filled(T, 1)[0]})
    case('Fill', {'dims': [2], 'value': filled(T, 1)})
    for paddings in [[[1, 0], [0, 2]], [[0, 0], [0, 0]], [[1, 1]], [[-1, 0], [0, 0]], [[0, 0, 0], [0, 0, 0]], [1, 2]]:
        case('PadV2', {'input': filled(T, 2, 3), 'paddings': paddings, 'constant_values': filled(T, 3)[2]})
        if T != tf.string:
            case('Pad', {'input': filled(T, 2, 3), 'paddings': paddings})
    case('PadV2', {'input': filled(T, 2, 3), 'paddings': [[1, 0], [0, 2]], 'constant_values': filled(T, 3)})
    case('PadV2', {'input': filled(T, 0, 2), 'paddings': tf.constant([[1, 0], [0, 1]], tf.int64), 'constant_values': filled(T, 3)[2]})


def add_gathers(T):
    params = filled(T, 3, 4, 2)
    for axis in [0, 1, 2, -1, -3, 3, -4]:
        for indices in [1, [0, 1], [], [[1, 0], [1, 1]], [5], [-1]]:
            case('GatherV2', {'params': params, 'indices': tf.constant(indices, tf.int32), 'axis': axis})
    case('GatherV2', {'params': params, 'indices': tf.constant([1], tf.int64), 'axis': tf.constant(1, tf.int64)})
    case('GatherV2', {'params': params, 'indices': [1], 'axis': [0]})
    case('GatherV2', {'params': params, 'indices': [1], 'axis': [0, 1]})
    case('GatherV2', {'params': filled(T, 0, 2), 'indices': [0], 'axis': 0})
    case('GatherV2', {'params': filled(T, 0, 2), 'indices': tf.constant([], tf.int32), 'axis': 0})
    case('GatherV2', {'params': filled(T), 'indices': [0], 'axis': 0})
    case('Gather', {'params': params, 'indices': [[2, 0]]})
    case('Gather', {'params': params, 'indices': [3]})
    batched = filled(T, 2, 3, 2)
    for dims, axis, indices in [(1, 1, [[0, 2], [1, 1]]), (1, 2, [[0], [1]]), (1, 1, [0, 2]), (2, 2, [[[0], [1], [0]], [[1], [0], [1]]]), (-1, 1, [[0, 2], [1, 1]]), (1, 0, [[0, 2], [1, 1]]), (1, 1, [[0], [1], [2]]), (0, 1, [[0, 2]]), (3, 2, [[0]]), (1, 1, [[0, 3], [0, 0]])]:
        case('GatherV2', {'params': batched, 'indices': indices, 'axis': axis}, batch_dims=dims)
    for indices in [[[0], [2]], [[0, 1], [2, 3]], [[0, 1, 1]], [[]], [0, 1], 0, [[[0, 0, 0], [1, 1, 1]]], [[0, 0, 0, 0]], [[3]], [[0, -1]], np.zeros([0, 2], np.int32), np.zeros([2, 0], np.int32)]:
        case('GatherNd', {'params': params, 'indices': tf.constant(indices, tf.int32)})
    case('GatherNd', {'params': filled(T, 0, 2), 'indices': [[0]]})
    case('GatherNd', {'params': filled(T, 0, 2), 'indices': np.zeros([0, 1], np.int64)})


def add_slices(T):
    value = filled(T, 3, 4, 2)
    for begin, size in [([0, 0, 0], [3, 4, 2]), ([1, 2, 0], [2, -1, 1]), ([3, 0, 0], [0, 4, 2]), ([0, 0, 0], [4, 1, 1]), ([-1, 0, 0], [1, 1, 1]), ([0, 0], [1, 1]), ([0, 0, 0], [-2, 1, 1]), ([3, 0, 0], [-1, 1, 1])]:
        for I in [tf.int32, tf.int64]:
            case('Slice', {'input': value, 'begin': tf.constant(begin, I), 'size': tf.constant(size, I)})
    case('Slice', {'input': filled(T), 'begin': tf.constant([], tf.int32), 'size': tf.constant([], tf.int32)})
    cases = [
        ([0], [2], [1], {}), ([1], [3], [1], {}), ([-1], [-4], [-1], {}), ([0], [0], [-1], dict(begin_mask=1, end_mask=1)), ([0], [3], [2], {}), ([2], [0], [1], {}), ([1], [2], [1], dict(shrink_axis_mask=1)), ([-1], [0], [1], dict(shrink_axis_mask=1)),
        ([5], [6], [1], dict(shrink_axis_mask=1)), ([-4], [0], [1], dict(shrink_axis_mask=1)), ([0], [9], [1], {}), ([-9], [9], [1], {}), ([9], [-9], [-2], {}), ([0], [1], [0], {}), ([0, 1], [2, 3], [1, 1], {}), ([0, 0], [0, 1], [1, 1], dict(ellipsis_mask=1)), ([0, 0], [0, 1], [1, 1], dict(ellipsis_mask=1, shrink_axis_mask=2)),
        ([0, 1], [1, 2], [1, 1], dict(new_axis_mask=1)), ([0, 1, 0], [1, 2, 1], [1, 1, 1], dict(new_axis_mask=2, shrink_axis_mask=5)), ([0, 0, 0], [2, 2, 2], [1, 1, 1], dict(begin_mask=7, end_mask=7)), ([0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1], {}), ([0], [1], [-1], dict(shrink_axis_mask=1)), ([0, 0, 0], [1, 1, 1], [1, 1, 1], dict(ellipsis_mask=3)),
        ([0, 0, 1], [0, 0, 2], [1, 1, 1], dict(ellipsis_mask=2, new_axis_mask=1)), ([1, 0], [2, 0], [1, -1], dict(end_mask=2, begin_mask=2, shrink_axis_mask=1)), ([], [], [], {}), ([0, 0, 0], [1, 1, 1], [1, 1, 1], dict(shrink_axis_mask=7)), ([0, 0], [1, 1], [1], {}), ([2], [1], [1], dict(shrink_axis_mask=1, begin_mask=1)), ([0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1], dict(new_axis_mask=5, ellipsis_mask=8)),
    ]
    for begin, end, strides, masks in cases:
        for I in [tf.int32, tf.int64] if T == tf.string else [tf.int32]:
            case('StridedSlice', {'input': value, 'begin': tf.constant(begin, I), 'end': tf.constant(end, I), 'strides': tf.constant(strides, I)}, **masks)
    case('StridedSlice', {'input': filled(T), 'begin': [0], 'end': [1], 'strides': [1]}, new_axis_mask=1)
    case('StridedSlice', {'input': filled(T, 0, 2), 'begin': [0], 'end': [1], 'strides': [1]}, shrink_axis_mask=1)
    case('StridedSlice', {'input': filled(T, 4), 'begin': [0], 'end': [-2**31], 'strides': [-2**31 + 1]})
    for axis in [0, 1, -1, 2, -3]:
        for count in [1, 2, 3, 4]:
            case('Split', {'axis': axis, 'value': filled(T, 4, 6)}, num_split=count)
    case('Split', {'axis': [0], 'value': filled(T, 4, 6)}, num_split=2)
    for sizes in [[1, 3], [2, -1], [4], [-1, -1], [5, -1], [1, 2], [0, 4], [-2, 6], [[1, 3]]]:
        case('SplitV', {'value': filled(T, 4, 2), 'size_splits': sizes, 'axis': 0}, num_split=int(np.size(sizes)))
    case('SplitV', {'value': filled(T, 2, 4), 'size_splits': tf.constant([1, 3], tf.int64), 'axis': -1}, num_split=2)
    case('SplitV', {'value': filled(T, 2, 4), 'size_splits': [1, 3], 'axis': 2}, num_split=2)
    for axis in [0, 1, -1, 2, -3]:
        case('Unpack', {'value': filled(T, 2, 3)}, num=3 if axis in (1, -1) else 2, axis=axis)
    case('Unpack', {'value': filled(T, 2, 3)}, num=5)
    case('Unpack', {'value': filled(T, 0, 3)}, num=0)
    case('Unpack', {'value': filled(T)}, num=1)


def add_joins(T):
    a, b = filled(T, 2, 3), filled(T, 2, 3)
    for axis in [0, 1, -1, -2, 2, -3]:
        case('ConcatV2', {'values': (a, b, a), 'axis': axis})
        case('Concat', {'concat_dim': axis, 'values': (a, b)})
        case('Pack', {'values': (a, b)}, axis=axis)
    case('ConcatV2', {'values': (a, filled(T, 2, 1)), 'axis': tf.constant(1, tf.int64)})
    case('ConcatV2', {'values': (a, filled(T, 2, 0)), 'axis': 1})
    case('ConcatV2', {'values': (a, filled(T, 1, 2)), 'axis': 0})
    case('ConcatV2', {'values': (a, filled(T, 3)), 'axis': 0})
    case('ConcatV2', {'values': (a, b), 'axis': [0]})
    case('ConcatV2', {'values': (filled(T), filled(T)), 'axis': 0})
    case('Pack', {'values': (a,)}, axis=0)
    case('Pack', {'values': (filled(T), filled(T), filled(T))}, axis=0)
    case('Pack', {'values': (a, filled(T, 3, 2))}, axis=0)
    case('Pack', {'values': (filled(T, 0, 2), filled(T, 0, 2))}, axis=1)


def add_choices(T):
    a, b = filled(T, 2, 3), tf.reverse(filled(T, 2, 3), [0, 1])
    mask = tf.constant([[True, False, True], [False, False, True]])
    for op, left, right in [('SelectV2', 't', 'e'), ('Select', 'x', 'y')]:
        for condition in [mask, True, False, [True, False], [[True], [False]], [True, False, True], [[True, True]], np.zeros([0, 3], bool)]:
            case(op, {'condition': condition, left: a, right: b})
        case(op, {'condition': True, left: filled(T, 1)[0], right: filled(T, 1)[0]})
        case(op, {'condition': mask, left: filled(T, 3), right: b})
        case(op, {'condition': [True, False], left: filled(T, 2), right: filled(T, 2)})
        case(op, {'condition': np.zeros([0], bool), left: filled(T, 0), right: filled(T, 0)})
    for op in ['Equal', 'NotEqual']:
        for left, right in [(a, b), (a, a), (a, filled(T, 3)), (filled(T, 2, 1), filled(T, 1, 3)), (filled(T), a), (filled(T, 0, 3), filled(T, 3)), (a, filled(T, 2)), (filled(T), filled(T))]:
            case(op, {'x': left, 'y': right})
        case(op, {'x': a, 'y': filled(T, 2)}, incompatible_shape_error=False)
    if T != tf.string:
        case('Where', {'condition': filled(T, 2, 3)})
        case('Where', {'condition': filled(T, 0, 3)})
        case('Where', {'condition': filled(T)})
        case('Equal', {'x': tf.cast([1, 0, -0.0], T), 'y': tf.cast([1, -0.0, 0], T)})
    for condition in [mask, [True, False], [], np.zeros([2, 0], bool), True]:
        case('Where', {'condition': tf.constant(condition, tf.bool)})
    if T == tf.float32:
        nan = tf.constant([float('nan'), 1, float('inf'), -0.0])
        case('Equal', {'x': nan, 'y': nan})
        case('NotEqual', {'x': nan, 'y': nan})
        case('Where', {'condition': nan})


def add_uniques(T):
    values = tf.gather(filled(T, 5), [3, 1, 3, 0, 1, 1])
    for out in [tf.int32, tf.int64]:
        for op in ['Unique', 'UniqueWithCounts']:
            case(op, {'x': values}, out_idx=out)
            case(op, {'x': filled(T, 0)}, out_idx=out)
    case('Unique', {'x': filled(T, 2, 2)})
    case('UniqueWithCounts', {'x': filled(T)})
    grid = tf.gather(filled(T, 3, 2), [2, 0, 2, 1, 0])
    for op in ['UniqueV2', 'UniqueWithCountsV2']:
        for axis in [[0], [1], [-1], [2], [], [0, 1]]:
            case(op, {'x': grid, 'axis': tf.constant(axis, tf.int32)})
        case(op, {'x': values, 'axis': tf.constant([], tf.int64)}, out_idx=tf.int64)
        case(op, {'x': values, 'axis': tf.constant([0], tf.int64)})
    if T == tf.float32:
        case('Unique', {'x': tf.constant([0.0, -0.0, float('nan'), float('nan'), 1.0])})
