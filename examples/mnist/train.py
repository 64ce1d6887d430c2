"""Makes the models, the held-out digits and the pictures in this folder.

Usage: python train.py
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from training.digits import Digits, fetch_digits, split
from training.fitting import fit
from training.networks import ConvolutionalNetwork, SoftmaxRegression
from training.pictures import write_pictures
from training.versions import EXAMPLE, HELD_OUT, PICTURES, VERSIONS, write_version

_SEED = 1
_HELD_OUT_PER_CLASS = 100
# Version 1 stops early on purpose.  The other settings were chosen on parts of the training digits set aside; the
# held-out ones measure the result.
_SETTINGS = {
    1: {"epochs": 5, "learning_rate": 1e-3},
    2: {"epochs": 20, "learning_rate": 3e-3},
    3: {"epochs": 16, "learning_rate": 3e-3, "max_shift": 2},
}


def main() -> None:
    tf.config.experimental.enable_op_determinism()
    print("fetching the digits")
    training, held_out = split(fetch_digits(), _HELD_OUT_PER_CLASS, _SEED)
    held_out.save(HELD_OUT)
    scores = []
    for version in VERSIONS:
        print(f"training version {version} on {len(training.labels)} digits")
        scores.append(write_version(version, _train(version, training), held_out))
    write_pictures(PICTURES, held_out, scores)
    print(f"wrote the models, the held-out digits and the pictures to {EXAMPLE}; check them with verify.py")


def _train(version: int, digits: Digits) -> tf.Module:
    network = ConvolutionalNetwork(_SEED) if version == 3 else SoftmaxRegression()
    fit(network, digits, **_SETTINGS[version], seed=_SEED)
    return network


if __name__ == "__main__":
    main()
