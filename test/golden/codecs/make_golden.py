"""Writes the golden bytes of the protobuf codecs: <name>.bin files and manifest.json beside this script.

In a virtual environment outside the repository:

    pip install tensorflow-cpu==2.21.0 tensorflow-serving-api==2.21.0 grpcio-health-checking==1.85.1
    pip install --no-deps tritonclient==2.73.0
    python test/golden/codecs/make_golden.py

The bytes come from the official stubs (or TensorFlow's C++ serialiser, or are laid out by hand where no encoder
writes them); what a tensor holds is what TensorFlow's C++ parser (tf.io.parse_tensor) says that it holds.
"""

import base64
import json
import pathlib
import struct
from importlib.metadata import version

import ml_dtypes
import numpy as np
import tensorflow as tf
from google.protobuf import json_format, wrappers_pb2
from grpc_health.v1 import health_pb2
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    input_pb2,
    predict_pb2,
    regression_pb2,
)
from tritonclient.grpc import service_pb2

FOLDER = pathlib.Path(__file__).parent

# dtype here -> (numpy dtype, *_val field, values at the bounds of the type)
DTYPES = {
    "FP32": (np.float32, "float_val", [0.0, -1.5, 3.4028234663852886e38, float("nan"), float("inf"), -0.0]),
    "FP64": (np.float64, "double_val", [0.0, 5e-324, 1.7976931348623157e308, float("nan"), float("-inf"), -0.0]),
    "INT32": (np.int32, "int_val", [0, 1, -1, 127, -(2**31), 2**31 - 1]),
    "INT16": (np.int16, "int_val", [0, 1, -1, 128, -(2**15), 2**15 - 1]),
    "INT8": (np.int8, "int_val", [0, 1, -1, 2, -128, 127]),
    "UINT16": (np.uint16, "int_val", [0, 1, 127, 128, 16384, 2**16 - 1]),
    "UINT8": (np.uint8, "int_val", [0, 1, 2, 127, 128, 255]),
    "INT64": (np.int64, "int64_val", [0, 1, -1, 2**53 + 1, -(2**63), 2**63 - 1]),
    "UINT32": (np.uint32, "uint32_val", [0, 1, 127, 128, 2**31, 2**32 - 1]),
    "UINT64": (np.uint64, "uint64_val", [0, 1, 2**32, 2**53 + 1, 2**63, 2**64 - 1]),
    "BOOL": (np.bool_, "bool_val", [True, False, True, True, False, False]),
    "FP16": (np.float16, "half_val", [0.0, -1.5, 65504.0, 6e-8, float("inf"), float("nan")]),
    "BF16": (ml_dtypes.bfloat16, "half_val", [0.0, -1.5, 1e38, 1e-40, float("inf"), 3.140625]),
    "STRING": (np.object_, "string_val", [b"", b"a", "é".encode(), b"\x00\xff", b"x" * 130, b"last"]),
}
BY_NUMPY = {np.dtype(entry[0]): name for name, entry in DTYPES.items()}

vectors = []


def add(name, message, data, expected, by, canonical=None):
    """`canonical`: the options of our encoder that must give the same bytes, None where other bytes are as good."""
    (FOLDER / f"{name}.bin").write_bytes(data)
    vectors.append({"name": name, "message": message, "by": by, "canonical": canonical, "expected": expected})


# --- what values are, as JSON


def number(value):
    value = float(value)
    return value if np.isfinite(value) and not (value == 0 and np.signbit(value)) else repr(value)


def describe_array(array):
    dtype = BY_NUMPY[array.dtype]
    flat = array.reshape(-1)
    if dtype == "STRING":
        values = [base64.b64encode(value).decode() for value in flat]
    elif dtype == "BF16":
        values = [int(bits) for bits in flat.view(np.uint16)]
    elif dtype in ("FP16", "FP32", "FP64"):
        values = [number(value) for value in flat]
    elif dtype in ("INT64", "UINT64"):
        values = [str(value) for value in flat]
    else:
        values = [int(value) for value in flat]
    return {"dtype": dtype, "shape": list(array.shape), "values": values}


