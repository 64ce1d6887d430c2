from golden import case, strings
import numpy as np
import tensorflow as tf

ODD = [
    b'', b'a', b'Hello World', b' \t\n\v\f\r x \t', b'\xff\xfeA', b'\xc3\x89\xc3\xa9', b'\xc3', b'\xe2\x82', b'\xed\xa0\x80z',
    'ΑΣ ΣΑΣ.'.encode(), 'straße ǆ İı ŉ'.encode(), b'\x00A\x00', '😀Z'.encode(), b'\xf4\x90\x80\x80', b'\xef\xbb\xbfBOM',
    'ﬃ Ⅷ Ա և'.encode(), b'\xe2\x80\xa8 x\xc2\xa0', b'\xc0\xafQ', b'\xf0\x9f\x98Q', b' ',
]
SHAPED = [strings(ODD), strings(b'Ab C'), strings(np.zeros([0, 2], object).astype(bytes)), strings([[b'A'], [b'b ']])]


def add():
    for value in SHAPED:
        for encoding in ['', 'utf-8']:
            case('StringLower', {'input': value}, encoding=encoding)
            case('StringUpper', {'input': value}, encoding=encoding)
        case('StringStrip', {'input': value})
        for unit in ['BYTE', 'UTF8_CHAR']:
            case('StringLength', {'input': value}, unit=unit)
    add_joins()
    add_splits()
    add_substrings()
    add_reductions()
    add_ngrams()
    add_formats()


def add_joins():
    two = strings([[b'a', b'\xff'], [b'', b'd']])
    for inputs in [
        [two, strings(b'-'), two], [two], [strings(b'x'), strings(b'y')], [strings(b'x'), two, strings([b'1', b'2'])],
        [strings([]), strings(b'q')], [strings([b'1']), strings(b'2')], [strings([b'1']), strings([b'2', b'3'])],
    ]:
        for separator in ['', ', ', 'é']:
            case('StringJoin', {'inputs': tuple(inputs)}, separator=separator)
    for left, right in [(two, two), (two, strings(b'-')), (strings([[b'1']]), strings([b'a', b'\xfe'])), (strings([]), strings([b'x'])), (two, strings([b'1', b'2', b'3']))]:
        case('Add', {'x': left, 'y': right})


def add_splits():
    words = strings([b'', b' ', b'a b', b'  a  b\tc\n', b'a,b,,c,', b',a', b'a--b---c', b'\xff \xc3,\xa9', b'\x0bq\x0c', b'\xc2\xa0x\x85y'])
    for delimiter in [b'', b' ', b',', b', ', b'--', b'-', b'\xff', b'\t ']:
        for skip in [True, False]:
            case('StringSplit', {'input': words, 'delimiter': strings(delimiter)}, skip_empty=skip)
        for most in [-1, 0, 1, 2, 7, -3]:
            case('StringSplitV2', {'input': words, 'sep': strings(delimiter)}, maxsplit=most)
    for op, name in [('StringSplit', 'delimiter'), ('StringSplitV2', 'sep')]:
        case(op, {'input': strings([]), name: strings(b' ')})
        case(op, {'input': strings(b'a b'), name: strings(b' ')})
        case(op, {'input': strings([[b'a b']]), name: strings(b' ')})
        case(op, {'input': words, name: strings([b' '])})
        case(op, {'input': words, name: strings([b' ', b','])})
        case(op, {'input': words, name: strings([])})


def add_substrings():
    text = 'aé€😀z'.encode()
    words = [text, b'', b'abc', b'\xff\xa9\xa9\xa9', b'\xa9b\xc3']
    for unit in ['BYTE', 'UTF8_CHAR']:
        for dtype in [tf.int32, tf.int64]:
            for pos in [-12, -11, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 10, 11, 12]:
                for length in [-2, 0, 1, 2, 3, 100]:
                    if dtype == tf.int32 or length == 2:
                        case('Substr', {'input': strings(text), 'pos': tf.constant(pos, dtype), 'len': tf.constant(length, dtype)}, unit=unit)
        for word in words:
            for pos in [-3, -1, 0, 1, 3, 4]:
                case('Substr', {'input': strings([word]), 'pos': pos, 'len': 2}, unit=unit)
        grid = strings([[b'abcd', b'efgh'], [b'ijkl', b'mnop']])
        for pos in [[[0, 1], [2, 3]], [1, 2], [[1], [2]], [1, 2, 3], [[[1]]], 0, [0], [[[1, 2]]]]:
            case('Substr', {'input': grid, 'pos': pos, 'len': tf.ones_like(pos)}, unit=unit)
            case('Substr', {'input': strings(b'wxyz'), 'pos': pos, 'len': tf.ones_like(pos)}, unit=unit)
            case('Substr', {'input': strings([b'wxyz', b'wxyz']), 'pos': pos, 'len': tf.ones_like(pos)}, unit=unit)
        case('Substr', {'input': grid, 'pos': [[0, 1], [2, 9]], 'len': [[1, 1], [1, 1]]}, unit=unit)
        case('Substr', {'input': grid, 'pos': [0, 9], 'len': [1, 1]}, unit=unit)
        case('Substr', {'input': grid, 'pos': [0, 1], 'len': 1}, unit=unit)
        case('Substr', {'input': strings([]), 'pos': 9, 'len': 1}, unit=unit)
        case('Substr', {'input': strings(np.zeros([0, 2], object).astype(bytes)), 'pos': [1, 2], 'len': [1, 1]}, unit=unit)


