"""Small TensorFlow.js models with what TensorFlow (graph models) and Keras 2 (layers models) answer.

Written without the tensorflowjs package, in its format: a frozen GraphDef or a Keras configuration as JSON, weights in
groups of bytes. Needs tensorflow and tf_keras; writes one directory per model, the same bytes in every run:

    python make_tfjs.py
"""

import base64
import json
import os
import pathlib
import shutil

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np
import tensorflow as tf
import tf_keras as keras
from google.protobuf.json_format import MessageToDict
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer

FOLDER = pathlib.Path(__file__).parent
DTYPES = {"float32": "FP32", "int32": "INT32", "int64": "INT64", "uint8": "UINT8", "int8": "INT8", "bool": "BOOL", "object": "STRING"}
STORED = {"float16": "float32", "int64": "int32", "uint8": "int32", "int8": "int32", "object": "string"}
SHARD_BYTES = 100  # small, so that weights lie across files


def random(*shape):
    return np.random.default_rng(len(shape) * 1000 + sum(shape)).uniform(-1, 1, shape).astype(np.float32)


def stored(array):
    """Bytes as TensorFlow.js stores them."""
    if array.dtype == object:
        return b"".join(len(text).to_bytes(4, "little") + text for text in array.ravel())
    return array.astype(STORED.get(array.dtype.name, array.dtype.name)).tobytes()


def quantize(array, dtype):
    """Bytes, what the manifest says of them, and the values that come out again."""
    if dtype == "float16":
        half = array.astype(np.float16)
        return half.tobytes(), {"dtype": dtype}, half.astype(np.float32)
    low, high = float(array.min()), float(array.max())
    scale = (high - low) / np.iinfo(dtype).max or 1.0
    values = np.round((array.astype(np.float64) - low) / scale).astype(dtype)
    return values.tobytes(), {"dtype": dtype, "min": low, "scale": scale}, (values * scale + low).astype(np.float32)


