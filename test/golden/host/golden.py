"""Runs raw TensorFlow ops in a graph whose inputs have unknown shapes, and writes down what they gave.

Numbers are written exactly: floats as base64 of their bytes, 64-bit integers as text, byte strings as text of one
character per byte.
"""

import base64
import gzip
import json
import os
import pathlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='-1', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
NAMES = {
    'bool': 'BOOL', 'uint8': 'UINT8', 'uint16': 'UINT16', 'uint32': 'UINT32', 'uint64': 'UINT64', 'int8': 'INT8',
    'int16': 'INT16', 'int32': 'INT32', 'int64': 'INT64', 'float16': 'FP16', 'bfloat16': 'BF16', 'float32': 'FP32',
    'float64': 'FP64', 'string': 'STRING',
}
CODES = {3: 'INVALID_ARGUMENT', 5: 'NOT_FOUND', 9: 'FAILED_PRECONDITION', 11: 'OUT_OF_RANGE', 12: 'UNIMPLEMENTED', 13: 'INTERNAL'}
cases = {}


def strings(value):
    """A tensor of byte strings from nested lists of bytes."""
    return tf.constant(value, tf.string)


def tensor_json(value):
    value = tf.constant(value) if not isinstance(value, tf.Tensor) else value
    dtype = NAMES[value.dtype.name]
    array = value.numpy()
    if dtype == 'STRING':
        data = [item.decode('latin1') for item in np.asarray(array, object).reshape(-1)]
    elif dtype in ('FP16', 'BF16', 'FP32', 'FP64'):
        data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    elif dtype in ('INT64', 'UINT64'):
        data = [str(item) for item in array.reshape(-1)]
    else:
        data = [int(item) for item in array.reshape(-1)]
    return {'dtype': dtype, 'shape': list(value.shape), 'data': data}


def shape_json(shape):
    return None if shape.unknown_rank else [None if dim.size < 0 else dim.size for dim in shape.dim]


def attribute_json(attr):
    kind = attr.WhichOneof('value')
    if kind == 'list':
        lists = attr.list
        for field, convert in (
            ('s', bytes.decode), ('i', int), ('f', float), ('b', bool), ('type', dtype_name), ('shape', shape_json)
        ):
            if getattr(lists, field):
                return [convert(item) for item in getattr(lists, field)]
        return []
    convert = {'s': bytes.decode, 'i': int, 'f': float, 'b': bool, 'type': dtype_name, 'shape': shape_json}[kind]
    return convert(getattr(attr, kind))


def dtype_name(number):
    return NAMES.get(tf.dtypes.as_dtype(number).name, tf.dtypes.as_dtype(number).name)


def run(op, inputs, attributes):
    """The node that `op` makes of placeholders, and what it computes; or the error's code and words."""
    flat, feeds = [], {}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:

        def placeholder(value):
            hole = tf.compat.v1.placeholder(value.dtype)
            flat.append(value)
            feeds[hole] = np.asarray(value.numpy(), object) if value.dtype == tf.string else value.numpy()
            return hole

        holes = {
            name: [placeholder(item) for item in value] if isinstance(value, list) else placeholder(value)
            for name, value in inputs.items()
        }
        getattr(tf.raw_ops, op)(**holes, **attributes)
        node = next(one for one in session.graph.get_operations() if one.type == op)
        try:
            return node, flat, session.run(list(node.outputs), feeds), None
        except tf.errors.OpError as error:
            return node, flat, None, error
        except UnicodeDecodeError:  # the error's words hold bytes of the input, which Python cannot show
            return node, flat, None, tf.errors.InvalidArgumentError(node.node_def, node, 'words that are not UTF-8')


def constants(value):
    if isinstance(value, tuple):
        return [constants(one) for one in value]
    return value if isinstance(value, tf.Tensor) else tf.constant(value)


def case(op, inputs, **attributes):
    """Adds one case. `inputs`: by name, in the op's order; tuples stand for lists of tensors."""
    inputs = {name: constants(value) for name, value in inputs.items()}
    try:
        node, flat, outputs, error = run(op, inputs, attributes)
    except ValueError as error:
        print(f'{op}: no graph can hold this node: {str(error)[:100]}')
        return
    known = {attr.name: attr for attr in node.op_def.attr}
    defaults = [
        name
        for name, value in node.node_def.attr.items()
        if name in known and known[name].HasField('default_value') and known[name].default_value == value
    ]
    row = {
        'attributes': {
            name: attribute_json(value) for name, value in sorted(node.node_def.attr.items()) if name in known
        },
        'defaults': sorted(defaults),
        'inputs': [tensor_json(value) for value in flat],
    }
    if error is None:
        row['outputs'] = [
            tensor_json(tf.constant(value, out.dtype.base_dtype)) for value, out in zip(outputs, node.outputs)
        ]
    else:
        row['error'] = CODES[error.error_code]
        lines = error.message.splitlines()
        row['message'] = lines[next((at + 1 for at, line in enumerate(lines) if line.startswith('Node: ')), 0)][:200]
    cases.setdefault(op, []).append(row)


def write(name):
    """Writes what was added since the last call."""
    text = json.dumps(cases, ensure_ascii=True, separators=(',', ':'))
    (HERE / f'{name}.json.gz').write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    errors = sum('error' in row for rows in cases.values() for row in rows)
    print(name, {op: len(rows) for op, rows in cases.items()}, f'{errors} errors')
    cases.clear()
