"""Writes the SavedModels beside this file, and what TensorFlow itself reads from them.

Needs tensorflow (made with 2.21). Run from anywhere: python make.py
Parts of an export (uuid, node names) differ from run to run; expected.json is written with them.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import ml_dtypes
import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.protobuf import saved_model_pb2

HERE = pathlib.Path(__file__).parent
v1 = tf.compat.v1

NUMPY_DTYPES = [
    np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.bool_,
    np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
]  # fmt: skip

STRINGS = [b"", b"plain", "snowman \u2603".encode(), b"\x00\xff\xfe", b"long" * 50]


class Dtypes(tf.Module):
    """A variable of each dtype, a vocabulary in assets, constants of half and bfloat16."""

    def __init__(self, vocabulary):
        super().__init__()
        self.values = [
            tf.Variable(np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype) * np.array(1).astype(dtype), name=np.dtype(dtype).name)
            for dtype in NUMPY_DTYPES
        ]
        self.floats = tf.Variable([1.5, -0.0, float("inf"), 1e-40], name="floats")
        self.wide = tf.Variable([2**62 + 1, -(2**63)], dtype=tf.int64, name="wide")
        self.words = tf.Variable(STRINGS, name="words")
        self.word = tf.Variable(b"alone", name="word")
        self.complex = tf.Variable([1 + 2j], dtype=tf.complex64, name="complex")
        self.empty = tf.Variable(np.zeros([0, 3], np.float32), name="empty")
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            ),
            -1,
        )

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def add(self, x):
        half = tf.cast(tf.constant([1.5, -2.25, 65504, 6e-8], tf.float16), tf.float32)
        brain = tf.cast(tf.constant([1.5, -2.25, 3e38, 1e-40], tf.bfloat16), tf.float32)
        return {"y": x + self.floats + half + brain}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
    def look_up(self, word):
        return {"id": self.table.lookup(word), "same": tf.reduce_all(word == self.words[1])}


def make_dtypes(target):
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = pathlib.Path(folder) / "vocabulary.txt"
        vocabulary.write_text("zero\none\ntwo\n")
        module = Dtypes(str(vocabulary))
        tf.saved_model.save(module, str(target), {"serving_default": module.add, "look_up": module.look_up})
    extra = target / "assets.extra"
    (extra / "more").mkdir(parents=True)
    (extra / "tf_serving_warmup_requests").write_bytes(b"warm")
    (extra / "more" / "note.txt").write_text("note\n")


def v1_graph():
    x = v1.placeholder(tf.float32, [None, 6], name="x")
    scale = v1.placeholder_with_default(2.0, [], name="scale")
    rows = v1.get_variable(
        "rows", [6, 5], initializer=v1.zeros_initializer(), partitioner=v1.fixed_size_partitioner(4, axis=0)
    )
    columns = v1.get_variable(
        "columns", [5, 7], initializer=v1.zeros_initializer(), partitioner=v1.fixed_size_partitioner(3, axis=1)
    )
    v1.get_variable("long", [150], initializer=v1.zeros_initializer(), partitioner=v1.fixed_size_partitioner(2))
    with tf.device("/cpu:1"):
        bias = v1.get_variable("bias", initializer=np.arange(7, dtype=np.float32))
    with tf.device("/cpu:2"):
        names = v1.get_variable("names", initializer=np.array([b"a", b"bc", b""]), dtype=tf.string)
    y = tf.add(tf.matmul(tf.matmul(x, tf.convert_to_tensor(rows)), tf.convert_to_tensor(columns)) * scale, bias, name="y")
    v1.identity(names, name="labels")
    return x, scale, y


def make_v1(target):
    """Partitioned variables, three shards, two meta graphs with their tags, defaults, a main op."""
    builder = v1.saved_model.Builder(str(target))
    config = v1.ConfigProto(device_count={"CPU": 3})
    for tags in (["serve"], ["serve", "gpu"]):
        with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=config) as session:
            x, scale, y = v1_graph()
            session.run(v1.global_variables_initializer())
            for variable in v1.global_variables():
                if variable.dtype.base_dtype == tf.float32:
                    variable.load(np.random.default_rng(variable.shape.num_elements()).normal(size=variable.shape), session)
            info = v1.saved_model.build_tensor_info
            signature = v1.saved_model.build_signature_def(
                {"x": info(x), "scale": info(scale)}, {"y": info(y)}, "tensorflow/serving/predict"
            )
            signature.defaults["scale"].CopyFrom(tf.make_tensor_proto(2.0, tf.float32))
            arguments = dict(
                signature_def_map={"serving_default": signature},
                main_op=v1.tables_initializer(),
                saver=v1.train.Saver(sharded=True),
                strip_default_attrs=True,
            )
            if len(tags) == 1:
                builder.add_meta_graph_and_variables(session, tags, **arguments)
            else:
                builder.add_meta_graph(tags, **arguments)
    builder.save()


def make_constant(target):
    """No variables at all."""

    class HalfPlusTwo(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
        def __call__(self, x):
            return {"y": x * tf.constant(0.5) + tf.constant(2.0)}

    module = HalfPlusTwo()
    tf.saved_model.save(module, str(target), {"serving_default": module.__call__})
    shutil.rmtree(target / "variables")
    (target / "fingerprint.pb").unlink()


def make_text(target):
    """The text format with the values that it writes in its own way."""

    class Constants(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
        def __call__(self, x):
            strange = tf.constant([1e-40, 3.4028234663852886e38, float("inf"), float("-inf"), float("nan"), -0.0])
            half = tf.constant([1.5, -2.25, 65504], tf.float16)
            words = tf.constant([b"\x00\n\"'\\\xff", "\u2603".encode(), b"", b"7\x017"])
            return {
                "strange": strange * x[0],
                "half": half,
                "brain": tf.constant(-2.25, tf.bfloat16),
                "words": tf.strings.join([words, words], separator="\t\x7f"),
                "wide": tf.constant(-(2**63), tf.int64),
                "splat": tf.fill([3], tf.constant(True)),
                "double": tf.constant([5e-324, 1.7976931348623157e308], tf.float64),
                "unsigned": tf.constant(2**64 - 1, tf.uint64),
            }

    module = Constants()
    tf.saved_model.save(module, str(target), {"serving_default": module.__call__})
    path = target / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    signature = model.meta_graphs[0].signature_def["serving_default"]
    signature.defaults["x"].CopyFrom(tf.make_tensor_proto([0.1, -3e38], tf.float32))
    second = model.meta_graphs.add()
    second.meta_info_def.tags.extend(["serve", "tpu"])
    path.unlink()
    shutil.rmtree(target / "variables")
    (target / "saved_model.pbtxt").write_text(text_format.MessageToString(model))


def as_bytes(array):
    array = np.asarray(array)
    if array.dtype.kind in "OS":
        return [base64.b64encode(value).decode() for value in array.reshape(-1)]
    return array.tobytes().hex()


def checkpoint_of(target):
    prefix = target / "variables" / "variables"
    if not prefix.with_suffix(".index").exists():
        return {}
    reader = tf.train.load_checkpoint(str(prefix))
    shapes = reader.get_variable_to_shape_map()
    dtypes = reader.get_variable_to_dtype_map()
    return {
        key: {"dtype": dtypes[key].name, "shape": shapes[key], "data": as_bytes(reader.get_tensor(key))}
        for key in sorted(shapes)
        if key != "_CHECKPOINTABLE_OBJECT_GRAPH"
    }


def attribute_line(attribute):
    """One attribute in words that the reader's test writes too."""
    kind = attribute.WhichOneof("value")
    if kind is None:
        return "none"
    value = getattr(attribute, kind)
    if kind == "list":
        names = [field.name for field, _ in value.ListFields()]
        return " ".join(["list", *[f"{name}[" + ",".join(element(name, one) for one in getattr(value, name)) + "]" for name in names]])
    return f"{kind} {element(kind, value)}"


