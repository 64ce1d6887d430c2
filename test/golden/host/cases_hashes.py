import numpy as np
from golden import case, strings


def add():
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
