"""Golden cases of TensorFlow ops: small graphs with inputs, and what TensorFlow answers. README.md says how to use it."""

import base64
import fnmatch
import gzip
import hashlib
import json
import os
import pathlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
# The kernels' own answers, not those of a graph that was rewritten first.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

FOLDER = pathlib.Path(__file__).parent
FAMILIES = {}

DTYPES = {
    tf.bool: "BOOL", tf.uint8: "UINT8", tf.uint16: "UINT16", tf.uint32: "UINT32", tf.uint64: "UINT64",
    tf.int8: "INT8", tf.int16: "INT16", tf.int32: "INT32", tf.int64: "INT64",
    tf.float16: "FP16", tf.bfloat16: "BF16", tf.float32: "FP32", tf.float64: "FP64", tf.string: "STRING",
}  # fmt: skip


class NoKernel(Exception):
    """TensorFlow does not have the op for these dtypes."""


class Const:
    """An input that is a Const node of the graph."""

    def __init__(self, value):
        self.value = np.asarray(value)


class Family:
    """The cases of one file. Made by `family`."""

    def __init__(self, name):
        self.name = name
        self.cases = {}
        self.dropped = []
        self.faults = []

    @staticmethod
    def const(value):
        return Const(value)

    @staticmethod
    def random(shape, dtype=np.float32, low=-3, high=3, seed=0):
        """Uniform values in [low, high) (integers too); the same ones in every run and whichever cases stand before."""
        dtype = np.dtype(dtype)
        key = repr((tuple(shape), dtype.name, low, high, seed)).encode()
        generator = np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8], "little"))
        if dtype == np.bool_:
            return generator.random(shape) < 0.5
        if dtype.kind in "iu":
            return generator.integers(low, high, shape).astype(dtype)
        return generator.uniform(low, high, shape).astype(dtype)

    def case(
        self, name, function, /, *,
        dynamic=True, tolerance=None, signed_zero=False, refused=False, x86=False, variables=None, if_kernel=False,
        legacy=False, **inputs,
    ):  # fmt: skip
        """One case: `function` is called with `inputs` (and `variables`) by name and returns a tensor, a list or a dict.

        dynamic: True traces the graph with fixed shapes and with every dimension unknown, False with fixed shapes only,
            "only" with unknown ones only; {"x": [None, 3]} gives the shapes of the second graph where it is not all None.
        tolerance: {"rtol": .., "atol": ..} or a number for rtol (atol is a tenth of it), where the default is too strict.
        signed_zero: 0 and -0 are different.
        refused: True, "static" or "dynamic": the conversion of these graphs is expected to be refused.
        x86: the answer is what this processor does, compared on no other (a NaN cast to an integer).
        variables: arrays by name; the function gets tf.Variables, the graph VarHandleOp nodes of these names.
        if_kernel: leave the case out where TensorFlow has no kernel for its dtypes (tables over dtypes).
        legacy: build the graph as TensorFlow 1 did: control flow is Switch, Merge, Enter, Exit.
        """
        if name in self.cases:
            self.faults.append(f"{name}: there is another case of this name")
            return
        variables = {key: tf.Variable(value, name=key) for key, value in (variables or {}).items()}
        inputs = {key: value if isinstance(value, Const) else np.asarray(value) for key, value in inputs.items()}
        try:
            made = (LegacyTracing if legacy else Tracing)(function, inputs, variables).case(dynamic)
        except NoKernel as error:
            (self.dropped if if_kernel else self.faults).append(f"{name}: TensorFlow has no kernel")
            return
        except Exception as error:
            self.faults.append(f"{name}: {error}")
            return
        if tolerance is not None:
            made["tolerance"] = {"rtol": tolerance, "atol": tolerance / 10} if isinstance(tolerance, float) else tolerance
        if signed_zero:
            made["signedZero"] = True
        if x86:
            made["x86"] = True
        if refused:
            made["refused"] = ["static", "dynamic"] if refused is True else [refused]
        self.cases[name] = made

    def refuse(self, reason, *patterns):
        """The converter is expected to refuse the cases whose names match: the reason is for the reader."""
        for pattern in patterns:
            names = fnmatch.filter(self.cases, pattern)
            if not names:
                self.faults.append(f"{pattern}: no case to refuse ({reason})")
            for name in names:
                self.cases[name]["refused"] = list(self.cases[name]["graphs"])

    def write(self):
        """Nothing is written while a case cannot be made."""
        if self.faults:
            raise SystemExit(f"{self.name}: {len(self.faults)} cases cannot be made\n" + "\n".join(self.faults))
        text = json.dumps(dict(sorted(self.cases.items())), sort_keys=True, separators=(",", ":"))
        data = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        (FOLDER / f"{self.name}.json.gz").write_bytes(data)
        raised = sum("error" in made for made in self.cases.values())
        print(f"{self.name}: {len(self.cases)} cases ({raised} raise, {len(self.dropped)} without a kernel), {len(data)} bytes")


