"""The official TensorFlow Serving stubs, grpcio's health client and requests against a running server.

python tfs_clients.py --grpc HOST:PORT --rest HOST:PORT --held-out examples/mnist/held-out.npz

Each check prints one line, `PASS name` or `FAIL name: reason`.
"""

import argparse
import concurrent.futures
import gzip
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
import numpy as np
import requests
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

SECONDS = 30
CHECKS = []
DTYPES = {
    "bool": np.bool_,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "uint64": np.uint64,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "int64": np.int64,
    "fp16": np.float16,
    "fp32": np.float32,
    "fp64": np.float64,
}


def check(function):
    CHECKS.append(function)
    return function


class Clients:
    """One channel and one session for all checks."""

    def __init__(self, arguments):
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self.channel = grpc.insecure_channel(arguments.grpc, options=options)
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.http = requests.Session()
        self.base = f"http://{arguments.rest}"
        data = np.load(arguments.held_out)
        self.images = (data["images"].astype(np.float32) / np.float32(255))[..., None]
        self.labels = data["labels"]

    def predict(self, model, inputs, timeout=SECONDS, signature="", version=None, outputs=()):
        request = predict_pb2.PredictRequest(output_filter=outputs)
        request.model_spec.name = model
        request.model_spec.signature_name = signature
        if version is not None:
            request.model_spec.version.value = version
        for name, value in inputs.items():
            proto = value if isinstance(value, tensor_pb2.TensorProto) else tf.make_tensor_proto(value)
            request.inputs[name].CopyFrom(proto)
        return self.prediction.Predict(request, timeout)

    def post(self, path, body, **arguments):
        return self.http.post(self.base + path, data=body, timeout=SECONDS, **arguments)


def typed(array):
    """The `*_val` encoding, which make_tensor_proto uses for short tensors only."""
    proto = tf.make_tensor_proto(array.reshape(-1)[:1])
    full = tensor_pb2.TensorProto(dtype=proto.dtype, tensor_shape=tf.TensorShape(array.shape).as_proto())
    flat = array.reshape(-1)
    if array.dtype == np.float16:
        full.half_val.extend(int(bits) for bits in flat.view(np.uint16))
        return full
    fields = {
        "f4": full.float_val,
        "f8": full.double_val,
        "i8": full.int64_val,
        "u4": full.uint32_val,
        "u8": full.uint64_val,
        "b1": full.bool_val,
    }
    fields.get(array.dtype.str[1:], full.int_val).extend(flat.tolist())
    return full


def expect_error(call, code, text):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code().name} instead of {code.name}: {error.details()}"
        assert text in error.details(), f"{text!r} is not in {error.details()!r}"
        return
    raise AssertionError(f"OK instead of {code.name}")


def edge_array(dtype):
    if dtype is np.bool_:
        return np.array([[True, False, True]])
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        return np.array([[limits.min, limits.max, 1]], dtype)
    limits = np.finfo(dtype)
    return np.array([[limits.min, limits.max, limits.tiny]], dtype)


@check
def predict_every_dtype_in_both_encodings(clients):
    for name, dtype in DTYPES.items():
        array = edge_array(dtype)
        for proto in (tf.make_tensor_proto(array), typed(array)):
            answer = tf.make_ndarray(clients.predict(f"identity_{name}", {"x": proto}).outputs["y"])
            assert answer.dtype == array.dtype and np.array_equal(answer, array), f"{name}: {answer} for {array}"


@check
def predict_strings(clients):
    array = np.array([["a".encode(), "héllo".encode(), b""]], object)
    answer = tf.make_ndarray(clients.predict("identity_string", {"x": array}).outputs["y"])
    assert np.array_equal(answer, array), answer


@check
def predict_answers_with_resolved_model_spec_and_typed_values(clients):
    response = clients.predict("half_plus_two", {"x": np.float32([2, 4])})
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("half_plus_two", 1, "serving_default"), spec
    assert list(response.outputs["y"].float_val) == [3.0, 4.0], response


@check
def predict_filters_outputs(clients):
    ones = np.ones((2, 4), np.int32)
    response = clients.predict("add_sub", {"a": ones, "b": ones}, outputs=["sum"])
    assert list(response.outputs) == ["sum"], list(response.outputs)


@check
def predict_twenty_megabytes(clients):
    array = np.arange(5 << 20, dtype=np.float32).reshape(1, -1)
    answer = tf.make_ndarray(clients.predict("identity_fp32", {"x": array}).outputs["y"])
    assert np.array_equal(answer, array)


@check
def predict_concurrently(clients):
    def one(index):
        answer = clients.predict("half_plus_two", {"x": np.float32([index])}).outputs["y"].float_val[0]
        assert answer == index * 0.5 + 2, (index, answer)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(400)))


@check
def predict_reads_held_out_digits(clients):
    answer = tf.make_ndarray(clients.predict("mnist", {"images": clients.images}).outputs["scores"])
    error = float(np.mean(answer.argmax(axis=1) != clients.labels))
    assert abs(error - 0.022) < 1e-9, error