def add_reductions():
    cube = strings([[[b'a', b'b', b'c'], [b'd', b'\xff', b'']], [[b'g', b'h', b'i'], [b'j', b'k', b'l']]])
    for axes in [[], [0], [1], [2], [-1], [-3], [0, 1], [1, 0], [2, 0], [0, 2], [0, 1, 2], [2, 1, 0], [1, -2], [0, 0], [3], [-4], 0, -1, 1]:
        for keep in [False, True]:
            case('ReduceJoin', {'inputs': cube, 'reduction_indices': tf.constant(axes, tf.int32)}, keep_dims=keep, separator='-' if keep else '')
    case('ReduceJoin', {'inputs': cube, 'reduction_indices': tf.constant([[0]], tf.int32)})
    case('ReduceJoin', {'inputs': strings(b's'), 'reduction_indices': tf.constant([], tf.int32)})
    case('ReduceJoin', {'inputs': strings(b's'), 'reduction_indices': [0]})
    empty = strings(np.zeros([2, 0, 3], object).astype(bytes))
    for axes in [[0], [1], [2], [0, 1, 2]]:
        case('ReduceJoin', {'inputs': empty, 'reduction_indices': axes}, separator=',')
    words = strings([b'a', b'b', b'\xff', b'd', b''])
    for ids in [[0, 0, 1, 1, 0], [2, 1, 0, 1, 2], [0, -1, 1, 1, 0], [0, 3, 0, 0, 0], [[0, 1, 2, 0, 1]], [0, 1]]:
        for separator in ['', ', ']:
            for dtype in [tf.int32, tf.int64]:
                case('UnsortedSegmentJoin', {'inputs': words, 'segment_ids': tf.constant(ids, dtype), 'num_segments': 3}, separator=separator)
    case('UnsortedSegmentJoin', {'inputs': words, 'segment_ids': [0, 0, 1, 1, 0], 'num_segments': tf.constant(5, tf.int64)})
    case('UnsortedSegmentJoin', {'inputs': words, 'segment_ids': [0, 0, 1, 1, 0], 'num_segments': -1})
    case('UnsortedSegmentJoin', {'inputs': words, 'segment_ids': [0, 0, 1, 1, 0], 'num_segments': [3]})
    case('UnsortedSegmentJoin', {'inputs': strings([]), 'segment_ids': tf.constant([], tf.int32), 'num_segments': 2})
    grid = strings([[b'a', b'b'], [b'c', b'd'], [b'e', b'f']])
    for ids in [[0, 0, 1], [[0, 1], [1, 0], [0, 0]], 0, [1, 0, 1]]:
        case('UnsortedSegmentJoin', {'inputs': grid, 'segment_ids': ids, 'num_segments': 2}, separator='+')


def add_ngrams():
    data = strings([b'a', b'\xff', b'c', b'd', b'', b'f'])
    for dtype in [tf.int32, tf.int64]:
        for splits in [[0, 4, 6], [0, 0, 1, 3, 6], [0, 6], [0], [], [0, 4, 3, 6], [1, 6], [0, 7], [0, 5], [0, -1, 6]]:
            for widths, pad in [([2], 0), ([2], -1), ([3, 1], 1), ([5], 0), ([4, 2], 2), ([], 0), ([10], 1)]:
                for preserve in [False, True]:
                    if dtype == tf.int64 and preserve:
                        continue
                    case('StringNGrams', {'data': data, 'data_splits': tf.constant(splits, dtype)}, separator='|', ngram_widths=widths, left_pad='<', right_pad='>', pad_width=pad, preserve_short_sequences=preserve)
    case('StringNGrams', {'data': strings([]), 'data_splits': tf.constant([0, 0], tf.int64)}, separator='|', ngram_widths=[2], left_pad='<', right_pad='>', pad_width=-1, preserve_short_sequences=True)
    case('StringNGrams', {'data': data, 'data_splits': tf.constant([0, 6], tf.int64)}, separator='', ngram_widths=[0], left_pad='', right_pad='', pad_width=0, preserve_short_sequences=False)


def add_formats():
    for value in [b'', b'f', b'fo', b'foo', b'foob', b'\xff\xfe\xfd', b'\x00', b'>>>???']:
        for pad in [False, True]:
            case('EncodeBase64', {'input': strings([[value]])}, pad=pad)
    for text in [
        b'', b'Zg', b'Zg==', b'Zg=', b'Zm8', b'Zm8=', b'Zm9v', b'Zm9vYg', b'Zm9vYg==', b'-_-_', b'+/+/', b'A', b'AAAAA', b'Zh', b'Zh==',
        b'Zm9=', b'Zm9', b'====', b'=', b'==', b'Z===', b'Zm=9', b'Zg==Zg==', b'Zm9v\n', b' Zm9v', b'\xff\xff\xff\xff', b'Zm9vZm9v====', b'AAA=', b'AA==', b'__8', b'AB', b'Zm9vZg==', b'A===', b'AAAA====', b'AAAA=',
    ]:
        case('DecodeBase64', {'input': strings([text])})
    case('DecodeBase64', {'input': strings(b'Zm9v')})
    case('EncodeBase64', {'input': strings([])})
