"""Exports the models that the benchmark runs, with seeded random weights: export_models.py OUT NAME...

Each appears at OUT/NAME when it is complete.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
from keras import layers


def mlp():
    return keras.Sequential(
        [keras.Input((16,), name="features"), layers.Dense(64, "relu"), layers.Dense(64, "gelu"), layers.Dense(3, "softmax")]
    )


def lstm():
    return keras.Sequential(
        [keras.Input((20, 8), name="steps"), layers.LSTM(16, return_sequences=True), layers.LSTM(12), layers.Dense(3)]
    )


def transformer():
    tokens = keras.Input((32,), dtype="int32", name="tokens")
    x = layers.Embedding(200, 32)(tokens) + layers.Embedding(32, 32)(keras.ops.arange(32))
    for _ in range(2):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 8)(x, x))
        x = layers.LayerNormalization()(x + layers.Dense(32)(layers.Dense(64, "gelu")(x)))
    return keras.Model(tokens, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


MODELS = {
    "mlp": mlp,
    "lstm": lstm,
    "transformer": transformer,
    "resnet50": lambda: keras.applications.ResNet50(weights=None),
    "xception": lambda: keras.applications.Xception(weights=None),
    "mobilenetv2": lambda: keras.applications.MobileNetV2(weights=None),
    "efficientnetb0": lambda: keras.applications.EfficientNetB0(weights=None),
}

out, *names = sys.argv[1:]
for name in names:
    keras.utils.set_random_seed(1)
    staging = os.path.join(out, f".{name}-{os.getpid()}")
    MODELS[name]().export(staging, verbose=False)
    os.rename(staging, os.path.join(out, name))
