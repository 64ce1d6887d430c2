"""Reads request logs of our server with TensorFlow. Prints PASS or FAIL and a name per check."""

import pathlib
import sys

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2


def logs_of(path):
    """TensorFlow's reader checks lengths and checksums."""
    records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    return [prediction_log_pb2.PredictionLog.FromString(record) for record in records]


def arrays(tensors):
    return {name: tf.make_ndarray(tensor) for name, tensor in tensors.items()}


def check(log, path):
    spec = log.log_metadata.model_spec
    assert path.name.startswith(f"log-{spec.name}-"), f"{path.name} holds a log of {spec.name}"
    assert spec.version.value > 0 and log.log_metadata.timestamp_secs > 1_700_000_000, log.log_metadata
    assert log.log_metadata.sampling_config.sampling_rate == 1.0, log.log_metadata
    kind = log.WhichOneof("log_type")
    if kind != "predict_log":
        assert getattr(log, kind).request.input.WhichOneof("kind") == "example_list", kind
        return
    inputs, outputs = arrays(log.predict_log.request.inputs), arrays(log.predict_log.response.outputs)
    assert inputs and outputs, log.predict_log
    if spec.name == "half_plus_two":
        np.testing.assert_array_equal(outputs["y"], inputs["x"] / 2 + 2)
    if spec.name.startswith("identity_"):
        np.testing.assert_array_equal(*inputs.values(), *outputs.values())


def main(folder):
    paths = sorted(pathlib.Path(folder).glob("*.tfrecord"))
    print("PASS" if paths else "FAIL", "request log: there are files")
    for path in paths:
        model = path.name.rsplit("-", 2)[0]
        try:
            logs = logs_of(path)
            assert logs, "it is empty"
            for log in logs:
                check(log, path)
            print(f"PASS request log: TensorFlow reads {len(logs)} records of {model}")
        except Exception as error:  # every failure is a result
            print(f"FAIL request log: {model}: {error}".replace("\n", " "))


main(sys.argv[1])
