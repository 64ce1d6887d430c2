"""Fourier transforms, complex numbers, and what speech models make of them."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("signal")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf
CLOSE = {"rtol": 1e-5, "atol": 1e-4}
"""Sums of numbers up to 3: what cancels is off by the rounding of the largest."""


def parts(z):
    return {"real": raw.Real(input=z, Tout=tf.float32), "imag": raw.Imag(input=z, Tout=tf.float32)}


def data(shape, seed=0):
    return F.random(shape, np.float32, -3, 3, seed)


def complex_case(title, function, shape=(2, 3), other=None, **options):
    """`function` of complex tensors, whose parts are the inputs."""
    options.setdefault("tolerance", CLOSE)
    if other is None:
        F.case(title, lambda re, im: function(tf.complex(re, im)), re=data(shape), im=data(shape, 1), **options)
    else:
        F.case(
            title, lambda re, im, re2, im2: function(tf.complex(re, im), tf.complex(re2, im2)),
            re=data(shape), im=data(shape, 1), re2=data(other, 2), im2=data(other, 3), **options,
        )  # fmt: skip


# --- complex numbers

complex_case("Complex, Real, Imag", parts)
complex_case("Complex of scalars", parts, [])
complex_case("Complex of nothing", parts, [0, 2])
F.case("Complex broadcasts", lambda re, im: parts(raw.Complex(real=re, imag=im)), re=data([2, 3]), im=data([3], 1), refused=True)
complex_case("ComplexAbs", lambda z: raw.ComplexAbs(x=z))
F.case("ComplexAbs large and small", lambda re, im: raw.ComplexAbs(x=tf.complex(re, im)), re=np.float32([3e20, 3e-25, 0, INF, 3, -0.0]), im=np.float32([4e20, 4e-25, 0, 1, -INF, 0]))
F.case("ComplexAbs NaN", lambda re, im: raw.ComplexAbs(x=tf.complex(re, im)), re=np.float32([NAN, 1]), im=np.float32([1, NAN]))
complex_case("Angle", lambda z: raw.Angle(input=z))
F.case(
    "Angle of axes", lambda re, im: raw.Angle(input=tf.complex(re, im)),
    re=np.float32([1, -1, 0, 0, 0, 1, -1, 1, -1, -2]), im=np.float32([0, 0, 1, -1, 0, 1, 1, -1, -1, 1e-20]),
)  # fmt: skip
complex_case("Conj", lambda z: parts(raw.Conj(input=z)))
complex_case("Neg", lambda z: parts(-z))
complex_case("Square", lambda z: parts(raw.Square(x=z)))
complex_case("Reciprocal", lambda z: parts(1.0 / z), refused=True)
complex_case("Exp is refused", lambda z: parts(raw.Exp(x=z)), refused=True)
for title, f in {"AddV2": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": lambda a, b: a * b, "RealDiv": lambda a, b: a / b}.items():
    complex_case(f"{title} complex", lambda a, b, f=f: parts(f(a, b)), [2, 3], [2, 3])
    complex_case(f"{title} complex broadcasts", lambda a, b, f=f: parts(f(a, b)), [2, 3], [3])
    complex_case(f"{title} complex broadcasts both", lambda a, b, f=f: parts(f(a, b)), [2, 1, 3], [4, 1])
    complex_case(f"{title} complex by a scalar", lambda a, b, f=f: parts(f(a, b)), [2, 3], [])
complex_case("Equal complex is refused", lambda a, b: raw.Equal(x=a, y=b), [2, 3], [2, 3], refused=True)
F.case("Cast to complex", lambda x: parts(tf.cast(x, tf.complex64)), x=data([2, 3]))
F.case("Cast int32 to complex", lambda x: parts(tf.cast(x, tf.complex64)), x=np.int32([1, -2]))
complex_case("Cast to float32", lambda z: tf.cast(z, tf.float32))
complex_case("Reshape", lambda z: parts(tf.reshape(z, [3, -1])))
complex_case("Transpose", lambda z: parts(tf.transpose(z)))
complex_case("StridedSlice", lambda z: parts(z[:, 1:]))
complex_case("StridedSlice with an ellipsis", lambda z: parts(z[..., 0]))
complex_case("Pad", lambda z: parts(tf.pad(z, [[0, 0], [1, 2]])))
complex_case("Sum", lambda z: parts(tf.reduce_sum(z, -1)))
complex_case("Sum keep_dims", lambda z: parts(tf.reduce_sum(z, 0, keepdims=True)))
complex_case("ExpandDims", lambda z: parts(tf.expand_dims(z, 1)))
complex_case("ExpandDims last", lambda z: parts(tf.expand_dims(z, -1)))
complex_case("Squeeze", lambda z: parts(tf.squeeze(z, [1])), [2, 1, 3])
complex_case("ConcatV2", lambda a, b: parts(tf.concat([a, b], -1)), [2, 3], [2, 1])
complex_case("Pack", lambda a, b: parts(tf.stack([a, b], -1)), [2, 3], [2, 3])
complex_case("Shape", lambda z: tf.shape(z))
F.case("complex128 is refused", lambda x: raw.Real(input=raw.Complex(real=x, imag=x, Tout=tf.complex128), Tout=tf.float64), x=np.float64([1, 2]), refused=True)
F.case("FFT complex128 is refused", lambda x: tf.math.real(tf.signal.fft(tf.cast(x, tf.complex128))), x=np.float64([1, 2]), refused=True)

# --- transforms

for op in ("FFT", "IFFT"):
    for shape in ([8], [1], [2, 6], [3, 1, 5], [2, 64], [0, 4], [2, 100]):
        complex_case(f"{op} {shape}", lambda z, f=getattr(raw, op): parts(f(input=z)), shape, refused="dynamic")
for op in ("FFT2D", "IFFT2D"):
    for shape in ([4, 6], [2, 3, 5]):
        complex_case(f"{op} {shape}", lambda z, f=getattr(raw, op): parts(f(input=z)), shape, refused=True)
for op in ("FFT3D", "IFFT3D"):
    complex_case(f"{op}", lambda z, f=getattr(raw, op): parts(f(input=z)), [2, 3, 4, 2], refused=True)
F.case("fft of a cast", lambda x: tf.abs(tf.signal.fft(tf.cast(x, tf.complex64))), x=data([2, 8]), tolerance=CLOSE, refused="dynamic")

for length in (8, 7, 6, 10, 1, 2):
    F.case(f"RFFT of 8, length {length}", lambda x, n=length: parts(raw.RFFT(input=x, fft_length=[n])), x=data([2, 8]), tolerance=CLOSE)
F.case("RFFT length as input", lambda x, n: parts(raw.RFFT(input=x, fft_length=n)), x=data([2, 8]), n=np.int32([6]), tolerance=CLOSE, refused=True)
F.case("RFFT length of the shape", lambda x: parts(tf.signal.rfft(x)), x=data([2, 9]), tolerance=CLOSE, refused="dynamic")
F.case("RFFT float64 is refused", lambda x: tf.math.real(tf.signal.rfft(x)), x=data([2, 8]).astype(np.float64), refused=True)
F.case("RFFT rank 1", lambda x: parts(raw.RFFT(input=x, fft_length=[8])), x=data([8]), tolerance=CLOSE)
F.case("RFFT 512", lambda x: parts(raw.RFFT(input=x, fft_length=[512])), x=data([2, 400]), tolerance=CLOSE)
F.case("RFFT2D", lambda x: parts(raw.RFFT2D(input=x, fft_length=[4, 6])), x=data([2, 4, 6]), tolerance=CLOSE, refused=True)
F.case("RFFT2D other sizes", lambda x: parts(raw.RFFT2D(input=x, fft_length=[3, 8])), x=data([4, 6]), tolerance=CLOSE, refused=True)
for length in (8, 7, 6, 12, 1, 2):
    complex_case(f"IRFFT of 5, length {length}", lambda z, n=length: raw.IRFFT(input=z, fft_length=[n]), [2, 5])
complex_case("IRFFT length of the shape", lambda z: tf.signal.irfft(z), [2, 5], refused="dynamic")
complex_case("IRFFT2D", lambda z: raw.IRFFT2D(input=z, fft_length=[4, 6]), [2, 4, 4], refused=True)
complex_case("IRFFT2D other sizes", lambda z: raw.IRFFT2D(input=z, fft_length=[3, 5]), [4, 4], refused=True)
F.case("rfft and back", lambda x: tf.signal.irfft(tf.signal.rfft(x) * tf.complex(0.5, 0.0)), x=data([2, 8]), tolerance=CLOSE, refused="dynamic")

# --- as models have them

SOUND = data([2, 64])
F.case("stft", lambda x: tf.abs(tf.signal.stft(x, 16, 8)), x=SOUND, tolerance=CLOSE, dynamic={"x": [None, 64]})
F.case("stft padded", lambda x: tf.abs(tf.signal.stft(x, 16, 8, fft_length=32, pad_end=True)), x=SOUND, tolerance=CLOSE, dynamic={"x": [None, 64]})
F.case("stft of any length", lambda x: tf.abs(tf.signal.stft(x, 16, 8)), x=SOUND, tolerance=CLOSE, dynamic="only")
F.case("frame", lambda x: tf.signal.frame(x, 16, 8), x=SOUND)
F.case("frame 10 by 4", lambda x: tf.signal.frame(x, 10, 4), x=SOUND)
F.case("overlap_and_add", lambda x: tf.signal.overlap_and_add(x, 4), x=data([2, 5, 8]), dynamic=False)
F.case("inverse_stft", lambda x: tf.signal.inverse_stft(tf.signal.stft(x, 16, 8), 16, 8), x=SOUND, tolerance=CLOSE, dynamic=False)
F.case("hann window", lambda x: x * tf.signal.hann_window(8), x=data([2, 8]))
F.case("hamming window of a length", lambda n: tf.signal.hamming_window(n), n=np.int32(10))
F.case("dct", lambda x: tf.signal.dct(x), x=data([2, 8]), tolerance=CLOSE, dynamic={"x": [None, 8]}, refused=True)
F.case("dct ortho", lambda x: tf.signal.dct(x, norm="ortho"), x=data([2, 8]), tolerance=CLOSE, dynamic={"x": [None, 8]}, refused=True)
F.case("mel", lambda x: tf.matmul(tf.abs(tf.signal.stft(x, 16, 8)), tf.signal.linear_to_mel_weight_matrix(4, 9, 8000, 80.0, 3600.0)), x=SOUND, tolerance=CLOSE, dynamic={"x": [None, 64]})
F.case("mfcc", lambda x: tf.signal.mfccs_from_log_mel_spectrograms(tf.math.log(tf.abs(x) + 1e-3)), x=data([2, 5, 8]), tolerance=CLOSE, dynamic={"x": [None, 5, 8]}, refused=True)
F.case("power spectrum", lambda x: tf.square(tf.abs(tf.signal.rfft(x))), x=data([2, 16]), tolerance=1e-4, refused="dynamic")
F.case("phase", lambda x: tf.math.angle(tf.signal.rfft(x)), x=data([2, 16]), tolerance=CLOSE, refused="dynamic")
F.refuse("overflow in a division is hard to repeat", "RealDiv complex*")