@check
def predict_refusals_name_what_was_wrong(clients):
    one = {"x": np.float32([1])}
    codes = grpc.StatusCode
    table = [
        (lambda: clients.predict("", one), codes.INVALID_ARGUMENT, "ModelSpec has no name specified."),
        (lambda: clients.predict("nope", one), codes.NOT_FOUND, "Servable not found for request: Latest(nope)"),
        (
            lambda: clients.predict("half_plus_two", one, version=9),
            codes.NOT_FOUND,
            "Servable not found for request: Specific(half_plus_two, 9)",
        ),
        (
            lambda: clients.predict("half_plus_two", one, signature="nope"),
            codes.FAILED_PRECONDITION,
            'Serving signature key "nope" not found.',
        ),
        (lambda: clients.predict("half_plus_two", {}), codes.INVALID_ARGUMENT, "Missing but required: {x}"),
        (lambda: clients.predict("half_plus_two", {**one, "z": 1}), codes.INVALID_ARGUMENT, "Sent extra: {z}"),
        (lambda: clients.predict("half_plus_two", {"x": np.int32([1])}), codes.INVALID_ARGUMENT, "INT32"),
        (lambda: clients.predict("half_plus_two", {"x": np.float32([[1]])}), codes.INVALID_ARGUMENT, "[1,1]"),
        (lambda: clients.predict("half_plus_two", {"x": np.complex64([1])}), codes.UNIMPLEMENTED, "DT_COMPLEX64"),
    ]
    for call, code, text in table:
        expect_error(call, code, text)
    missing = predict_pb2.PredictRequest()
    expect_error(lambda: clients.prediction.Predict(missing, SECONDS), codes.INVALID_ARGUMENT, "Missing ModelSpec")


@check
def a_short_deadline_is_exceeded_and_the_next_call_answered(clients):
    slow = {"steps": np.int64([300_000])}
    expect_error(lambda: clients.predict("countdown", slow, timeout=0.05), grpc.StatusCode.DEADLINE_EXCEEDED, "")
    assert clients.predict("half_plus_two", {"x": np.float32([2])}).outputs["y"].float_val[0] == 3.0


@check
def a_cancelled_call_does_not_harm_the_next(clients):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "countdown"
    request.inputs["steps"].CopyFrom(tf.make_tensor_proto(np.int64([300_000])))
    future = clients.prediction.Predict.future(request, SECONDS)
    future.cancel()
    assert clients.predict("countdown", {"steps": np.int64([3])}).outputs["total"].float_val[0] == 3.0


@check
def model_status(clients):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "half_plus_two"
    statuses = clients.models.GetModelStatus(request, SECONDS).model_version_status
    assert [(status.version, status.state, status.status.error_code) for status in statuses] == [(1, 30, 0)], statuses


@check
def model_metadata(clients):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "mnist"
    response = clients.prediction.GetModelMetadata(request, SECONDS)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    response.metadata["signature_def"].Unpack(signatures)
    images = signatures.signature_def["serving_default"].inputs["images"]
    assert images.dtype == 1 and [dim.size for dim in images.tensor_shape.dim] == [-1, 28, 28, 1], images


@check
def health(clients):
    for service in ("", "mnist"):
        status = clients.health.Check(health_pb2.HealthCheckRequest(service=service), SECONDS).status
        assert status == health_pb2.HealthCheckResponse.SERVING, (service, status)
    unknown = health_pb2.HealthCheckRequest(service="nope")
    expect_error(lambda: clients.health.Check(unknown, SECONDS), grpc.StatusCode.NOT_FOUND, "nope")


@check
def rest_rows_and_columns(clients):
    rows = clients.post("/v1/models/half_plus_two:predict", '{"instances": [2.0, 3.0, 4.0]}').json()
    assert rows == {"predictions": [3.0, 3.5, 4.0]}, rows
    columns = clients.post("/v1/models/half_plus_two/versions/1:predict", '{"inputs": {"x": [2, 3]}}').json()
    assert columns == {"outputs": [3.0, 3.5]}, columns


@check
def rest_gzip(clients):
    body = gzip.compress(json.dumps({"instances": [2.0]}).encode())
    answer = clients.post("/v1/models/half_plus_two:predict", body, headers={"content-encoding": "gzip"})
    assert answer.json() == {"predictions": [3.0]}, answer.text


@check
def rest_large_integers(clients):
    body = '{"instances": [[9007199254740993, -9223372036854775808]]}'
    answer = clients.post("/v1/models/identity_int64:predict", body).json()
    assert answer == {"predictions": [[9007199254740993, -9223372036854775808]]}, answer


@check
def rest_refusals(clients):
    predict = "/v1/models/half_plus_two:predict"
    table = [
        ("/v1/models/nope:predict", '{"instances": [1]}', 404, "Servable not found for request: Latest(nope)"),
        (predict, "", 400, "JSON Parse error: The document is empty"),
        (predict, '{"instances": [1], "inputs": [1]}', 400, "expecting only one of"),
        (predict, '{"instances": ["a"]}', 400, "is not of expected type: float"),
        (predict, '{"signature_name": "nope", "instances": [1]}', 400, 'Serving signature name: "nope" not found'),
        ("/v1/foo", "{}", 400, "Malformed request: POST /v1/foo"),
    ]
    for path, body, status, text in table:
        answer = clients.post(path, body)
        assert answer.status_code == status and text in answer.json()["error"], (path, body, answer.text)


@check
def rest_status_and_metrics(clients):
    status = clients.http.get(clients.base + "/v1/models/half_plus_two", timeout=SECONDS).json()
    state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert status == {"model_version_status": [state]}, status
    page = clients.http.get(clients.base + "/monitoring/prometheus/metrics", timeout=SECONDS).text
    assert ':tensorflow:serving:request_count{model_name="half_plus_two",status="OK"}' in page, page[:500]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--grpc", required=True)
    parser.add_argument("--rest", required=True)
    parser.add_argument("--held-out", required=True)
    clients = Clients(parser.parse_args())
    failed = 0
    for function in CHECKS:
        try:
            function(clients)
            print(f"PASS {function.__name__}", flush=True)
        except Exception as error:  # every check reports, whatever went wrong
            failed += 1
            print(f"FAIL {function.__name__}: {type(error).__name__}: {error}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
