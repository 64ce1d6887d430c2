"""Writes a network as a TensorFlow SavedModel with one signature, images -> scores, and runs one."""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf

from .digits import SIDE


def write_saved_model(network: tf.Module, directory: Path) -> None:
    """Replaces the directory.  serving_default: images FP32 [n, 28, 28, 1] -> scores FP32 [n, 10], probabilities."""

    @tf.function(input_signature=[tf.TensorSpec([None, SIDE, SIDE, 1], tf.float32, name="images")])
    def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"scores": tf.nn.softmax(network.logits(images))}

    shutil.rmtree(directory, ignore_errors=True)
    tf.saved_model.save(network, str(directory), signatures=serve)
    (directory / "assets").rmdir()  # TensorFlow makes it even where there is nothing to put into it.


def run_saved_model(directory: Path, images: np.ndarray) -> np.ndarray:
    """Scores of the images."""
    serve = tf.saved_model.load(str(directory)).signatures["serving_default"]
    return serve(images=tf.constant(images))["scores"].numpy()
