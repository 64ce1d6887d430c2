"""Writes prediction-logs.tfrecord, and beside it as JSON what its records hold.

In a virtual environment outside the repository:

    pip install tensorflow-cpu==2.21.0 tensorflow-serving-api==2.21.0
    python test/golden/tfrecord/make_golden.py

The framing is that of TensorFlow's own TFRecordWriter, the records are those of the official stubs.
"""

import base64
import json
import pathlib
import random

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

FOLDER = pathlib.Path(__file__).parent
CAMEL = {
    "classify_log": "classify",
    "regress_log": "regress",
    "multi_inference_log": "multiInference",
    "session_run_log": "sessionRun",
    "predict_log": "predict",
    "predict_streamed_log": "predictStreamed",
}


def serialize(proto):
    return proto.SerializeToString(deterministic=True)


def example(**features):
    floats = {name: tf.train.Feature(float_list=tf.train.FloatList(value=value)) for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=floats))


def logs():
    yield "predict", predict_log()
    classify = prediction_log_pb2.PredictionLog()
    classify.classify_log.request.model_spec.signature_name = "classify_x_to_y"
    classify.classify_log.request.input.example_list.examples.append(example(x=[20.0]))
    classify.classify_log.response.result.classifications.add().classes.add(label="y", score=12.0)
    yield "classify", classify
    regress = prediction_log_pb2.PredictionLog()
    context = regress.regress_log.request.input.example_list_with_context
    context.context.CopyFrom(example(x=[1.0]))
    context.examples.extend([example(), example(x=[80.0])])
    yield "regress, of which the response is missing", regress
    multi = prediction_log_pb2.PredictionLog()
    for signature, method in (("regress_x_to_y", "regress"), ("classify_x_to_y", "classify")):
        task = multi.multi_inference_log.request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.name = "half_plus_two"
        task.model_spec.signature_name = signature
    multi.multi_inference_log.request.input.example_list.examples.append(example(x=[2.0]))
    yield "multi inference", multi
    run = prediction_log_pb2.PredictionLog()
    run.session_run_log.request.fetch.append("y:0")
    yield "session run", run
    streamed = prediction_log_pb2.PredictionLog()
    streamed.predict_streamed_log.request.add().model_spec.name = "m"
    yield "predict streamed", streamed
    yield "none", prediction_log_pb2.PredictionLog()


def predict_log():
    log = prediction_log_pb2.PredictionLog()
    log.log_metadata.model_spec.name = "half_plus_two"
    log.log_metadata.model_spec.version.value = 123
    log.log_metadata.model_spec.signature_name = "serving_default"
    log.log_metadata.sampling_config.sampling_rate = 0.01
    log.log_metadata.saved_model_tags.append("serve")
    log.log_metadata.timestamp_secs = 1_700_000_000
    request = log.predict_log.request
    request.model_spec.name = "half_plus_two"
    request.model_spec.signature_name = "serving_default"
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([[1.0], [2.0], [5.0]]))
    request.output_filter.append("y")
    log.predict_log.response.model_spec.CopyFrom(log.log_metadata.model_spec)
    log.predict_log.response.outputs["y"].CopyFrom(tf.make_tensor_proto([[2.5], [3.0], [4.5]]))
    return log


def described(title, log):
    field = log.WhichOneof("log_type")
    body = getattr(log, field) if field else None
    metadata = None
    if log.HasField("log_metadata"):
        spec = log.log_metadata.model_spec
        metadata = {
            "modelSpec": {"name": spec.name, "version": spec.version.value, "signatureName": spec.signature_name},
            "samplingRate": log.log_metadata.sampling_config.sampling_rate,
            "savedModelTags": list(log.log_metadata.saved_model_tags),
            "timestampSecs": log.log_metadata.timestamp_secs,
        }
    return {
        "title": title,
        "type": CAMEL.get(field),
        "metadata": metadata,
        "request": text(body, "request"),
        "response": text(body, "response"),
        "log": base64.b64encode(serialize(log)).decode(),
    }


def text(body, name):
    """The field's bytes, in base64; those of a repeated one are its messages, merged."""
    value = getattr(body, name) if body is not None else []
    data = serialize(value) if hasattr(value, "SerializeToString") else b"".join(serialize(one) for one in value)
    return base64.b64encode(data).decode()


def main():
    records = list(logs())
    with tf.io.TFRecordWriter(str(FOLDER / "prediction-logs.tfrecord")) as writer:
        for _, log in records:
            writer.write(serialize(log))
    with tf.io.TFRecordWriter(str(FOLDER / "bytes.tfrecord")) as writer:
        for length in (0, 1, 3, 4, 255, 1000):
            writer.write(random.Random(length).randbytes(length))
    descriptions = [described(title, log) for title, log in records]
    (FOLDER / "prediction-logs.json").write_text(json.dumps(descriptions, indent=1) + "\n")


main()
