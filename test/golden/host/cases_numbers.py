import struct

import numpy as np
import tensorflow as tf
from golden import case, strings

TEXTS = [
    b'', b'0', b'-0', b'+1', b'1', b' 42', b'42 ', b'\t-7\n', b'1.5', b'.5', b'5.', b'1e3', b'1E-3', b'1e', b'1e+', b'--1', b'+-1', b'0x10', b'0x1p3', b'0x1.8p1',
    b'inf', b'-Inf', b'INFINITY', b'infinity', b'nan', b'NaN', b'-nan', b'1_000', b'1,000', b'1 2', b'abc', b'1a', b'\xff1', b'1\xff', b'\x001', b'1\x00', b'\xc2\xa01',
    b'3.4028235e38', b'3.4028236e38', b'3.5e38', b'1e39', b'1e400', b'-1e400', b'1e-400', b'1e-45', b'7e-46', b'1.401298464324817e-45', b'1.17549435e-38', b'2.2250738585072014e-308', b'4.9e-324', b'2e-324',
    b'0.1', b'1.1', b'16777217', b'16777216.9999', b'16777217.00000000000000000001', b'1.00000005960464477539062501', b'1.000000059604644775390625', b'1.0000000596046447753906249999999999999999999999999999999999999999999999999999',
    b'2147483647', b'2147483648', b'-2147483648', b'-2147483649', b'9223372036854775807', b'9223372036854775808', b'-9223372036854775808', b'-9223372036854775809', b'4294967295', b'4294967296', b'18446744073709551615', b'18446744073709551616', b'-1',
    b'00012', b'  ', b'+', b'-', b'.', b'e5', b'1.e5', b'1..2', b'1.2.3', b'0.1234567890123456789012345678901', b'0.12345678901234567890123456789012', b'123456789012345678901234567890', b'0000000000000000000000000000000000001',
    b'-0.0', b'-.0', b'-00', b'-0e0', b' -0', b'-0.', b'-0x0', b'-1e-400', b'-00.', b'-0e5', b'1\v', b'\f1', b'1f', b'1d', b'0b1', b'0o7', b'1e5.5', b'infx', b'in', b'i', b'n', b'+inf', b'+nan', b' inf ', b'8.5070591730234615866e37', b'179769313486231580793e289', b'0x', b'0x.8', b'0xAB.Cp-2', b'-0x1', b'0X1F', b'5e-324', b'1 e5', b'- 1', b'+ 1',
]
FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 0.1, 1 / 3, 123456.0, 1234567.0, 12345678.9, 1e-4, 1e-5, 9.9999995, 999999.5, 1e10, 1e20, 1e21, 1e22, 1.7e308, 5e-324, 2.2250738585072014e-308,
    float('inf'), float('-inf'), float('nan'), 0.125, 0.0625, 1e15 + 0.3, 99.5, 0.05, 3.4028234663852886e38, 1e-45, 65504.0, 100.0, 1e5, 1e6, 1e16, 1e17, 123456789012345680.0, 4.35, 0.000123456789,
]


def add():
    for T, bits in [('float32', 'int32'), ('float32', 'uint32'), ('float16', 'int16'), ('float64', 'int64')]:
        for value in [[[0.0, -0.0, 1.5], [np.inf, -np.inf, -1e-5]], [], 2.5]:
            case('Bitcast', {'input': tf.constant(value, T)}, type=bits)
            case('Bitcast', {'input': tf.bitcast(tf.constant(value, T), bits)}, type=T)
    for dtype in [tf.float32, tf.float64, tf.int32, tf.int64, tf.uint32, tf.uint64]:
        for text in TEXTS:
            case('StringToNumber', {'string_tensor': strings(text)}, out_type=dtype)
        case('StringToNumber', {'string_tensor': strings([[b'1', b'2']])}, out_type=dtype)
        case('StringToNumber', {'string_tensor': strings([])}, out_type=dtype)
        case('StringToNumber', {'string_tensor': strings([b'1', b'x'])}, out_type=dtype)
    add_as_string()
    add_raw()


