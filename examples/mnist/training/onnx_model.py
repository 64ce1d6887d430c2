"""Writes a network as an ONNX file, images -> scores, node by node from its weights, and runs one."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
from onnx import TensorProto, helper, numpy_helper

from .digits import CLASSES, SIDE
from .networks import ConvolutionalNetwork, SoftmaxRegression

_FILE = "model.onnx"

# Old enough for every ONNX Runtime that serves it.
_OPSET = 17
_IR_VERSION = 8


def write_onnx(network: SoftmaxRegression | ConvolutionalNetwork, directory: Path) -> None:
    """Replaces the directory.  images FP32 [batch, 28, 28, 1] -> scores FP32 [batch, 10], probabilities."""
    if isinstance(network, SoftmaxRegression):
        nodes, weights = _softmax_regression(network)
    else:
        nodes, weights = _convolutional_network(network)
    nodes.append(helper.make_node("Softmax", ["logits"], ["scores"], axis=-1))
    graph = helper.make_graph(
        nodes,
        "mnist",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", SIDE, SIDE, 1])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", CLASSES])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    onnx.save(model, directory / _FILE)


def run_onnx(directory: Path, images: np.ndarray) -> np.ndarray:
    """Scores of the images."""
    session = onnxruntime.InferenceSession(directory / _FILE, providers=["CPUExecutionProvider"])
    return session.run(["scores"], {"images": images})[0]


def _softmax_regression(network: SoftmaxRegression) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    nodes = [
        helper.make_node("Flatten", ["images"], ["pixels"]),
        helper.make_node("Gemm", ["pixels", "kernel", "bias"], ["logits"]),
    ]
    return nodes, {"kernel": network.kernel.numpy(), "bias": network.bias.numpy()}


def _convolutional_network(network: ConvolutionalNetwork) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """ONNX convolves NCHW: the images are transposed at the head, the dense kernel's rows are reordered to match."""
    nodes = [
        helper.make_node("Transpose", ["images"], ["features0"], perm=[0, 3, 1, 2]),
        *_convolution("features0", "1", "features1"),
        *_convolution("features1", "2", "features2"),
        helper.make_node("Flatten", ["features2"], ["features"]),
        helper.make_node("Gemm", ["features", "kernel3", "bias3"], ["logits"]),
    ]
    dense = network.kernel3.numpy().reshape(7, 7, 32, CLASSES).transpose(2, 0, 1, 3)
    weights = {
        "kernel1": _convolution_kernel(network.kernel1),
        "bias1": network.bias1.numpy(),
        "kernel2": _convolution_kernel(network.kernel2),
        "bias2": network.bias2.numpy(),
        "kernel3": dense.reshape(-1, CLASSES),
        "bias3": network.bias3.numpy(),
    }
    return nodes, weights


def _convolution(source: str, layer: str, target: str) -> list[onnx.NodeProto]:
    convolved, rectified = f"convolved{layer}", f"rectified{layer}"
    return [
        helper.make_node("Conv", [source, f"kernel{layer}", f"bias{layer}"], [convolved], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", [convolved], [rectified]),
        helper.make_node("MaxPool", [rectified], [target], kernel_shape=[2, 2], strides=[2, 2]),
    ]


def _convolution_kernel(kernel: tf.Variable) -> np.ndarray:
    """From TensorFlow's [height, width, in, out] to ONNX's [out, in, height, width]."""
    return kernel.numpy().transpose(3, 2, 0, 1)
