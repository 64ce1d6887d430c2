import random

import numpy as np
import tensorflow as tf
from golden import case, strings

TEXTS = [
    b'', b'abc', 'aé€😀z'.encode(), b'\xff', b'a\xffb', b'\xc3', b'\xe2\x82', b'\xe2\x82a', b'\xed\xa0\x80', b'\xf0\x9f\x98', b'\xf0\x9f\x98a', b'\xc0\xaf', b'\xf4\x90\x80\x80', b'\xef\xbf\xbd', b'\xef\xbb\xbfx', b'\x00a\x00', b'\t\n\x1f\x7f\x80',
    b'\xf8\x88\x80\x80\x80', b'\xe0\x80\x80', b'\xf0\x80\x80\x80', b'\xc2', b'\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41', b'\xef\xbf\xbe\xef\xbf\xbf', b'\xf4\x8f\xbf\xbf', b'\x80\x80', b'\xf0\x9f\x98\x80\x80',
]
MODES = [dict(errors=errors, replacement_char=char) for errors in ['strict', 'replace', 'ignore'] for char in [0xFFFD, 0x20]]


def add():
    chance = random.Random(5)
    pieces = [b'a', b'\xc3\xa9', b'\xe2\x82\xac', b'\xf0\x9f\x98\x80', b'\xc3', b'\xe2\x82', b'\xf0', b'\xff', b'\xed\xa0', b'\x80', b'\xe0', b'\x9f', b'\xf4', b'\x90']
    mixed = [b''.join(chance.choice(pieces) for _ in range(chance.randint(1, 8))) for _ in range(150)]
    for value in [*(strings(text) for text in TEXTS), strings([TEXTS]), strings([]), strings(mixed)]:
        for mode in MODES:
            for control in [False, True]:
                options = dict(input_encoding='UTF-8', replace_control_characters=control, **mode)
                for T in [tf.int64, tf.int32] if control else [tf.int64]:
                    case('UnicodeDecode', {'input': value}, Tsplits=T, **options)
                case('UnicodeDecodeWithOffsets', {'input': value}, **options)  # 2.21 aborts on int32 splits
                for target in ['UTF-8', 'UTF-16-BE', 'UTF-32-BE']:
                    case('UnicodeTranscode', {'input': value}, output_encoding=target, **options)
    codes = [0, 0x41, 0x7F, 0x80, 0xE9, 0x7FF, 0x800, 0x20AC, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF, 0xFDD0]
    bad = [0xD800, 0xDFFF, 0x110000, -1, 2**31 - 1]
    for target in ['UTF-8', 'UTF-16-BE', 'UTF-32-BE']:
        for mode in MODES:
            for values in [codes, *([0x41, one, 0x42] for one in [*bad, 0xFFFE, 0xFDD0, 0x1FFFF])]:
                for T in [tf.int64, tf.int32]:
                    case('UnicodeEncode', {'input_values': values, 'input_splits': tf.constant([0, 2, 2, len(values)], T)}, output_encoding=target, **mode)
    for splits in [[0], [], [0, 3], [0, 2], [1, 3], [0, 2, 1, 3], [0, 5], [-1, 3]]:
        case('UnicodeEncode', {'input_values': [65, 66, 67], 'input_splits': tf.constant(splits, tf.int64)}, output_encoding='UTF-8')
    case('UnicodeEncode', {'input_values': tf.constant([], tf.int32), 'input_splits': tf.constant([0, 0], tf.int64)}, output_encoding='UTF-8')
