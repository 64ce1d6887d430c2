"""Models that requests change, and what TensorFlow answers to a sequence of requests.

    python make.py        # with TensorFlow 2.21; writes the models and expected.json beside this file

Every model starts from its checkpoint. `expected.json`: by model, the calls in order, each
`{"signature", "inputs", "outputs"}` with numbers as they are.
"""

import json
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import tensorflow as tf

HERE = pathlib.Path(__file__).parent
V1 = tf.compat.v1
DELTA = tf.TensorSpec([], tf.int64, name="delta")


class Counter(tf.Module):
    def __init__(self):
        self.total = tf.Variable(7, dtype=tf.int64)
        self.mean = tf.Variable([0.5, 1.5], dtype=tf.float32)

    @tf.function(input_signature=[DELTA])
    def add(self, delta):
        return {"total": self.total.assign_add(delta)}

    @tf.function(input_signature=[])
    def get(self):
        return {"total": self.total + 0}

    @tf.function(input_signature=[DELTA])
    def swap(self, delta):
        """The value before, with the change after it."""
        before = self.total.read_value()
        self.total.assign(delta)
        return {"before": before}

    @tf.function(input_signature=[DELTA])
    def add_and_take(self, delta):
        """Two changes, through a function, and what was between them."""
        between = self.add(delta)["total"]
        after = self.total.assign_sub(2 * delta)
        return {"between": between, "after": after}

    @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
    def blend(self, x):
        self.mean.assign(0.5 * self.mean + 0.5 * x)
        return {"mean": self.mean + 0.0, "total": tf.cast(self.total, tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def shift(self, x):
        """A variable that nothing changes would be a constant here; this one is read for a batch."""
        return {"y": x + self.mean[0]}


def v1_graph():
    n = V1.get_variable("counter", initializer=0.0, use_resource=False)
    delta = V1.placeholder(tf.float32, [], "delta")
    return {
        "get": ({}, {"output": V1.identity(n)}),
        "get_reference": ({}, {"output": n._ref()}),
        "increment": ({}, {"output": V1.assign_add(n, 1.0)}),
        "increment_by": ({"delta": delta}, {"output": V1.identity(V1.assign_add(n, delta))}),
        "decrement": ({}, {"output": V1.assign_sub(n, 1.0)}),
        "reset": ({}, {"output": V1.assign(n, 0.0)}),
    }


def unordered_graph():
    n = V1.get_variable("counter", initializer=0.0, use_resource=True)
    return {"serving_default": ({}, {"before": n.read_value(), "after": V1.assign_add(n, 1.0)})}


def alias_graph():
    """Ordered, but what was read of a reference variable changes with it."""
    n = V1.get_variable("counter", initializer=0.0, use_resource=False)
    before = V1.identity(n)
    with tf.control_dependencies([before]):
        after = V1.assign_add(n, 1.0)
    return {"serving_default": ({}, {"before": before, "after": after})}


def branch_graph():
    n = V1.get_variable("counter", initializer=0.0, use_resource=True)
    x = V1.placeholder(tf.float32, [], "x")
    return {"serving_default": ({"x": x}, {"y": V1.cond(x > 0, lambda: n.assign_add(x, read_value=True), lambda: x)})}


def make_v1(target, build):
    with tf.Graph().as_default(), V1.Session() as session:
        signatures = {
            name: V1.saved_model.build_signature_def(
                {alias: V1.saved_model.build_tensor_info(tensor) for alias, tensor in inputs.items()},
                {alias: V1.saved_model.build_tensor_info(tensor) for alias, tensor in outputs.items()},
                "tensorflow/serving/predict",
            )
            for name, (inputs, outputs) in build().items()
        }
        session.run(V1.global_variables_initializer())
        builder = V1.saved_model.Builder(str(target))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
        builder.save()


def make_counter(target):
    module = Counter()
    names = ["add", "get", "swap", "add_and_take", "blend", "shift"]
    options = tf.saved_model.SaveOptions(save_debug_info=False)
    tf.saved_model.save(module, str(target), {name: getattr(module, name) for name in names}, options)


CALLS = {
    "counter": [
        ("get", {}),
        ("add", {"delta": 5}),
        ("add", {"delta": -20}),
        ("swap", {"delta": 100}),
        ("get", {}),
        ("add_and_take", {"delta": 3}),
        ("blend", {"x": [4.0, 8.0]}),
        ("blend", {"x": [1.0, -1.0]}),
        ("shift", {"x": [1.0, 2.0, 3.0]}),
        ("add_and_take", {"delta": -7}),
        ("get", {}),
    ],
    "counter_v1": [
        ("get", {}),
        ("increment", {}),
        ("increment", {}),
        ("increment_by", {"delta": 2.5}),
        ("decrement", {}),
        ("get_reference", {}),
        ("get", {}),
        ("reset", {}),
        ("increment_by", {"delta": -0.125}),
    ],
}


def answers(path, calls):
    loaded = tf.saved_model.load(str(path))
    for name, inputs in calls:
        signature = loaded.signatures[name]
        specs = signature.structured_input_signature[1]
        tensors = {alias: tf.constant(value, specs[alias].dtype) for alias, value in inputs.items()}
        outputs = {alias: value.numpy().tolist() for alias, value in signature(**tensors).items()}
        yield {"signature": name, "inputs": inputs, "outputs": outputs}


def v1_answers(path, calls):
    with tf.Graph().as_default(), V1.Session() as session:
        signatures = V1.saved_model.load(session, ["serve"], str(path)).signature_def
        for name, inputs in calls:
            signature = signatures[name]
            feeds = {signature.inputs[alias].name: value for alias, value in inputs.items()}
            fetches = {alias: info.name for alias, info in signature.outputs.items()}
            outputs = {alias: value.tolist() for alias, value in session.run(fetches, feeds).items()}
            yield {"signature": name, "inputs": inputs, "outputs": outputs}


def main():
    makers = {
        "counter": make_counter,
        "counter_v1": lambda target: make_v1(target, v1_graph),
        "unordered": lambda target: make_v1(target, unordered_graph),
        "alias": lambda target: make_v1(target, alias_graph),
        "branch": lambda target: make_v1(target, branch_graph),
    }
    for name, make in makers.items():
        shutil.rmtree(HERE / name, ignore_errors=True)
        make(HERE / name)
    expected = {
        "counter": list(answers(HERE / "counter", CALLS["counter"])),
        "counter_v1": list(v1_answers(HERE / "counter_v1", CALLS["counter_v1"])),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