def family(name):
    return FAMILIES.setdefault(name, Family(name))


class Tracing:
    """One function and its inputs: its graphs, and what TensorFlow answers."""

    def __init__(self, function, inputs, variables):
        self.function = function
        self.inputs = {key: value for key, value in inputs.items() if not isinstance(value, Const)}
        self.constants = {key: value.value for key, value in inputs.items() if isinstance(value, Const)}
        self.variables = variables
        self.initial = {key: variable.numpy() for key, variable in variables.items()}

    def case(self, dynamic):
        variants = {}
        if dynamic != "only":
            variants["static"] = {key: value.shape for key, value in self.inputs.items()}
        if dynamic and self.inputs:
            given = dynamic if isinstance(dynamic, dict) else {}
            variants["dynamic"] = {key: given.get(key, [None] * value.ndim) for key, value in self.inputs.items()}
        graphs, answers, refusals = {}, {}, []
        for variant, shapes in variants.items():
            try:
                traced = self.trace(shapes)
            except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
                refusals.append(error)  # shape inference sees the fault before there is a graph
                continue
            graphs[variant] = graph_bytes(traced, self.variables, strip_defaults=variant == "dynamic")
            answers[variant] = {"fetches": fetches(traced), **self.answer(traced)}
        if not graphs:
            if "list of allowed values" in str(refusals[0]) or "does not match expected type" in str(refusals[0]):
                raise NoKernel
            raise refusals[0]
        first, *rest = answers.values()
        if any(json.dumps(other) != json.dumps(first) for other in rest):
            raise ValueError(f"the two graphs do not answer the same: {answers}")
        made = {"inputs": {key: stored(value) for key, value in self.inputs.items()}, "graphs": graphs, **first}
        if self.variables:
            made["variables"] = {key: stored(value) for key, value in self.initial.items()}
        return made

    def trace(self, shapes):
        specs = {key: tf.TensorSpec(shape, dtype_of(self.inputs[key]), key) for key, shape in shapes.items()}

        def body(**tensors):
            constants = {key: tf.constant(value, dtype_of(value), name=key) for key, value in self.constants.items()}
            return named(self.function(**tensors, **constants, **self.variables))

        return tf.function(body, autograph=False).get_concrete_function(**specs)

    def answer(self, traced):
        for key, variable in self.variables.items():
            variable.assign(self.initial[key])
        try:
            outputs = traced(**{key: tf.constant(value, dtype_of(value)) for key, value in self.inputs.items()})
        except tf.errors.OpError as error:
            if "Could not find device" in error.message or "No OpKernel was registered" in error.message:
                raise NoKernel from error
            code = {number: word for word, number in vars(tf.errors).items() if isinstance(number, int)}[error.error_code]
            return {"error": {"code": code, "message": gist(error.message)}}
        return {"outputs": {key: stored(value.numpy()) for key, value in outputs.items()}}


class LegacyTracing(Tracing):
    """The same with a graph and a session of TensorFlow 1."""

    def trace(self, shapes):
        v1 = tf.compat.v1
        v1.disable_control_flow_v2()
        try:
            with tf.Graph().as_default() as graph:
                inputs = {key: v1.placeholder(dtype_of(self.inputs[key]), shape, key) for key, shape in shapes.items()}
                constants = {key: tf.constant(value, dtype_of(value), name=key) for key, value in self.constants.items()}
                variables = {key: v1.Variable(value, name=key, use_resource=False) for key, value in self.initial.items()}
                results = named(self.function(**inputs, **constants, **variables))
                return LegacyFunction(graph, {key: tf.identity(value) for key, value in results.items()}, variables)
        finally:
            v1.enable_control_flow_v2()


class LegacyFunction:
    """A graph with outputs, called as traced functions are."""

    def __init__(self, graph, outputs, variables):
        self.graph = graph
        self.structured_outputs = outputs
        self.variables = list(variables.values())

    def __call__(self, **inputs):
        with tf.compat.v1.Session(graph=self.graph) as session:
            session.run([variable.initializer for variable in self.variables])
            results = session.run(self.structured_outputs, {f"{key}:0": value.numpy() for key, value in inputs.items()})
        return {key: tf.constant(value) for key, value in results.items()}


