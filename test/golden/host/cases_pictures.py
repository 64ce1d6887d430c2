import numpy as np
import tensorflow as tf
from golden import case, strings

ROWS, COLUMNS = 19, 26


def smooth(channels):
    """A picture with slopes and one edge, as cameras make them: [ROWS, COLUMNS, channels]."""
    y, x, c = np.mgrid[0:ROWS, 0:COLUMNS, 0:channels].astype(float)
    value = 128 + 90 * np.sin(x / 5 + c) * np.cos(y / 7) + 30 * ((x > 13) & (y > 8))
    return tf.constant(np.clip(value, 0, 255).astype(np.uint8))


def add():
    jpegs = {
        'colour': tf.io.encode_jpeg(smooth(3), quality=90, chroma_downsampling=False),
        'subsampled': tf.io.encode_jpeg(smooth(3), quality=75, chroma_downsampling=True),
        'progressive': tf.io.encode_jpeg(smooth(3), quality=80, progressive=True),
        'gray': tf.io.encode_jpeg(smooth(1), quality=90, format='grayscale'),
    }
    pngs = {
        f'{channels}': tf.io.encode_png(smooth(channels)) for channels in (1, 2, 3, 4)
    } | {'16 bit': tf.io.encode_png(tf.cast(smooth(3), tf.uint16) * 257)}
    other = {'bmp': strings(b'BM' + b'\0' * 60), 'gif': strings(b'GIF89a' + b'\0' * 20), 'text': strings(b'hello'), 'empty': strings(b''), 'cut': strings(jpegs['colour'].numpy()[:200]), 'cut png': strings(pngs['3'].numpy()[:100])}
    for name, picture in {**jpegs, **pngs, **other}.items():
        for channels in [0, 1, 3]:
            options = dict(channels=channels)
            case('DecodeImage', {'contents': picture}, expand_animations=False, **options)
            case('DecodeJpeg', {'contents': picture}, **options)
            case('DecodePng', {'contents': picture}, **options)
    for picture in [jpegs['subsampled'], jpegs['colour'], pngs['4'], pngs['3'], pngs['1']]:
        case('DecodeJpeg', {'contents': picture}, dct_method='INTEGER_ACCURATE')
        case('DecodePng', {'contents': picture}, channels=4)
        case('DecodeImage', {'contents': picture}, channels=4, expand_animations=False)
        case('DecodeImage', {'contents': picture})
    case('DecodeJpeg', {'contents': tf.stack([jpegs['gray']])})
    noise = tf.constant(np.random.default_rng(1).integers(0, 256, (9, 18, 3), dtype=np.uint8))
    for quality in (5, 40, 99):
        for subsampled in (False, True):
            case('DecodeJpeg', {'contents': tf.io.encode_jpeg(noise, quality=quality, chroma_downsampling=subsampled)})
