"""The committed versions: <format>/<version>/ holds the model and its manifest, ready for `tensorfleet publish`."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from .digits import CLASSES, Digits, SIDE
from .onnx_model import run_onnx, write_onnx
from .saved_model import run_saved_model, write_saved_model

EXAMPLE = Path(__file__).resolve().parent.parent
HELD_OUT = EXAMPLE / "held-out.npz"
PICTURES = EXAMPLE / "pictures"

VERSIONS = (1, 2, 3)
_WRITERS = {"onnx": write_onnx, "saved_model": write_saved_model}
_RUNNERS = {"onnx": run_onnx, "saved_model": run_saved_model}
FORMATS = tuple(_WRITERS)

# ONNX Runtime and TensorFlow add the same products in different orders.
_LARGEST_DIFFERENCE = 1e-5


def write_version(version: int, network: tf.Module, held_out: Digits) -> np.ndarray:
    """Writes the network in both formats with manifests; the scores of the held-out digits."""
    for format, write in _WRITERS.items():
        write(network, _directory(format, version))
    scores, error = measure(version, held_out)
    for format in FORMATS:
        text = json.dumps(_manifest(error), indent=2) + "\n"
        (_directory(format, version) / "manifest.json").write_text(text, encoding="utf-8")
    return scores


def measure(version: int, held_out: Digits) -> tuple[np.ndarray, float]:
    """Runs the version's files: scores FP32 [n, 10] and the error as a fraction, on which both formats must agree."""
    images = held_out.scaled()
    by_format = [run(_directory(format, version), images) for format, run in _RUNNERS.items()]
    first, second = by_format
    difference = float(np.abs(first - second).max())
    if difference >= _LARGEST_DIFFERENCE or np.any(first.argmax(axis=1) != second.argmax(axis=1)):
        raise SystemExit(f"The formats of version {version} disagree: their scores differ by up to {difference:.1e}.")
    wrong = int(np.count_nonzero(first.argmax(axis=1) != held_out.labels))
    return first, wrong / len(held_out.labels)


def published_error(format: str, version: int) -> float:
    """What the version's manifest says."""
    manifest = json.loads((_directory(format, version) / "manifest.json").read_text(encoding="utf-8"))
    return manifest["metrics"]["test_error"]


def _directory(format: str, version: int) -> Path:
    return EXAMPLE / format / str(version)


def _manifest(test_error: float) -> dict:
    return {
        "format": 1,
        "preprocess": {
            "image": {
                "input": "images",
                "width": SIDE,
                "height": SIDE,
                "channels": "grayscale",
                "resize": "bilinear",
                "normalisation": "unit",
                "layout": "NHWC",
            }
        },
        "postprocess": {
            "classification": {
                "output": "scores",
                "labels": [str(label) for label in range(CLASSES)],
                "top_k": 3,
                "scores": "probabilities",
            }
        },
        "metrics": {"test_error": test_error},
    }
