"""Measures the committed models on the held-out digits again and compares the errors with the manifests.

Usage: python verify.py
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training.digits import Digits
from training.versions import FORMATS, HELD_OUT, VERSIONS, measure, published_error


def main() -> None:
    held_out = Digits.load(HELD_OUT)
    different = False
    for version in VERSIONS:
        _, error = measure(version, held_out)
        for format in FORMATS:
            published = published_error(format, version)
            different |= error != published
            print(f"version {version}  {format:<11}  measured {error:.3f}  manifest {published:.3f}")
    if different:
        raise SystemExit("A manifest does not say what its model does.")


if __name__ == "__main__":
    main()
