import struct

import numpy as np
import tensorflow as tf
from golden import case, strings

NONE = np.zeros([0], object)


def varint(value):
    value &= 2**64 - 1
    out = b''
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def int64s(*values):
    return field(3, field(1, b''.join(map(varint, values))))


def int64s_unpacked(*values):
    return field(3, b''.join(b'\x08' + varint(value) for value in values))


def floats(*values):
    return field(2, field(1, struct.pack(f'<{len(values)}f', *values)))


def floats_unpacked(*values):
    return field(2, b''.join(b'\x0d' + struct.pack('<f', value) for value in values))


def texts(*values):
    return field(1, b''.join(field(1, value) for value in values))


def entry(key, feature):
    return field(1, field(1, key) + field(2, feature))


def example(*entries):
    return field(1, b''.join(entries))


FULL = example(entry(b'i', int64s(1, -2)), entry(b'f', floats(0.5, 1.5)), entry(b's', texts(b'a', b'\xff')))
ODD = {
    'nothing': b'',
    'empty features': field(1, b''),
    'unpacked': example(entry(b'i', int64s_unpacked(1, -2)), entry(b'f', floats_unpacked(0.5, 1.5)), entry(b's', texts(b'a', b'b'))),
    'extra keys': example(entry(b'zzz', int64s(9)), entry(b'i', int64s(3, 4)), entry(b'f', floats(1, 2)), entry(b's', texts(b'', b'q')), entry(b'', floats(1))),
    'last of a key wins': example(entry(b'i', int64s(1, 1)), entry(b'i', int64s(5, 6)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'last of a key is empty': example(entry(b'i', int64s(1, 1)), entry(b'i', b''), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'last of a key is another kind': example(entry(b'i', int64s(1, 1)), entry(b'i', floats(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'two features messages': FULL + example(entry(b'i', int64s(7, 8))),
    'missing i': example(entry(b'f', floats(0.5, 1.5)), entry(b's', texts(b'a', b'b'))),
    'missing all but f': example(entry(b'f', floats(0.5, 1.5))),
    'too few': example(entry(b'i', int64s(1)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'too many': example(entry(b'i', int64s(1, 2, 3, 4)), entry(b'f', floats(1, 2, 3, 4)), entry(b's', texts(b'1', b'2', b'3', b'4'))),
    'three': example(entry(b'i', int64s(1, 2, 3)), entry(b'f', floats(1, 2)), entry(b's', texts(b'1', b'2'))),
    'empty lists': example(entry(b'i', int64s()), entry(b'f', floats()), entry(b's', texts())),
    'bare lists': example(entry(b'i', field(3, b'')), entry(b'f', field(2, b'')), entry(b's', field(1, b''))),
    'empty feature': example(entry(b'i', b''), entry(b'f', b''), entry(b's', b'')),
    'wrong kinds': example(entry(b'i', floats(1, 2)), entry(b'f', int64s(1, 2)), entry(b's', int64s(1, 2))),
    'strings for floats': example(entry(b'i', int64s(1, 2)), entry(b'f', texts(b'a', b'b')), entry(b's', texts(b'x', b'y'))),
    'two packed chunks': example(entry(b'i', field(3, field(1, varint(1)) + field(1, varint(2)))), entry(b'f', field(2, field(1, struct.pack('<f', 1)) + field(1, struct.pack('<f', 2)))), entry(b's', texts(b'x', b'y'))),
    'packed, then not': example(entry(b'i', field(3, field(1, varint(1) + varint(2)) + b'\x08\x03')), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unpacked, then packed': example(entry(b'i', field(3, b'\x08\x03' + field(1, varint(1)))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'two kinds in one': example(entry(b'i', int64s(1, 2) + floats(3, 4)), entry(b'f', floats(1, 2) + int64s(3)), entry(b's', texts(b'x', b'y'))),
    'a kind twice': example(entry(b'i', int64s(1, 2) + int64s(3, 4)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x') + texts(b'y'))),
    'unknown kind': example(entry(b'q', field(4, b'abc')), entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'kind as a varint': example(entry(b'q', b'\x08\x01'), entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown before known kind': example(entry(b'i', field(9, b'z') + int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown behind known kind': example(entry(b'i', int64s(1, 2) + field(9, b'z')), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown field in a list': example(entry(b'i', field(3, field(2, b'zz') + field(1, varint(1) + varint(2)))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown field in a text list': example(entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', field(1, field(1, b'x') + field(2, b'zz') + field(1, b'y')))),
    'value before key': example(field(1, field(2, int64s(1, 2)) + field(1, b'i')), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'no key': example(field(1, field(2, int64s(1, 2))), entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'no value': example(field(1, field(1, b'i')), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'empty entry': example(field(1, b''), entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'key twice in an entry': example(field(1, field(1, b'q') + field(1, b'i') + field(2, int64s(1, 2))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'value twice in an entry': example(field(1, field(1, b'i') + field(2, int64s(1)) + field(2, int64s(1, 2))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown field in an entry': example(field(1, field(1, b'i') + field(2, int64s(1, 2)) + field(5, b'q')), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'unknown field in features': field(1, field(7, b'abc') + entry(b'i', int64s(1, 2)) + entry(b'f', floats(1, 2)) + entry(b's', texts(b'x', b'y'))),
    'unknown fields at the top': field(2, b'xyz') + b'\x18\x05' + b'\x25abcd' + b'\x29abcdefgh' + FULL,
    'unknown field beyond the end': FULL + b'\x12\x7fab',
    'entry beyond the end': b'\x0a\x7f\x0a\x7f' + FULL[4:],
    'varint beyond the end': FULL + b'\x18',
    'unknown four bytes beyond the end': FULL + b'\x25ab',
    'unknown varint of eleven bytes': b'\x18' + b'\xff' * 10 + b'\x01' + FULL,
    'a group at the top': b'\x1b\x1c' + FULL,
    'an end of group at the top': b'\x1c' + FULL,
    'tag 0 at the top': b'\x00' + FULL,
    'long tag': b'\x8a\x00' + varint(len(FULL) - 2) + FULL[2:] if len(FULL) < 130 else FULL,
    'long varint': example(entry(b'i', field(3, field(1, b'\x81\x80\x80\x80\x00\x02'))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'large integers': example(entry(b'i', int64s(2**63 - 1, -(2**63))), entry(b'f', floats(float('nan'), float('inf'))), entry(b's', texts(b'x' * 300, b'y'))),
    'ten bytes, too many bits': example(entry(b'i', field(3, field(1, b'\xff' * 9 + b'\x7f' + b'\x01'))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'eleven bytes': example(entry(b'i', field(3, field(1, b'\xff' * 10 + b'\x01' + b'\x01'))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'cut in a varint': example(entry(b'i', field(3, field(1, b'\x01\x81'))), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'cut in a float': example(entry(b'i', int64s(1, 2)), entry(b'f', field(2, field(1, b'abcdef'))), entry(b's', texts(b'x', b'y'))),
    'nine bytes of floats': example(entry(b'i', int64s(1, 2)), entry(b'f', field(2, field(1, b'abcdefghi'))), entry(b's', texts(b'x', b'y'))),
    'cut float, unpacked': example(entry(b'i', int64s(1, 2)), entry(b'f', field(2, b'\x0dab')), entry(b's', texts(b'x', b'y'))),
    'list beyond its feature': example(entry(b'i', b'\x1a\x7f\x0a\x02\x01\x02'), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'packed beyond its list': example(entry(b'i', b'\x1a\x04\x0a\x05\x01\x02'), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
    'text beyond its list': example(entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', b'\x0a\x04\x0a\x09ab')),
    'cut off': FULL[:-1],
    'one byte': b'\x0a',
    'no proto': b'hello world',
    'lying length': b'\x0a\xff\xff\xff\xff\x0f',
    'unread feature is broken': example(entry(b'q', b'\x1a\x09abc'), entry(b'i', int64s(1, 2)), entry(b'f', floats(1, 2)), entry(b's', texts(b'x', b'y'))),
}
GOOD = [FULL, ODD['unpacked'], ODD['extra keys']]


def v2(serialized, dense=(), sparse=(), ragged=(), names=None, defaults=None):
    """dense: (key, dtype, shape, default); sparse: (key, dtype); ragged: (key, dtype, split dtype)."""
    defaults = defaults or tuple(tf.constant([] if d[3] is None else d[3], d[1]) for d in dense)
    value = strings(serialized)
    return case(
        'ParseExampleV2',
        {
            'serialized': value,
            'names': strings(NONE if names is None else names),
            'sparse_keys': strings([s[0] for s in sparse]),
            'dense_keys': strings([d[0] for d in dense]),
            'ragged_keys': strings([r[0] for r in ragged]),
            'dense_defaults': tuple(defaults),
        },
        num_sparse=len(sparse),
        sparse_types=[s[1] for s in sparse],
        ragged_value_types=[r[1] for r in ragged],
        ragged_split_types=[r[2] for r in ragged],
        dense_shapes=[d[2] for d in dense],
    )


def v1(serialized, dense=(), sparse=(), names=None):
    case(
        'ParseExample',
        {
            'serialized': strings(serialized),
            'names': strings(NONE if names is None else names),
            'sparse_keys': tuple(strings(s[0]) for s in sparse),
            'dense_keys': tuple(strings(d[0]) for d in dense),
            'dense_defaults': tuple(tf.constant([] if d[3] is None else d[3], d[1]) for d in dense),
        },
        sparse_types=[s[1] for s in sparse],
        dense_shapes=[d[2] for d in dense],
    )


def single(serialized, dense=(), sparse=()):
    case(
        'ParseSingleExample',
        {
            'serialized': strings(serialized),
            'dense_defaults': tuple(tf.constant([] if d[3] is None else d[3], d[1]) for d in dense),
        },
        num_sparse=len(sparse),
        sparse_keys=[s[0] for s in sparse],
        dense_keys=[d[0] for d in dense],
        sparse_types=[s[1] for s in sparse],
        dense_shapes=[d[2] for d in dense],
    )


def add():
    I, F, S = tf.int64, tf.float32, tf.string
    fixed = [(b'i', I, [2], None), (b'f', F, [2], None), (b's', S, [2], None)]
    filled = [(b'i', I, [2], [7, 8]), (b'f', F, [2], [0.25, 0.75]), (b's', S, [2], [b'p', b'\xfe'])]
    variable = [(b'i', I, [None], None), (b'f', F, [None], None), (b's', S, [None], None)]
    padded = [(b'i', I, [None], 9), (b'f', F, [None], [0.5]), (b's', S, [None], [b'\xfd'])]
    strided = [(b'i', I, [None, 2], None), (b'f', F, [None, 2], 3.0), (b's', S, [None, 2], b'_')]
    grid = [(b'i', I, [2, 1], [[1], [2]]), (b'f', F, [1, 2], None)]
    sparse = [(b'i', I), (b'f', F), (b's', S)]
    ragged = [(b'i', I, tf.int64), (b'f', F, tf.int32), (b's', S, tf.int64)]
    kinds = [dict(dense=d) for d in (fixed, filled, variable, padded, strided, grid)] + [dict(sparse=sparse), dict(ragged=ragged)]
    for text in [FULL, *ODD.values()]:
        for options in kinds:
            v2(text, **options)
            v2([FULL, text, GOOD[2]], **options)
        for options in (dict(dense=filled), dict(dense=padded), dict(sparse=sparse)):
            v1([text, GOOD[1]], **options)
            single(text, **options)
    for options in kinds:
        v2([], **options)
        v2(GOOD, names=[b'x', b'y', b'z'], **options)
        v2(GOOD, names=[b'x'], **options)
        v2([GOOD], **options)
        v2([ODD['too many'], ODD['missing all but f'], ODD['three']], **options)
        v2([ODD['nothing']] * 2, **options)
    for run in (v1, v2):
        run(GOOD, dense=[fixed[0]], sparse=[sparse[1], sparse[2]])
        run(GOOD)
        run(GOOD[0])
        run(GOOD, dense=[(b'i', I, [2], [1])])
        run(GOOD, dense=[(b'i', I, [2], [[1, 2]])])
        run(GOOD, dense=[(b'i', I, [None], [1, 2])])
        run(GOOD, dense=[(b'i', I, [], 5)])
        run(GOOD, dense=[(b'i', I, [0], None)])
        run(GOOD, dense=[(b'nope', I, [0], None)])
        run(GOOD, dense=[(b'nope', I, [], -5)])
        run(GOOD, dense=[(b'i', I, [2], None), (b'i', I, [2], None)])
        run(GOOD, dense=[fixed[0]], sparse=[sparse[0]])
        run(GOOD, sparse=[(b'\xff\xfe', S), (b'', F)])
        run(GOOD, dense=[(b'i', I, [None, 3], None)])
    v2(GOOD, dense=[fixed[0]], sparse=[sparse[1]], ragged=[ragged[2]])
    v2(FULL, dense=[fixed[0]], sparse=[sparse[1]], ragged=[ragged[2]])
    v2(FULL, names=[b'one'], dense=[(b'zz', I, [2], None)])
    v2(FULL, names=b'one', dense=[(b'zz', I, [2], None)])
    single(FULL, dense=fixed, sparse=[sparse[0]])
    single([FULL], dense=fixed)