def describe(proto):
    """The tensor that TensorFlow's C++ parser reads from `proto`."""
    parsed = tf.io.parse_tensor(proto.SerializeToString(), tf.dtypes.as_dtype(proto.dtype))
    array = parsed.numpy()
    return describe_array(np.array(array, dtype=np.object_ if parsed.dtype == tf.string else None))


def describe_spec(spec):
    choice = spec.WhichOneof("version_choice")
    described = {"name": spec.name}
    if choice == "version":
        described["version"] = spec.version.value
    if choice == "version_label":
        described["versionLabel"] = spec.version_label
    if spec.signature_name:
        described["signatureName"] = spec.signature_name
    return described


def describe_map(tensors):
    return {name: describe(tensors[name]) for name in sorted(tensors)}


# --- tensors


def array_of(dtype, shape):
    numpy_type, _, values = DTYPES[dtype]
    array = np.empty(len(values), dtype=numpy_type)
    for index, value in enumerate(values):
        array[index] = value
    count = int(np.prod(shape))
    return array[:count].reshape(shape)


def typed(array, values=None):
    """A TensorProto with `*_val` fields; `values` in place of all of them."""
    dtype = BY_NUMPY[array.dtype]
    field = DTYPES[dtype][1]
    tf_dtype = tf.string if dtype == "STRING" else tf.dtypes.as_dtype(array.dtype)
    proto = tensor_pb2.TensorProto(dtype=tf_dtype.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    flat = array.reshape(-1) if values is None else np.array(values, dtype=array.dtype)
    if field == "half_val":
        flat = flat.view(np.uint16)
    getattr(proto, field).extend(flat.tolist())
    return proto


def packed(array):
    dtype = tf.string if array.dtype == np.object_ else None
    return tensor_pb2.TensorProto.FromString(tf.io.serialize_tensor(tf.constant(array, dtype=dtype)).numpy())


def add_tensor(name, proto, by, content=None, data=None):
    data = proto.SerializeToString(deterministic=True) if data is None else data
    add(name, "tensorflow.TensorProto", data, describe(proto), by, content and {"content": content})


STUBS = "tensor_pb2.TensorProto"
CPP = "tf.io.serialize_tensor"


def tensors():
    for dtype in DTYPES:
        array = array_of(dtype, (2, 3))
        slug = dtype.lower()
        add_tensor(f"tensor-{slug}-typed", typed(array), STUBS, "typed")
        add_tensor(f"tensor-{slug}-packed", packed(array), CPP, None if dtype == "STRING" else "packed")
        add_tensor(f"tensor-{slug}-scalar", typed(array_of(dtype, (6,))[1:2].reshape(())), STUBS, "typed")
        add_tensor(f"tensor-{slug}-empty", typed(array_of(dtype, (0,)).reshape((2, 0))), STUBS, "typed")
        add_tensor(f"tensor-{slug}-repeated-last", typed(array, DTYPES[dtype][2][1:3]), STUBS)
        add_tensor(f"tensor-{slug}-no-values", typed(array, []), STUBS)
        add_tensor(f"tensor-{slug}-unpacked", *unpacked(dtype, array))
    extra = typed(array_of("FP32", (2,)), [1.0, 2.0, 3.0])
    add_tensor("tensor-fp32-extra-values", extra, STUBS)
    both = typed(array_of("INT32", (2,)))
    both.tensor_content = struct.pack("<2i", 7, 8)
    add_tensor("tensor-int32-content-wins", both, STUBS)
    wraps = typed(array_of("INT8", (3,)), [])
    wraps.int_val.extend([300, -129, 2**31 - 1])
    add_tensor("tensor-int8-wraps", wraps, STUBS)


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def unpacked(dtype, array):
    """The same tensor with one tag per value, as proto2 encoders wrote it, and the values before dtype and shape."""
    proto = typed(array)
    field = tensor_pb2.TensorProto.DESCRIPTOR.fields_by_name[DTYPES[dtype][1]]
    values = getattr(proto, field.name)
    data = b""
    for value in values:
        if dtype == "STRING":
            data += varint(field.number << 3 | 2) + varint(len(value)) + value
        elif dtype == "FP32":
            data += varint(field.number << 3 | 5) + struct.pack("<f", value)
        elif dtype == "FP64":
            data += varint(field.number << 3 | 1) + struct.pack("<d", value)
        else:
            data += varint(field.number << 3) + varint(int(value))
    head = tensor_pb2.TensorProto(dtype=proto.dtype, tensor_shape=proto.tensor_shape)
    data += head.SerializeToString(deterministic=True)
    assert tensor_pb2.TensorProto.FromString(data).SerializeToString() == proto.SerializeToString()
    return proto, "by hand, read back by tensor_pb2.TensorProto", None, data


# --- messages

PREDICT_MODULE = "predict_pb2"


def serialize(proto):
    return proto.SerializeToString(deterministic=True)


def requests():
    image, label = array_of("FP32", (2, 3)), array_of("STRING", (2,))
    for content, encode in (("packed", packed), ("typed", typed)):
        request = predict_pb2.PredictRequest(output_filter=["scores", ""])
        request.model_spec.name = "mnist"
        request.model_spec.version.value = 3
        request.model_spec.signature_name = "serving_default"
        request.inputs["image"].CopyFrom(encode(image))
        request.inputs["label"].CopyFrom(typed(label))
        add_predict_request(f"predict-request-{content}", request, {"content": content})
    add_predict_request("predict-request-empty", predict_pb2.PredictRequest(), {})
    labelled = predict_pb2.PredictRequest()
    labelled.model_spec.name = "modèle"
    labelled.model_spec.version_label = "stable"
    add_predict_request("predict-request-label", labelled, {})
    zero = predict_pb2.PredictRequest()
    zero.model_spec.name = "m"
    zero.model_spec.version.SetInParent()
    add_predict_request("predict-request-version-0", zero, {})
    options = predict_pb2.PredictRequest(client_id=b"me")
    options.model_spec.name = "m"
    options.predict_streamed_options.request_state = 1
    options.request_options.deterministic_mode = 1
    add_predict_request("predict-request-unknown-fields", options, None)
    halves = [predict_pb2.PredictRequest(), predict_pb2.PredictRequest()]
    halves[0].model_spec.name = "first"
    halves[0].inputs["x"].CopyFrom(typed(array_of("INT32", (2,))))
    halves[1].model_spec.name = "second"
    halves[1].model_spec.signature_name = "merged"
    halves[1].inputs["x"].CopyFrom(typed(array_of("INT64", (3,))))
    data = b"".join(serialize(half) for half in halves)
    merged = predict_pb2.PredictRequest.FromString(data)
    add_predict_request("predict-request-merged", merged, None, data)


def add_predict_request(name, request, canonical, data=None):
    spec = describe_spec(request.model_spec) if request.HasField("model_spec") else None
    expected = {"modelSpec": spec, "inputs": describe_map(request.inputs), "outputFilter": list(request.output_filter)}
    data = serialize(request) if data is None else data
    add(name, "tensorflow.serving.PredictRequest", data, expected, PREDICT_MODULE, canonical)


def responses():
    for content, encode in (("typed", typed), ("packed", packed)):
        response = predict_pb2.PredictResponse()
        response.model_spec.name = "mnist"
        response.model_spec.version.value = 2**53 - 1
        response.model_spec.signature_name = "serving_default"
        response.outputs["classes"].CopyFrom(encode(array_of("INT64", (6,))))
        response.outputs["scores"].CopyFrom(encode(array_of("FP32", (2, 3))))
        expected = {"modelSpec": describe_spec(response.model_spec), "outputs": describe_map(response.outputs)}
        message, canonical = "tensorflow.serving.PredictResponse", {"content": content}
        add(f"predict-response-{content}", message, serialize(response), expected, PREDICT_MODULE, canonical)


def statuses():
    module = "get_model_status_pb2"
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "mnist"
    expected = {"modelSpec": describe_spec(request.model_spec)}
    add("status-request", "tensorflow.serving.GetModelStatusRequest", serialize(request), expected, module, {})
    response = get_model_status_pb2.GetModelStatusResponse()
    expected = []
    for version_number, state, code, text in (
        (0, "START", 0, ""), (1, "END", 5, "gone"), (2, "AVAILABLE", 0, ""), (2**53 - 1, "LOADING", 0, ""),
        (4, "UNLOADING", 0, ""), (5, "UNKNOWN", 16, "é"),
    ):
        status = response.model_version_status.add(version=version_number, state=state)
        status.status.SetInParent()
        status.status.error_code = code
        status.status.error_message = text
        expected.append({"version": version_number, "state": state, "errorCode": code, "errorMessage": text})
    add("status-response", "tensorflow.serving.GetModelStatusResponse", serialize(response), expected, module, {})


def signature(method, inputs, outputs):
    definition = meta_graph_pb2.SignatureDef(method_name=method)
    for infos, specs in ((definition.inputs, inputs), (definition.outputs, outputs)):
        for alias, (name, dtype, shape) in specs.items():
            infos[alias].name = name
            infos[alias].dtype = dtype
            infos[alias].tensor_shape.SetInParent()
            for size in shape or []:
                infos[alias].tensor_shape.dim.add(size=-1 if size is None else size)
            infos[alias].tensor_shape.unknown_rank = shape is None
    return definition


def describe_infos(specs, names):
    return {
        alias: {
            "name": names[alias],
            "dtype": BY_NUMPY[np.dtype(tf.dtypes.as_dtype(dtype % 100).as_numpy_dtype)],
            "shape": shape,
        }
        for alias, (_, dtype, shape) in specs.items()
    }


def metadata():
    module = "get_model_metadata_pb2"
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def", "pipeline"])
    request.model_spec.name = "mnist"
    expected = {"modelSpec": describe_spec(request.model_spec), "metadataFields": list(request.metadata_field)}
    add("metadata-request", "tensorflow.serving.GetModelMetadataRequest", serialize(request), expected, module, {})

    inputs = {"image": ("image:0", 1, [None, 28, 28, 1]), "x": ("StatefulPartitionedCall:1", 7, None)}
    outputs = {"scores": ("scores:0", 1, [None, 10]), "y": ("y:0", 19, [])}
    names = {"image": "image", "x": "StatefulPartitionedCall:1", "scores": "scores", "y": "y"}
    predict = "tensorflow/serving/predict"
    described = {
        "methodName": predict,
        "inputs": describe_infos(inputs, names),
        "outputs": describe_infos(outputs, names),
    }
    definition = signature(predict, inputs, outputs)
    add_metadata("metadata-response", definition, described, None, {})
    add_metadata("metadata-response-pipeline", definition, described, '{"image":{"size":[28,28]}}', {})
    reference = {"counter": ("counter:0", 101, [])}
    definition = signature(predict, {}, reference)
    described = {"methodName": predict, "inputs": {}, "outputs": describe_infos(reference, {"counter": "counter"})}
    add_metadata("metadata-response-reference", definition, described, None, None)

    inputs = {"x": ("x:0", 1, [None])}
    definition = signature(predict, inputs, {})
    described = {"methodName": predict, "inputs": describe_infos(inputs, {"x": "x"}), "outputs": {}}
    for dtype in DTYPES:
        for slug, array in (("one", array_of(dtype, (2,))[1:2].reshape(())), ("some", array_of(dtype, (2, 3)))):
            kwargs = {"dtype": tf.string} if dtype == "STRING" else {}
            definition.defaults[f"{dtype.lower()}_{slug}"].CopyFrom(tf.make_tensor_proto(array, **kwargs))
    described["defaults"] = describe_map(definition.defaults)
    add_metadata("metadata-response-defaults", definition, described, None, {})
    signatures = get_model_metadata_pb2.SignatureDefMap()
    signatures.signature_def["serving_default"].CopyFrom(definition)
    printed = json_format.MessageToDict(
        signatures, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    text = json.dumps(printed, indent=1, sort_keys=True)
    (FOLDER / "metadata-response-defaults.json").write_text(text + "\n")


def add_metadata(name, definition, described, pipeline, canonical):
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = "mnist"
    response.model_spec.version.value = 3
    signatures = get_model_metadata_pb2.SignatureDefMap()
    signatures.signature_def["serving_default"].CopyFrom(definition)
    response.metadata["signature_def"].type_url = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    response.metadata["signature_def"].value = serialize(signatures)
    expected = {"modelSpec": describe_spec(response.model_spec), "signatures": {"serving_default": described}}
    if pipeline is not None:
        response.metadata["pipeline"].Pack(wrappers_pb2.StringValue(value=pipeline))
        expected["pipeline"] = pipeline
    message = "tensorflow.serving.GetModelMetadataResponse"
    add(name, message, serialize(response), expected, "get_model_metadata_pb2", canonical)


def example(**features):
    made = tf.train.Example()
    for name, values in features.items():
        made.features.feature[name].float_list.value.extend(values)
    return made


def describe_input(message):
    if not message.HasField("input"):
        return None
    kind = message.input.WhichOneof("kind")
    examples = [] if kind is None else getattr(message.input, kind).examples
    described = {"examples": [base64.b64encode(serialize(one)).decode() for one in examples]}
    if kind == "example_list_with_context":
        described["context"] = base64.b64encode(serialize(message.input.example_list_with_context.context)).decode()
    return described


def inputs_of_examples():
    listed, with_context, unknown = input_pb2.Input(), input_pb2.Input(), input_pb2.Input()
    listed.example_list.examples.extend([example(x=[1.0]), example(), example(x=[2.0, 3.0], y=[])])
    with_context.example_list_with_context.examples.extend([example(x=[1.0]), example()])
    with_context.example_list_with_context.context.CopyFrom(example(x=[7.0], z=[8.0]))
    unknown.example_list.SetInParent()
    return {"list": listed, "context": with_context, "empty-list": unknown, "no-kind": input_pb2.Input()}


def example_requests():
    for name, made in inputs_of_examples().items():
        request = classification_pb2.ClassificationRequest(input=made)
        request.model_spec.name = "m"
        request.model_spec.signature_name = "classify_x_to_y"
        add_example_request(f"classification-request-{name}", request, None if name == "no-kind" else {})
    request = regression_pb2.RegressionRequest()
    request.model_spec.name = "m"
    request.model_spec.version.value = 7
    add_example_request("regression-request-no-input", request, {})
    inputs = inputs_of_examples()
    changed = [regression_pb2.RegressionRequest(input=inputs[name]) for name in ("context", "list", "list")]
    data = b"".join(serialize(piece) for piece in changed)
    add_example_request("regression-request-merged", regression_pb2.RegressionRequest.FromString(data), None, data)


def add_example_request(name, request, canonical, data=None):
    spec = describe_spec(request.model_spec) if request.HasField("model_spec") else None
    expected = {"modelSpec": spec, "input": describe_input(request)}
    message = request.DESCRIPTOR.full_name
    data = serialize(request) if data is None else data
    add(name, message, data, expected, f"{message.split('.')[-1].removesuffix('Request').lower()}_pb2", canonical)


def fill_classes(result):
    for classes in ([("", 0.0), ("é", -0.0), ("c", 0.1)], [], [("d", float("nan"))]):
        listed = result.classifications.add()
        for label, score in classes:
            listed.classes.add(label=label, score=score)
    return [
        [{"label": one.label, "score": number(one.score)} for one in classes.classes]
        for classes in result.classifications
    ]


def fill_values(result):
    for value in (0.0, -0.0, 0.1, float("inf"), 3.4028234663852886e38):
        result.regressions.add(value=value)
    return [number(one.value) for one in result.regressions]


def example_responses():
    response = classification_pb2.ClassificationResponse()
    response.model_spec.name = "m"
    response.model_spec.version.value = 3
    expected = {"classifications": fill_classes(response.result), "modelSpec": describe_spec(response.model_spec)}
    message = "tensorflow.serving.ClassificationResponse"
    add("classification-response", message, serialize(response), expected, "classification_pb2", {})
    response = regression_pb2.RegressionResponse()
    response.model_spec.name = "m"
    expected = {"regressions": fill_values(response.result), "modelSpec": describe_spec(response.model_spec)}
    message = "tensorflow.serving.RegressionResponse"
    add("regression-response", message, serialize(response), expected, "regression_pb2", {})


def multi_inference():
    request = inference_pb2.MultiInferenceRequest(input=inputs_of_examples()["context"])
    request.tasks.add(method_name="tensorflow/serving/regress").model_spec.name = "m"
    request.tasks.add()
    expected = {
        "tasks": [
            {"modelSpec": {"name": "m"}, "methodName": "tensorflow/serving/regress"},
            {"modelSpec": None, "methodName": ""},
        ],
        "input": describe_input(request),
    }
    message = "tensorflow.serving.MultiInferenceRequest"
    add("multi-inference-request", message, serialize(request), expected, "inference_pb2", {})
    response = inference_pb2.MultiInferenceResponse()
    first, second = response.results.add(), response.results.add()
    first.model_spec.name = second.model_spec.name = "m"
    expected = [
        {"modelSpec": {"name": "m"}, "classifications": fill_classes(first.classification_result)},
        {"modelSpec": {"name": "m"}, "regressions": fill_values(second.regression_result)},
    ]
    message = "tensorflow.serving.MultiInferenceResponse"
    add("multi-inference-response", message, serialize(response), expected, "inference_pb2", {})


def health_and_index():
    stubs, package = "health_pb2", "grpc.health.v1"
    request = health_pb2.HealthCheckRequest(service="ModelService")
    add("health-request", f"{package}.HealthCheckRequest", serialize(request), {"service": "ModelService"}, stubs, {})
    for status in ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"):
        data = serialize(health_pb2.HealthCheckResponse(status=status))
        name = f"health-response-{status.lower()}"
        add(name, f"{package}.HealthCheckResponse", data, {"status": status}, stubs, {})

    stubs, package = "tritonclient.grpc.service_pb2", "inference"
    request = service_pb2.RepositoryIndexRequest(repository_name="r", ready=True)
    expected = {"repositoryName": "r", "ready": True}
    add("index-request", f"{package}.RepositoryIndexRequest", serialize(request), expected, stubs, {})
    models = [
        {"name": "mnist", "version": "3", "state": "READY", "reason": ""},
        {"name": "broken", "version": "1", "state": "UNAVAILABLE", "reason": "no model"},
    ]
    response = service_pb2.RepositoryIndexResponse()
    for model in models:
        response.models.add(**model)
    add("index-response", f"{package}.RepositoryIndexResponse", serialize(response), models, stubs, {})


# dtype here -> the field of InferTensorContents that holds it; 16-bit floats travel raw only
CONTENTS = {
    "BOOL": "bool_contents", "INT8": "int_contents", "INT16": "int_contents", "INT32": "int_contents",
    "INT64": "int64_contents", "UINT8": "uint_contents", "UINT16": "uint_contents", "UINT32": "uint_contents",
    "UINT64": "uint64_contents", "FP32": "fp32_contents", "FP64": "fp64_contents", "STRING": "bytes_contents",
}


def raw_contents(array):
    if array.dtype != np.object_:
        return array.tobytes()
    return b"".join(struct.pack("<I", len(value)) + value for value in array.reshape(-1))


def infer_request(content, dtypes):
    """One input per dtype, named after it, and what is in them."""
    request = service_pb2.ModelInferRequest(model_name="m", model_version="3", id="r1")
    described = {}
    for dtype in dtypes:
        array = array_of(dtype, (2, 3))
        tensor = request.inputs.add(name=dtype, datatype="BYTES" if dtype == "STRING" else dtype, shape=array.shape)
        if content == "raw":
            request.raw_input_contents.append(raw_contents(array))
        else:
            getattr(tensor.contents, CONTENTS[dtype]).extend(array.reshape(-1).tolist())
        described[dtype] = describe_array(array)
    return request, described


def infer():
    module, package = "tritonclient.grpc.service_pb2", "inference"

    def add_request(name, request, described):
        expected = {
            "modelName": request.model_name, "modelVersion": request.model_version, "id": request.id,
            "inputs": described, "outputs": [output.name for output in request.outputs],
        }
        add(name, f"{package}.ModelInferRequest", serialize(request), expected, module)

    add_request("infer-request-raw", *infer_request("raw", DTYPES))
    add_request("infer-request-typed", *infer_request("typed", CONTENTS))
    add_request("infer-request-empty", service_pb2.ModelInferRequest(), {})
    request, described = infer_request("typed", ["INT32"])
    request.parameters["priority"].uint64_param = 1
    request.parameters["timeout"].int64_param = -1
    request.inputs[0].parameters["note"].string_param = "a"
    request.outputs.add(name="y").parameters["binary_data"].bool_param = True
    request.outputs.add(name="")
    add_request("infer-request-parameters", request, described)

    response = service_pb2.ModelInferResponse(model_name="m", model_version="3", id="r1")
    for tensor in infer_request("raw", DTYPES)[0].inputs:
        response.outputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
        response.raw_output_contents.append(raw_contents(array_of(tensor.name, (2, 3))))
    response.outputs.add(name="scalar", datatype="FP32")
    response.raw_output_contents.append(struct.pack("<f", 1.5))
    # Values by name as in infer-request-raw, and the scalar.
    expected = {"modelName": "m", "modelVersion": "3", "id": "r1"}
    add("infer-response", f"{package}.ModelInferResponse", serialize(response), expected, module)

    request = service_pb2.ModelReadyRequest(name="m", version="3")
    expected = {"name": "m", "version": "3"}
    add("model-ready-request", f"{package}.ModelReadyRequest", serialize(request), expected, module)
    for value in (False, True):
        data = serialize(service_pb2.ServerReadyResponse(ready=value))
        add(f"server-ready-response-{str(value).lower()}", f"{package}.ServerReadyResponse", data, value, module)
    response = service_pb2.ModelMetadataResponse(name="m", versions=["1", "3"], platform="onnxruntime_onnx")
    response.inputs.add(name="x", datatype="FP32", shape=[-1, 28, 2**40])
    response.inputs.add(name="s", datatype="BYTES")
    response.outputs.add(name="y", datatype="BF16", shape=[-1])
    expected = {"name": "m", "versions": ["1", "3"], "platform": "onnxruntime_onnx"}
    add("oip-metadata-response", f"{package}.ModelMetadataResponse", serialize(response), expected, module)


def main():
    for old in FOLDER.glob("*.bin"):
        old.unlink()
    tensors()
    requests()
    responses()
    statuses()
    metadata()
    example_requests()
    example_responses()
    multi_inference()
    health_and_index()
    infer()
    packages = ("tensorflow", "tensorflow-serving-api", "grpcio-health-checking", "tritonclient", "protobuf", "numpy")
    provenance = {package: version(package) for package in packages}
    manifest = {"provenance": provenance, "vectors": vectors}
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(vectors)} vectors")


main()
