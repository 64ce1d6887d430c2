"""Minimises the cross entropy with Adam; the step size falls to zero along a cosine."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from .digits import Digits, SIDE

_BATCH_SIZE = 64


def fit(
    network: tf.Module, digits: Digits, *, epochs: int, learning_rate: float, max_shift: int = 0, seed: int
) -> None:
    """Trains the network in place.  Every epoch moves each digit by up to `max_shift` pixels in both directions."""
    steps = epochs * (len(digits.labels) // _BATCH_SIZE)
    schedule = tf.keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = tf.keras.optimizers.Adam(schedule)
    optimizer.build(network.trainable_variables)

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, network.logits(images))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables))

    random = np.random.default_rng(seed)
    for _ in range(epochs):
        for images, labels in _batches(digits, max_shift, random):
            step(tf.constant(images), tf.constant(labels))


def _batches(
    digits: Digits, max_shift: int, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch in random order, without an incomplete last batch: images FP32 [64, 28, 28, 1], labels int32 [64]."""
    images = digits.scaled()
    padded = np.pad(images, [(0, 0), (max_shift, max_shift), (max_shift, max_shift), (0, 0)])
    shifted = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))  # [n, y, x, 1, 28, 28]
    order = random.permutation(len(images))
    for start in range(0, len(order) - _BATCH_SIZE + 1, _BATCH_SIZE):
        batch = order[start : start + _BATCH_SIZE]
        y, x = random.integers(0, 2 * max_shift + 1, [2, _BATCH_SIZE])
        yield shifted[batch, y, x].reshape(-1, SIDE, SIDE, 1), digits.labels[batch].astype(np.int32)