def add_as_string():
    for dtype in [tf.float32, tf.float64, tf.float16, tf.bfloat16]:
        with np.errstate(all='ignore'):
            value = tf.cast(tf.constant(FLOATS, tf.float64), dtype)
        for precision in [-1, 0, 1, 3, 9, 20]:
            for style in [{}, {'scientific': True}, {'shortest': True}]:
                case('AsString', {'input': value}, precision=precision, **style)
        for width in [0, 5, 12]:
            for fill in ['', '0', ' ', '-', '+', '#', 'x', '00']:
                case('AsString', {'input': value}, width=width, fill=fill, precision=2)
                if dtype == tf.float32:
                    case('AsString', {'input': value}, width=width, fill=fill, shortest=True)
                    case('AsString', {'input': value}, width=width, fill=fill, scientific=True)
        case('AsString', {'input': value}, width=12)
    for value in [np.array([1, 0x80000001, 0x7fffff, 0x800000], np.uint32).view(np.float32), np.array([1, 0x8001], np.uint16).view(np.float16), np.array([1, 2**63 + 1, 2**52], np.uint64).view(np.float64)]:
        case('AsString', {'input': value}, scientific=True)
    case('AsString', {'input': tf.bitcast(tf.constant([1, 0x8001, 0x80], tf.uint16), tf.bfloat16)}, scientific=True)
    case('AsString', {'input': 1.0}, scientific=True, shortest=True)
    case('AsString', {'input': 1.0}, fill='0')
    for dtype, values in [
        (tf.int8, [-128, 0, 127]), (tf.int16, [-300, 7]), (tf.int32, [-2**31, 2**31 - 1, 0, 5]), (tf.int64, [-2**63, 2**63 - 1, 0]),
        (tf.uint8, [0, 255]), (tf.uint16, [65535]), (tf.uint32, [2**32 - 1]), (tf.uint64, [2**64 - 1]), (tf.bool, [True, False]), (tf.string, [b'a', b'\xff', b'']),
    ]:
        value = tf.constant([values], dtype)
        case('AsString', {'input': value})
        for options in [{'width': 6}, {'width': 6, 'fill': '0'}, {'width': 6, 'fill': ' '}, {'width': 6, 'fill': '-'}, {'width': 6, 'fill': '+'}, {'fill': '+'}, {'precision': 2}, {'scientific': True}, {'shortest': True}, {'width': 0}, {'width': -1}, {'width': 6, 'fill': '#'}]:
            case('AsString', {'input': value}, **options)
    case('AsString', {'input': tf.zeros([0, 3])})
    case('AsString', {'input': 7})


def add_raw():
    data = bytes(range(1, 17)) + b'\xff' * 8 + struct.pack('<d', 1.5)
    for dtype in [tf.float16, tf.float32, tf.float64, tf.bfloat16, tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.bool]:
        for little in [True, False]:
            source = b'\0\1\0\1' if dtype == tf.bool else data
            case('DecodeRaw', {'bytes': strings([[source], [source[::-1]]])}, out_type=dtype, little_endian=little)
        for value in [b'', b'abc', [], [b'', b''], [b'ab', b'abcd'], b'12345678', [b'1234567', b'1234567'], [[]]]:
            case('DecodeRaw', {'bytes': strings(value)}, out_type=dtype)
        for value in [b'', b'abc', [b'1', b'123456789'], []]:
            for length in [0, 1, 4, 8, 16, -1]:
                for little in [True, False]:
                    if dtype not in (tf.bool, tf.float16):
                        case('DecodePaddedRaw', {'input_bytes': strings(value), 'fixed_length': length}, out_type=dtype, little_endian=little)
        if dtype not in (tf.bool, tf.float16):
            case('DecodePaddedRaw', {'input_bytes': strings([b'ab']), 'fixed_length': [8]}, out_type=dtype)
