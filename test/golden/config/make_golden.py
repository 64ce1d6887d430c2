"""Writes cases.json: texts in protobuf's text format, read by protobuf's own parser, as values and as binary messages.

Needs tensorflow-serving-api 2.x and protobuf. Messages that tensorflow-serving-api does not have are described here.
"""

import base64
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.config import model_server_config_pb2

FIELD = descriptor_pb2.FieldDescriptorProto
WRAPPED = {"int64": ".google.protobuf.Int64Value", "bool": ".google.protobuf.BoolValue", "string": ".google.protobuf.StringValue"}
SCALARS = {"bool": FIELD.TYPE_BOOL, "int64": FIELD.TYPE_INT64, "string": FIELD.TYPE_STRING}
MESSAGES = {
    "PrometheusConfig": [("enable", 1, "bool"), ("path", 2, "string")],
    "MonitoringConfig": [("prometheus_config", 1, "message .golden.PrometheusConfig")],
    "SSLConfig": [("server_key", 1, "string"), ("server_cert", 2, "string"), ("custom_ca", 3, "string"), ("client_verify", 4, "bool")],
    "BatchingParameters": [
        ("max_batch_size", 1, "wrapped int64"),
        ("batch_timeout_micros", 2, "wrapped int64"),
        ("max_enqueued_batches", 3, "wrapped int64"),
        ("num_batch_threads", 4, "wrapped int64"),
        ("thread_pool_name", 5, "wrapped string"),
        ("allowed_batch_sizes", 6, "repeated int64"),
        ("pad_variable_length_inputs", 7, "bool"),
        ("enable_large_batch_splitting", 8, "wrapped bool"),
        ("max_execution_batch_size", 9, "wrapped int64"),
    ],
}
# What the reader knows to be set and does not look into.
OPAQUE = {"attributes", "per_task_sampling_configs", "custom_logging_config", "custom_model_config"}


def described():
    """The message classes of MESSAGES."""
    file = descriptor_pb2.FileDescriptorProto(name="golden.proto", package="golden", syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            field = message.field.add(name=field_name, number=number, label=FIELD.LABEL_OPTIONAL)
            first, _, second = kind.partition(" ")
            if first == "repeated":
                field.label, field.type = FIELD.LABEL_REPEATED, SCALARS[second]
            elif first in ("wrapped", "message"):
                field.type, field.type_name = FIELD.TYPE_MESSAGE, WRAPPED.get(second, second)
            else:
                field.type = SCALARS[first]
    pool = descriptor_pool.Default()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"golden.{name}")) for name in MESSAGES}


TYPES = {
    "ModelServerConfig": model_server_config_pb2.ModelServerConfig,
    "ModelConfig": model_server_config_pb2.ModelConfig,
    "ReloadConfigRequest": model_management_pb2.ReloadConfigRequest,
    **described(),
}

GOOD = [
    ("ModelServerConfig", "empty", ""),
    ("ModelServerConfig", "comments only", "# one\n#two"),
    ("ModelServerConfig", "an empty list", "model_config_list: <>"),
    (
        "ModelServerConfig",
        "two models",
        """model_config_list {
  config { name: "half_plus_two" base_path: "/models/half_plus_two" model_platform: "tensorflow" }  # the first
  config: < name: 'half_plus_three'; base_path: "/models/half_plus_three", model_type: TENSORFLOW
    model_version_policy { specific { versions: 123 versions: [124, 0x7D, 0176] } }
    version_labels { key: "stable" value: 123 } version_labels { key: "canary" value: 124 } >
}""",
    ),
    ("ModelServerConfig", "a list of models", 'model_config_list { config: [{ name: "a" }, < name: "b" >] }'),
    ("ModelServerConfig", "an empty list of models", "model_config_list { config: [] }"),
    ("ModelConfig", "the latest", "model_version_policy { latest { num_versions: 4294967295 } }"),
    ("ModelConfig", "all", "model_version_policy { all: { } }"),
    ("ModelConfig", "large and negative labels", 'version_labels { key: "a" value: 9007199254740991 } version_labels { key: "b" value: -9007199254740991 }'),
    ("ModelConfig", "an empty entry", "version_labels {}"),
    ("ModelConfig", "entries in a list", 'version_labels: [{ key: "a" value: 1 }, { value: 2 key: "b" }]'),
    ("ModelConfig", "enums by number", "model_type: 2"),
    ("ModelConfig", "enums without a name", "model_type: -7"),
    ("ModelConfig", "strings in pieces", "name: \"a\" 'b'\n  \"c\""),
    ("ModelConfig", "escapes", r'name: "\a\b\f\n\r\t\v\\\'\" \101\x42\xC3\xa4\u00e4\U0001F600"'),
    ("ModelConfig", "characters in pieces", r'name: "\303" "\244"'),
    ("ModelConfig", "other quotes", "name: 'say \"hi\"' base_path: \"it's\""),
    ("ModelConfig", "characters of many bytes", 'name: "äöü 模型 😀"'),
    ("ModelConfig", "no space", 'name:"a"base_path:"b"model_type:1'),
    ("ModelConfig", "separators", 'name: "a", base_path: "b"; model_type: 1,'),
    (
        "ModelConfig",
        "logging",
        'logging_config { log_collector_config { type: "file" filename_prefix: "/logs/m" } sampling_config { sampling_rate: 0.25 } }',
    ),
    *[
        ("ModelConfig", f"the rate {rate}", f"logging_config {{ sampling_config {{ sampling_rate: {rate} }} }}")
        for rate in ["1", "1.", ".5", "1e-3", "1.5E+2", "2f", "2.5F", "-0.5", "0"]
    ],
    ("ModelConfig", "attributes", "logging_config { sampling_config { attributes: 1 per_task_sampling_configs { dc: 'x' } } }"),
    ("ReloadConfigRequest", "metrics", 'config { model_config_list { config { name: "a" } } } metric_names: ["/x", "/y"] metric_names: "/z"'),
    ("BatchingParameters", "all of them", """max_batch_size { value: 128 }
batch_timeout_micros { value: 0 }
max_enqueued_batches { value: 1000000 }
num_batch_threads { value: 8 }
thread_pool_name { value: "pool" }
allowed_batch_sizes: 1
allowed_batch_sizes: [64, 128]
pad_variable_length_inputs: true
enable_large_batch_splitting { value: true }
max_execution_batch_size { }"""),
    *[("BatchingParameters", f"the flag {flag}", f"pad_variable_length_inputs: {flag}") for flag in ["True", "t", "1", "False", "f", "0", "false"]],
    ("MonitoringConfig", "Prometheus", 'prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }'),
    ("SSLConfig", "all of it", 'server_key: "-----BEGIN\\n" "KEY-----\\n" server_cert: "cert" custom_ca: "ca" client_verify: true'),
]