def write_weights(folder, weights, quantization=None):
    entries, data = [], b""
    for name, array in weights:
        entry = {"name": name, "shape": list(array.shape), "dtype": STORED.get(array.dtype.name, array.dtype.name)}
        if quantization and array.dtype == np.float32:
            raw, entry["quantization"], _ = quantize(array, quantization)
            entry["quantization"]["original_dtype"] = "float32"
        else:
            raw = stored(array)
        entries.append(entry)
        data += raw
    count = -(-len(data) // SHARD_BYTES)
    paths = [f"group1-shard{index + 1}of{count}.bin" for index in range(count)]
    for index, path in enumerate(paths):
        (folder / path).write_bytes(data[index * SHARD_BYTES : (index + 1) * SHARD_BYTES])
    return [{"paths": paths, "weights": entries}]


def tensor_json(array):
    array = np.asarray(array)
    if array.dtype == object:
        data = [base64.b64encode(text).decode() for text in array.ravel()]
    else:
        data = array.ravel().tolist()
    return {"dtype": DTYPES[array.dtype.name], "shape": list(array.shape), "data": data}


def write(name, model, cases):
    folder = FOLDER / name
    (folder / "model.json").write_text(json.dumps(model))
    golden = [{side: {key: tensor_json(value) for key, value in values.items()} for side, values in case.items()} for case in cases]
    (folder / "golden.json").write_text(json.dumps(golden))


def fresh(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def remapped(graph, signature):
    """The graph with its products fused, as the converter leaves it."""
    definition = graph.as_graph_def()
    for node in definition.node:
        node.device = "/device:CPU:0" if node.op in ("Conv2D", "MatMul") else ""
    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.optimizers[:] = ["remap", "constfold", "dependency"]
    config.graph_options.rewrite_options.min_graph_nodes = -1
    meta = tf.compat.v1.train.export_meta_graph(graph_def=definition, graph=graph)
    meta.signature_def["kept"].CopyFrom(signature)
    return tf_optimizer.OptimizeGraph(config, meta)


def describe(tensor, info):
    info.name, info.dtype = tensor.name, tensor.dtype.as_datatype_enum
    info.tensor_shape.CopyFrom(tensor.shape.as_proto())


def graph_model(name, function, specs, inputs, fuse=False, quantization=None, dtypes=None):
    """`inputs`: the feeds of each case. Outputs are the keys of the dictionary that `function` returns."""
    folder = fresh(name)
    names = list(specs)
    concrete = tf.function(function, input_signature=[tf.TensorSpec(spec.shape, spec.dtype, name=key) for key, spec in specs.items()])
    concrete = concrete.get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    signature = meta_graph_pb2.SignatureDef()
    for key, tensor in zip(names, frozen.inputs):
        describe(tensor, signature.inputs[key])
    for key, tensor in zip(sorted(concrete.structured_outputs), frozen.outputs):
        describe(tensor, signature.outputs[key])
    graph = remapped(frozen.graph, signature) if fuse else frozen.graph.as_graph_def()
    weights = []
    for node in graph.node:
        if node.op == "Const":
            weights.append((node.name, take_value(node)))
    for body in graph.library.function:
        constants = {node.name for node in body.node_def if node.op == "Const"}
        for node in body.node_def:
            for index, source in enumerate(node.input):
                if source.split(":")[0] in constants:
                    node.input[index] = f"{body.signature.name}/{source}"
            if node.op == "Const":
                node.name = f"{body.signature.name}/{node.name}"
                weights.append((node.name, take_value(node)))
        for key, source in body.ret.items():
            if source.split(":")[0] in constants:
                body.ret[key] = f"{body.signature.name}/{source}"
    model = {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "signature": MessageToDict(signature),
        "modelTopology": MessageToDict(graph),
        "weightsManifest": write_weights(folder, weights, quantization),
    }
    cases = []
    for feeds in inputs:
        outputs = concrete(*[tf.constant(feeds[key], dtype=specs[key].dtype) for key in names])
        cases.append({"inputs": feeds, "outputs": {key: value.numpy() for key, value in outputs.items()}})
    write(name, model, cases)


def take_value(node):
    tensor = node.attr["value"].tensor
    array = tf.make_ndarray(tensor)
    kept = (tensor.dtype, tf.compat.v1.TensorShape(tensor.tensor_shape).as_proto())
    tensor.Clear()
    tensor.dtype = kept[0]
    tensor.tensor_shape.CopyFrom(kept[1])
    return array


def layers_model(name, model, inputs, quantization=None):
    """`inputs`: the feeds of each case, by the names of the input layers."""
    folder = fresh(name)
    weights = [(variable.name.removesuffix(":0"), variable.numpy()) for variable in model.weights]
    topology = {"keras_version": keras.__version__, "backend": "tensorflow", "model_config": json.loads(model.to_json())}
    manifest = write_weights(folder, weights, quantization)
    cases = []
    for feeds in inputs:
        outputs = model([feeds[key] for key in model.input_names], training=False)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        cases.append({"inputs": feeds, "outputs": {key: value.numpy() for key, value in zip(model.output_names, outputs)}})
    write(name, {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}, cases)


def spec(dtype, *shape):
    return tf.TensorSpec(shape, dtype)


def graphs():
    floats, integers = tf.float32, tf.int32
    graph_model("half_plus_two", lambda x: {"y": x * 0.5 + 2.0}, {"x": spec(floats, None)}, [{"x": np.float32([1, 2, 5])}])
    graph_model(
        "add_sub", lambda a, b: {"sum": a + b, "difference": a - b},
        {"a": spec(integers, None, 4), "b": spec(integers, None, 4)},
        [{"a": np.int32([[1, 2, 3, 4]]), "b": np.int32([[5, 6, 7, 8]])}],
    )  # fmt: skip
    for dtype in [tf.float32, tf.int32, tf.int64, tf.uint8, tf.int8, tf.bool, tf.string]:
        graph_model(f"identity_{dtype.name}", lambda x: {"y": tf.identity(x)}, {"x": spec(dtype, None, None)}, [])
    graph_model("half_precision", lambda x: {"y": x + 1}, {"x": spec(tf.float16, None)}, [])

    kernel, bias = tf.Variable(random(3, 5)), tf.Variable(random(5))
    dense = lambda x: {"y": tf.nn.relu(tf.nn.bias_add(x @ kernel, bias))}
    graph_model("fused_dense", dense, {"x": spec(floats, None, 3)}, [{"x": random(rows, 3)} for rows in (0, 1, 4)], fuse=True)
    for dtype in ("uint8", "uint16", "float16"):
        for variable in (kernel, bias):
            variable.assign(quantize(variable.numpy(), dtype)[2])
        graph_model(f"quantized_{dtype}", dense, {"x": spec(floats, None, 3)}, [{"x": random(2, 3)}], quantization=dtype)
    filters = tf.Variable(random(3, 3, 2, 4))
    convolve = lambda x: {"y": tf.nn.relu6(tf.nn.bias_add(tf.nn.conv2d(x, filters, 2, "SAME"), random(4)))}
    graph_model("fused_conv", convolve, {"x": spec(floats, None, 7, 6, 2)}, [{"x": random(rows, 7, 6, 2)} for rows in (1, 3)], fuse=True)

    def loop(x, steps):
        _, total = tf.while_loop(lambda step, _: step < steps, lambda step, total: (step + 1, total * 2.0 + x), (0, x))
        return {"total": total}

    graph_model(
        "loop", loop, {"x": spec(floats, 3), "steps": spec(integers)},
        [{"x": random(3), "steps": np.int32(steps)} for steps in (0, 1, 4)],
    )  # fmt: skip

    def branch(x):
        return {"y": tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.einsum("ij,kj->ik", x, x), lambda: x @ tf.transpose(x) - 1.0)}

    graph_model("branch", branch, {"x": spec(floats, 2, 2)}, [{"x": np.float32([[-1, 1], [-2, 1]])}, {"x": np.float32([[1, 2], [3, 4]])}])
    graph_model("where", lambda x: {"places": tf.where(x > 0.0)}, {"x": spec(floats, None, None)}, [{"x": random(2, 3)}, {"x": random(0, 3)}])
    graph_model("einsum", lambda x: {"y": tf.einsum("bij,bjk->bik", x, x)}, {"x": spec(floats, None, 2, 2)}, [{"x": random(3, 2, 2)}])
    graph_model(
        "wide_integers", lambda x: {"y": x * tf.constant([2], tf.int64), "z": tf.cast(x, tf.int32)},
        {"x": spec(tf.int64, None)}, [{"x": np.int64([-(2**30), -1, 0, 7])}],
    )  # fmt: skip
    graph_model("unknown_ops", lambda x: {"y": tf.math.igamma(x, x) + tf.math.betainc(x, x, x)}, {"x": spec(floats, None)}, [])


def layers():
    keras.utils.set_random_seed(1)
    of = keras.layers
    mlp = keras.Sequential([
        of.Input([4], name="features"), of.Dense(8, "relu"), of.BatchNormalization(), of.Dropout(0.5), of.Dense(3, "softmax", name="scores"),
    ], name="mlp")  # fmt: skip
    for layer in mlp.layers:
        if isinstance(layer, of.BatchNormalization):
            layer.set_weights([random(8) + 2, random(8), random(8), random(8) + 2])
    layers_model("keras_mlp", mlp, [{"features": random(rows, 4)} for rows in (1, 3)])
    for dtype in ("uint8", "float16"):
        mlp.set_weights([quantize(value, dtype)[2] for value in mlp.get_weights()])
        layers_model(f"keras_mlp_{dtype}", mlp, [{"features": random(2, 4)}], quantization=dtype)
    picture = of.Input([8, 8, 3], name="picture")
    x = of.Conv2D(4, 3, padding="same", activation="relu")(picture)
    x = of.DepthwiseConv2D(3, strides=2, padding="same")(of.MaxPooling2D()(x))
    layers_model("keras_cnn", keras.Model(picture, of.Dense(2, name="logits")(of.GlobalAveragePooling2D()(x))), [{"picture": random(2, 8, 8, 3)}])
    words = of.Input([5], dtype="int32", name="words")
    lstm = of.LSTM(4, name="summary")(of.Embedding(10, 3)(words))
    layers_model("keras_lstm", keras.Model(words, lstm), [{"words": np.int32([[1, 2, 3, 4, 9], [0, 0, 5, 6, 7]])}])
    a, b = of.Input([3], name="a"), of.Input([3], name="b")
    layers_model(
        "keras_two_by_two", keras.Model([a, b], [of.Add(name="sum")([a, b]), of.Dense(2, name="dense")(of.Concatenate()([a, b]))]),
        [{"a": random(2, 3), "b": random(2, 3) * 2}],
    )  # fmt: skip


if __name__ == "__main__":
    graphs()
    layers()