def element(kind, value):
    if kind == "s":
        return value.hex()
    if kind == "f":
        return np.float32(value).tobytes().hex()
    if kind == "b":
        return "true" if value else "false"
    if kind == "shape":
        return "?" if value.unknown_rank else "x".join(str(one.size) for one in value.dim) or "scalar"
    if kind == "tensor":
        array = tf.make_ndarray(value)
        data = as_bytes(array)
        return f"{value.dtype}:{'x'.join(map(str, array.shape))}:{data if isinstance(data, str) else ' '.join(data)}"
    if kind == "func":
        return f"{value.name}({';'.join(f'{name}={attribute_line(value.attr[name])}' for name in sorted(value.attr))})"
    return str(value)


def node_lines(nodes):
    for node in nodes:
        yield f"node {node.name} {node.op} {' '.join(node.input)}".rstrip()
        for name in sorted(node.attr):
            yield f"  {name} {attribute_line(node.attr[name])}"


def graph_lines(graph):
    yield f"producer {graph.versions.producer}"
    yield from node_lines(graph.node)
    for function in sorted(graph.library.function, key=lambda one: one.signature.name):
        signature = function.signature
        yield f"function {signature.name} {' '.join(arg.name for arg in signature.input_arg)} -> " + " ".join(
            f"{arg.name}={function.ret[arg.name]}" for arg in signature.output_arg
        )
        yield f"control {' '.join(sorted(function.control_ret.values()))}".rstrip()
        yield from node_lines(function.node_def)


