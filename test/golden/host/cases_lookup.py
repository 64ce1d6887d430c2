import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from golden import CODES, cases, case, dtype_name, strings, tensor_json


count = 0


def new_table(key_dtype, value_dtype):
    global count
    count += 1
    return tf.raw_ops.HashTableV2(key_dtype=key_dtype, value_dtype=value_dtype, shared_name=f'table{count}')


def lookup(keys, values, default, sought):
    """LookupTableFindV2 on a HashTableV2 of constants; its inputs here: keys, the table's keys and values, default."""
    keys, values = tf.constant(keys) if not isinstance(keys, tf.Tensor) else keys, tf.constant(values) if not isinstance(values, tf.Tensor) else values
    default, sought = tf.constant(default, values.dtype), sought if isinstance(sought, tf.Tensor) else tf.constant(sought, keys.dtype)
    for op in ('LookupTableFindV2', 'LookupTableSizeV2'):
        row = {
            'attributes': {'Tin': dtype_name(keys.dtype), 'Tout': dtype_name(values.dtype)} if 'Find' in op else {},
            'defaults': [],
            'inputs': [tensor_json(one) for one in ([sought, keys, values, default] if 'Find' in op else [keys, values])],
        }
        try:
            table = new_table(keys.dtype, values.dtype)
            tf.raw_ops.InitializeTableV2(table_handle=table, keys=keys, values=values)
            if 'Find' in op:
                result = tf.raw_ops.LookupTableFindV2(table_handle=table, keys=sought, default_value=default)
            else:
                result = tf.raw_ops.LookupTableSizeV2(table_handle=table)
            row['outputs'] = [tensor_json(result)]
        except tf.errors.OpError as error:
            row['error'], row['message'] = CODES[error.error_code], error.message
        cases.setdefault(op, []).append(row)


def vocabulary(content, key_dtype, value_dtype, **attributes):
    """The table that InitializeTableFromTextFileV2 makes of a file, as keys and values in the order of the keys."""
    attributes = {'key_index': -2, 'value_index': -1, 'vocab_size': -1, 'delimiter': '\t', 'offset': 0, **attributes}
    row = {
        'attributes': {**attributes, 'key_dtype': dtype_name(key_dtype), 'value_dtype': dtype_name(value_dtype)},
        'defaults': [],
        'inputs': [tensor_json(strings(content))],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'words')
        path.write_bytes(content)
        try:
            table = new_table(key_dtype, value_dtype)
            tf.raw_ops.InitializeTableFromTextFileV2(table_handle=table, filename=str(path), **attributes)
            keys, values = tf.raw_ops.LookupTableExportV2(table_handle=table, Tkeys=key_dtype, Tvalues=value_dtype)
            order = sorted(range(len(keys)), key=lambda index: keys.numpy()[index])
            row['outputs'] = [tensor_json(tf.gather(keys, order)), tensor_json(tf.gather(values, order))]
        except (tf.errors.OpError, UnicodeDecodeError) as error:
            row['error'] = CODES[getattr(error, 'error_code', 3)]
            row['message'] = str(error)[:200].replace(str(path), 'words')
    cases.setdefault('readVocabulary', []).append(row)


