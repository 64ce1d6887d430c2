"""Maps over elements whose bodies run ops outside of ONNX: pictures and strings."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("map")


def png(seed, height, width, channels=3):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return tf.io.encode_png(pixels).numpy()


def jpeg(seed, height, width):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return tf.io.encode_jpeg(pixels).numpy()


def strings(*values):
    return np.array(values, object)


def read_png(data):
    return tf.image.resize(tf.cast(tf.io.decode_png(data, channels=3), tf.float32) / 255.0, [4, 4])


def read_jpeg(data):
    picture = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return tf.image.resize(tf.cast(picture, tf.float32), [4, 5])


PICTURE = tf.TensorSpec([4, 4, 3], tf.float32)

for count in (0, 1, 3):
    pictures = strings(*[png(seed, 5 + seed, 7) for seed in range(count)])
    F.case(f"{count} PNGs", lambda x: tf.map_fn(read_png, x, fn_output_signature=PICTURE), x=pictures)

F.case(
    "JPEGs, and what follows",
    lambda x: tf.reduce_mean(tf.map_fn(read_jpeg, x, fn_output_signature=tf.TensorSpec([4, 5, 3], tf.float32)), [1, 2]),
    x=strings(jpeg(1, 9, 8), jpeg(2, 6, 11)),
)
F.case(
    "PNGs with a number each",
    lambda x, scale: tf.map_fn(lambda e: read_png(e[0]) * e[1], (x, scale), fn_output_signature=PICTURE),
    x=strings(png(1, 5, 5), png(2, 6, 6)), scale=np.float32([0.5, 2]),
)
F.case(
    "two outputs, one of them a size",
    lambda x: tf.map_fn(
        lambda e: (tf.shape(tf.io.decode_png(e))[0], read_png(e)),
        x,
        fn_output_signature=(tf.TensorSpec([], tf.int32), PICTURE),
    ),
    x=strings(png(1, 5, 5), png(2, 6, 6)),
)
F.case(
    "elements of different shapes raise",
    lambda x: tf.map_fn(lambda e: tf.cast(tf.io.decode_png(e, channels=3), tf.float32), x, fn_output_signature=tf.float32),
    x=strings(png(1, 5, 5), png(2, 6, 6)),
)
F.case(
    "what is no picture raises",
    lambda x: tf.map_fn(read_png, x, fn_output_signature=PICTURE),
    x=strings(png(1, 5, 5), b"no picture"),
)
F.case(
    "numbers in strings, times what is the same for all",
    lambda x, by: tf.map_fn(lambda e: tf.strings.to_number(e) * by, x, fn_output_signature=tf.float32),
    x=strings(b"1.5", b"-2"), by=np.float32([1, 10]),
)
F.case(
    "lengths of rows of strings",
    lambda x: tf.map_fn(tf.strings.length, x, fn_output_signature=tf.TensorSpec([2], tf.int32)),
    x=np.array([[b"a", b""], [b"bcd", b"\xff\xfe"]], object),
)
F.case(
    "a sum that is carried is refused",
    lambda x: tf.while_loop(
        lambda i, total: i < tf.size(x),
        lambda i, total: (i + 1, total + tf.strings.to_number(x[i])),
        [0, 0.0],
    )[1],
    x=strings(b"1.5", b"-2"), refused=True,
)
F.case(
    "strings as elements are refused",
    lambda x: tf.map_fn(tf.strings.lower, x, fn_output_signature=tf.string),
    x=strings(b"A", b"b"), refused=True,
)