def signature_of(signature):
    def infos(one):
        return {
            name: [info.name, info.dtype, None if info.tensor_shape.unknown_rank else [dim.size for dim in info.tensor_shape.dim]]
            for name, info in sorted(one.items())
        }

    return {
        "method": signature.method_name,
        "inputs": infos(signature.inputs),
        "outputs": infos(signature.outputs),
        "defaults": {name: element("tensor", value) for name, value in sorted(signature.defaults.items())},
    }


def meta_graph_of(meta):
    return {
        "tags": list(meta.meta_info_def.tags),
        "version": meta.meta_info_def.tensorflow_version,
        "signatures": {name: signature_of(one) for name, one in sorted(meta.signature_def.items())},
        "assets": [[one.tensor_info.name, one.filename] for one in meta.asset_file_def],
        "saver": [meta.saver_def.restore_op_name, meta.saver_def.filename_tensor_name],
        "ops": {op.name: [arg.name for arg in op.output_arg] for op in meta.meta_info_def.stripped_op_list.op},
        "sha256": hashlib.sha256("\n".join(graph_lines(meta.graph_def)).encode()).hexdigest(),
    }


def strip(target):
    """What nobody reads here (the object graph, what ops may be given, debug information) would be half of the files."""
    for name, load, dump in (
        ("saved_model.pb", lambda data: saved_model_pb2.SavedModel.FromString(data), lambda model: model.SerializeToString(deterministic=True)),
        ("saved_model.pbtxt", lambda data: text_format.Parse(data.decode(), saved_model_pb2.SavedModel()), lambda model: text_format.MessageToString(model).encode()),
    ):  # fmt: skip
        path = target / name
        if path.exists():
            model = load(path.read_bytes())
            for meta in model.meta_graphs:
                meta.ClearField("object_graph_def")
                for op in meta.meta_info_def.stripped_op_list.op:
                    op.ClearField("attr")
                for nodes in [meta.graph_def.node, *[one.node_def for one in meta.graph_def.library.function]]:
                    for node in nodes:
                        node.ClearField("experimental_debug_info")
            path.write_bytes(dump(model))
            return model


def main():
    makers = {
        "dtypes": make_dtypes,
        "v1": make_v1,
        "constant": make_constant,
        "text": make_text,
    }
    expected = {}
    for name, make in makers.items():
        target = HERE / name
        shutil.rmtree(target, ignore_errors=True)
        make(target)
        model = strip(target)
        expected[name] = {
            "meta_graphs": [meta_graph_of(meta) for meta in model.meta_graphs],
            "checkpoint": checkpoint_of(target),
        }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