BAD = [
    ("ModelServerConfig", "an unknown field", "model_config_lists {}"),
    ("ModelServerConfig", "an open message", "model_config_list {"),
    ("ModelServerConfig", "another bracket", "model_config_list { >"),
    ("ModelServerConfig", "a bracket too many", "model_config_list { } }"),
    ("ModelServerConfig", "a scalar for a message", 'model_config_list: "x"'),
    ("ModelServerConfig", "a list for one message", "model_config_list: [{}]"),
    ("ModelServerConfig", "an extension", "[a.b] { }"),
    ("ModelServerConfig", "no name", "{ }"),
    ("ModelServerConfig", "no value", "model_config_list"),
    ("ModelServerConfig", "JSON", '{"model_config_list": {}}'),
    ("ModelConfig", "no colon", 'name "a"'),
    ("ModelConfig", "a name without quotes", "name: a"),
    ("ModelConfig", "a number for text", "name: 1"),
    ("ModelConfig", "text twice", 'name: "a" name: "b"'),
    ("ModelConfig", "an open string", 'name: "a'),
    ("ModelConfig", "a string over two lines", 'name: "a\nb"'),
    ("ModelConfig", "bytes that are no text", r'name: "\xff"'),
    ("ModelConfig", "an unknown name of an enum", "model_type: TENSORFLOWS"),
    ("ModelConfig", "a number that is too large", "version_labels { value: 9223372036854775808 }"),
    ("ModelConfig", "a negative number of versions", "model_version_policy { latest { num_versions: -1 } }"),
    ("ModelConfig", "too many versions", "model_version_policy { latest { num_versions: 4294967296 } }"),
    ("ModelConfig", "a fraction of a version", "model_version_policy { latest { num_versions: 1.5 } }"),
    ("ModelConfig", "two policies", "model_version_policy { latest {} all {} }"),
    ("ModelConfig", "a list that ends with a comma", "model_version_policy { specific { versions: [1,] } }"),
    ("ModelConfig", "a list without commas", "model_version_policy { specific { versions: [1 2] } }"),
    ("ModelConfig", "a number that runs into letters", "model_version_policy { specific { versions: 1x } }"),
    ("ModelConfig", "an octal number with 8", "model_version_policy { specific { versions: 08 } }"),
    ("ModelConfig", "a strange character", "name: $"),
    ("BatchingParameters", "a number without its wrapper", "max_batch_size: 128"),
    ("BatchingParameters", "a word for a flag", "pad_variable_length_inputs: yes"),
    ("BatchingParameters", "2 for a flag", "pad_variable_length_inputs: 2"),
]


def plain(message):
    """The values of a message: as the reader gives them."""
    return {field.name: plain_field(message, field) for field in message.DESCRIPTOR.fields}


def plain_field(message, field):
    value = getattr(message, field.name)
    if field.name in OPAQUE:
        return any(one.name == field.name for one, _ in message.ListFields())
    if field.message_type and field.message_type.GetOptions().map_entry:
        return {"map": sorted([key, one] for key, one in value.items())}
    if field.is_repeated:
        return [plain(one) if field.message_type else one for one in value]
    if field.message_type:
        return plain(value) if message.HasField(field.name) else None
    return value


def good(kind, name, text):
    message = text_format.Parse(text, TYPES[kind]())
    binary = base64.b64encode(message.SerializeToString(deterministic=True)).decode()
    return {"type": kind, "name": name, "text": text, "value": plain(message), "binary": binary}


def bad(kind, name, text):
    try:
        text_format.Parse(text, TYPES[kind]())
    except text_format.ParseError:
        return {"type": kind, "name": name, "text": text}
    raise AssertionError(f"{name} is read")


cases = {"good": [good(*case) for case in GOOD], "bad": [bad(*case) for case in BAD]}
path = pathlib.Path(__file__).with_name("cases.json")
path.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