def add():
    words = strings([b'a', b'', b'\xff', b'b'])
    for dtype, values in [
        (tf.int64, [5, -1, 2**60, 0]), (tf.int32, [1, 2, 3, 4]), (tf.float32, [0.5, 1, 2, float('nan')]), (tf.float64, [0.1, 1, 2, 3]), (tf.bool, [True, False, True, True]), (tf.string, [b'x', b'', b'\xfe', b'y']),
    ]:
        values = tf.constant(values, dtype)
        fill = {tf.string: b'?', tf.bool: True}.get(dtype, 1)
        for sought in [[b'b', b'zz', b'\xff', b''], b'a', np.zeros([0, 2], object).astype(bytes), [[[b'a'], [b'q']]]]:
            lookup(words, values, fill, strings(sought))
    for values in [strings([b'x', b'y', b'z']), tf.constant([1, 2, 3], tf.int64), tf.constant([1, 2, 3]), tf.constant([1, 2, 3.5])]:
        lookup(tf.constant([7, -7, 100], tf.int64), values, b'-' if values.dtype == tf.string else -1, tf.constant([[7, 8], [100, -7]], tf.int64))
    lookup(strings([b'a', b'a']), tf.constant([1, 1], tf.int64), 0, strings([b'a']))
    lookup(strings([b'a', b'a']), tf.constant([1, 2], tf.int64), 0, strings([b'a']))
    lookup(strings([]), tf.constant([], tf.int64), -1, strings([b'a']))
    lookup(strings([b'a', b'b']), tf.constant([1], tf.int64), 0, strings([b'a']))
    lookup(strings([b'a', b'b']), tf.constant([1, 2], tf.int64), [0], strings([b'a']))
    lookup(strings([b'a', b'b']), tf.constant([1, 2], tf.int64), [0, 1], strings([b'a']))
    lookup(strings([[b'a', b'b']]), tf.constant([[1, 2]], tf.int64), 0, strings([b'a']))
    add_vocabularies()


def add_vocabularies():
    S, I = tf.string, tf.int64
    for content in [b'a\nb\nc\n', b'a\nb\nc', b'', b'\n', b'a\n\nb\n', b'a\r\nb\r\n', b'a\rb\n', b' a \nb\t1\n', b'a\na\n', b'\xff\n\xc3\xa9\n', b'a\n\n', b'a\x00b\nc\n', b'a\nb\n\n\n', b'a\nb\r', b'a\r\r\nb\n', b'a\n\r\nb']:
        vocabulary(content, S, I)
        vocabulary(content, I, S, key_index=-1, value_index=-2)
        vocabulary(content, S, S, value_index=-2)
        for size in [0, 1, 2] if content == b'a\na\n' else [0, 1, 2, 3, 5]:  # one error at a time
            vocabulary(content, S, I, vocab_size=size)
        vocabulary(content, S, I, offset=10)
    for content in [b'a\t1\nb\t2\n', b'a\t1\nb\n', b'a 1\nb 2\n', b'a\t1\textra\nb\t-2\tmore\n', b'a\tx\n', b'a\t\n', b'\t1\n\t1\n', b'a\t1\n\nb\t2\n', b'1\t2\n3\t4\n', b'1.5\t2.5\n', b'a\t9223372036854775808\n', b'a\t+3\n', b'a\t 3 \n', b'a\t1\r\n', b'a\t1\na\t1\n', b'a\t1\na\t2\n', b'a,b;1\n']:
        for delimiter in ['\t', ' ', ',']:
            vocabulary(content, S, I, key_index=0, value_index=1, delimiter=delimiter)
        vocabulary(content, I, S, key_index=1, value_index=0)
        vocabulary(content, S, S, key_index=0, value_index=2)
        vocabulary(content, I, I, key_index=0, value_index=1)
        vocabulary(content, S, tf.float32, key_index=0, value_index=1)
        vocabulary(content, S, tf.float64, key_index=0, value_index=1)
        vocabulary(content, S, tf.int32, key_index=0, value_index=1)
        vocabulary(content, S, I, key_index=1, value_index=-1)
        vocabulary(content, I, S, key_index=-1, value_index=0, offset=100)
        vocabulary(content, S, S, key_index=-2, value_index=0)
        vocabulary(content, S, I, key_index=0, value_index=1, vocab_size=1)
    for attributes in [dict(key_index=-2, value_index=-2), dict(key_index=-1, value_index=-1), dict(key_index=-3), dict(delimiter='ab'), dict(delimiter='')]:
        vocabulary(b'a\nb\n', S, I, **attributes)
    vocabulary(b'a\nb\n', S, tf.int32)
    vocabulary(b'1\n2\n', I, I)
    vocabulary(b'1\n2\n', I, I, key_index=0)