def gist(message):
    """What the kernel said, without the places that TensorFlow adds."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("Graph execution error", "Detected at", "File ", "[["))]
    return (said or lines or [""])[0].split(" [[{{")[0][:160]


def named(result):
    """Outputs by name: fields of raw ops with several outputs, y for one tensor, y0.. for a list."""
    if hasattr(result, "_asdict"):
        return dict(result._asdict())
    if isinstance(result, (list, tuple)):
        return {f"y{index}": item for index, item in enumerate(result)}
    return result if isinstance(result, dict) else {"y": result}


def dtype_of(array):
    return tf.string if array.dtype.kind in "OSU" else tf.as_dtype(array.dtype)


def stored(array):
    array = np.asarray(array)
    dtype = dtype_of(array)
    if dtype not in DTYPES:
        raise ValueError(f"{dtype.name} cannot be stored, return its parts")
    if dtype == tf.string:
        data = [text(item if isinstance(item, bytes) else str(item).encode()) for item in array.ravel()]
    else:
        data = text(array.tobytes())
    return [DTYPES[dtype], list(array.shape), data]


def text(data):
    return base64.b64encode(data).decode()


def fetches(traced):
    """The tensors of the graph that the outputs are."""
    outputs = traced.structured_outputs
    return {key: tensor.name for key, tensor in sorted(outputs.items())}


def graph_bytes(traced, variables, strip_defaults):
    graph = traced.graph.as_graph_def(add_shapes=True)
    captures = getattr(traced.graph, "captures", [])  # graphs of TensorFlow 1 have the variables themselves
    handles = {inner.op.name: key for key, variable in variables.items() for outer, inner in captures if outer is variable.handle}
    renamed = renaming(graph)
    for node in graph.node:
        if node.name in handles:
            variable_handle(graph, node, handles[node.name], variables[handles[node.name]])
    for node in [*graph.node, *(node for function in graph.library.function for node in function.node_def)]:
        clean(node, renamed)
        if strip_defaults:
            strip(node)
    for function in graph.library.function:
        function.signature.name = renamed[function.signature.name]
        for key in [key for key in function.attr if key.startswith("_") and key != "_input_shapes"]:
            del function.attr[key]
        for argument in function.arg_attr.values():
            argument.attr.pop("_user_specified_name", None)
    functions = sorted(graph.library.function, key=lambda function: int(function.signature.name.split("_")[1]))
    graph.ClearField("library")
    graph.library.function.extend(functions)
    graph.ClearField("debug_info")
    graph.versions.ClearField("min_consumer")
    return text(graph.SerializeToString(deterministic=True))


def renaming(graph):
    """Names of functions count up over the whole run: they become function_0.. in the order in which they are met."""
    bodies = {function.signature.name: function.node_def for function in graph.library.function}
    names = {}

    def visit(nodes):
        for node in nodes:
            met = [reference.name for key in sorted(node.attr) for reference in functions_of(node.attr[key])]
            for name in [node.op, *met]:
                if name in bodies and name not in names:
                    names[name] = f"function_{len(names)}"
                    visit(bodies[name])

    visit(graph.node)
    unused = {name: f"function_{len(names) + index}" for index, name in enumerate(sorted(set(bodies) - set(names)))}
    return {**names, **unused}


def functions_of(value):
    return [value.func] if value.HasField("func") else value.list.func


def variable_handle(graph, node, key, variable):
    """The placeholder of a captured variable becomes the node that SavedModels have in its place."""
    old = node.name
    node.CopyFrom(tf.compat.v1.NodeDef(name=key, op="VarHandleOp"))
    node.attr["dtype"].type = variable.dtype.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(variable.shape.as_proto())
    node.attr["shared_name"].s = key.encode()
    node.attr["_output_shapes"].list.shape.add()
    for other in graph.node:
        for index, tensor in enumerate(other.input):
            if tensor.split(":")[0] == old:
                other.input[index] = key


def clean(node, renamed):
    """Devices, origins and underscored attributes say nothing about the answer."""
    node.ClearField("device")
    node.ClearField("experimental_debug_info")
    node.ClearField("experimental_type")
    node.op = renamed.get(node.op, node.op)
    for key in [key for key in node.attr if key.startswith("_") and key != "_output_shapes"]:
        del node.attr[key]
    for value in node.attr.values():
        for reference in functions_of(value):
            reference.name = renamed.get(reference.name, reference.name)


def strip(node):
    """Leaves out attributes that have their default, as exports do that strip them."""
    definition = op_def_registry.get(node.op)
    for attribute in definition.attr if definition else []:
        given = node.attr.get(attribute.name)
        if attribute.HasField("default_value") and given == attribute.default_value:
            del node.attr[attribute.name]
