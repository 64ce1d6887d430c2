"""The two architectures.  `logits` maps images FP32 [n, 28, 28, 1] to FP32 [n, 10]; the softmax is added at export."""

import tensorflow as tf

from .digits import CLASSES, SIDE


class SoftmaxRegression(tf.Module):
    """One dense layer on the pixels: 7,850 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = tf.Variable(tf.zeros([SIDE * SIDE, CLASSES]), name="kernel")
        self.bias = tf.Variable(tf.zeros([CLASSES]), name="bias")

    def logits(self, images: tf.Tensor) -> tf.Tensor:
        pixels = tf.reshape(images, [-1, SIDE * SIDE])
        return tf.nn.bias_add(tf.matmul(pixels, self.kernel), self.bias)


class ConvolutionalNetwork(tf.Module):
    """Two 3x3 convolutions, each followed by 2x2 max pooling, and one dense layer: 20,490 parameters."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        kernel = tf.keras.initializers.HeNormal(seed)
        self.kernel1 = tf.Variable(kernel([3, 3, 1, 16]), name="kernel1")
        self.bias1 = tf.Variable(tf.zeros([16]), name="bias1")
        self.kernel2 = tf.Variable(kernel([3, 3, 16, 32]), name="kernel2")
        self.bias2 = tf.Variable(tf.zeros([32]), name="bias2")
        self.kernel3 = tf.Variable(tf.zeros([7 * 7 * 32, CLASSES]), name="kernel3")
        self.bias3 = tf.Variable(tf.zeros([CLASSES]), name="bias3")

    def logits(self, images: tf.Tensor) -> tf.Tensor:
        features = _convolve(images, self.kernel1, self.bias1)  # [n, 14, 14, 16]
        features = _convolve(features, self.kernel2, self.bias2)  # [n, 7, 7, 32]
        features = tf.reshape(features, [-1, 7 * 7 * 32])
        return tf.nn.bias_add(tf.matmul(features, self.kernel3), self.bias3)


def _convolve(images: tf.Tensor, kernel: tf.Variable, bias: tf.Variable) -> tf.Tensor:
    """Convolution with zero padding, ReLU, then 2x2 max pooling, which halves both sides."""
    features = tf.nn.bias_add(tf.nn.conv2d(images, kernel, strides=1, padding="SAME"), bias)
    return tf.nn.max_pool2d(tf.nn.relu(features), ksize=2, strides=2, padding="VALID")
