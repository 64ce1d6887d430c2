import numpy as np
import tensorflow as tf
from golden import case, strings


def add():
    add_crosses()
    random = np.random.default_rng(1)
    lengths = [*range(70), 95, 96, 97, 127, 128, 129, 130, 191, 192, 193, 255, 256, 257, 1000]
    texts = [random.bytes(length) for length in lengths] + [b'hello', 'é'.encode(), b'\xff' * 70, b'\0' * 9, b'\0' * 100]
    for buckets in [1, 2, 1000, 2**31, 2**53 - 1]:
        for value in [strings(texts), strings(b'x'), strings([]), strings([[b'a', b''], [b'\xff', b'b']])]:
            case('StringToHashBucketFast', {'input': value}, num_buckets=buckets)
            case('StringToHashBucket', {'string_tensor': value}, num_buckets=buckets)
            for key in [[1, 2], [2**53 - 1, 12345678901], [0, -1]]:
                case('StringToHashBucketStrong', {'input': value}, num_buckets=buckets, key=key)
    case('StringToHashBucketStrong', {'input': strings([b'a'])}, num_buckets=3, key=[1])


def sparse(indices, values, shape):
    dtype = tf.string if values and isinstance(values[0], bytes) else tf.int64
    return tf.constant(indices, tf.int64, [len(values), 2]), tf.constant(values, dtype), tf.constant(shape, tf.int64)


def add_crosses():
    texts = strings([[b'a', b'bc'], [b'', b'\xff'], [b'q' * 40, b'x']])
    numbers = tf.constant([[1], [-5], [2**62]], tf.int64)
    ragged = sparse([[0, 0], [0, 1], [2, 0]], [b's', b't', b'u'], [3, 2])
    counted = sparse([[0, 0], [1, 0], [1, 1], [2, 4]], [7, -8, 9, 10], [3, 5])
    nothing = sparse([], [], [3, 0])
    for sparses, denses in [
        ([], [texts, numbers]), ([], [texts]), ([ragged], []), ([ragged, counted], [texts, numbers]), ([counted], [numbers]), ([nothing], [texts]),
        ([], [strings(np.zeros([0, 2], object).astype(bytes))]), ([], [texts, tf.constant([[1]], tf.int64)]), ([], [strings([b'a'])]),
        ([sparse([[3, 0]], [1], [3, 1])], []), ([sparse([[0, 0], [2, 0], [1, 0], [0, 1]], [1, 2, 3, 4], [3, 2])], []), ([], [texts, strings([[b'a'], [b''], [b'b']])]), ([sparse([[0, 0]], [1], [3, 1])[:1] + ragged[1:]], []),
    ]:
        columns = {name: tuple(one[at] for one in sparses) for at, name in enumerate(['indices', 'values', 'shapes'])}
        for buckets in [0, 10, 2**40]:
            for key in [956888297470, 3]:
                for internal in [tf.int64, tf.string] if buckets == 10 else [tf.int64]:
                    case('SparseCross', {**columns, 'dense_inputs': tuple(denses)}, hashed_output=True, num_buckets=buckets, hash_key=key, out_type=tf.int64, internal_type=internal)
        case('SparseCross', {**columns, 'dense_inputs': tuple(denses)}, hashed_output=False, num_buckets=0, hash_key=956888297470, out_type=tf.string, internal_type=tf.string)
