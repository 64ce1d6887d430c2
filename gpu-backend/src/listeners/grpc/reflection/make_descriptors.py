"""Writes descriptors.binpb beside this file: a FileDescriptorSet of the services that the server answers for.

python make_descriptors.py    (needs the packages of test/interop/requirements.txt)

It holds names, numbers and types of public interfaces, without comments: TensorFlow's, TensorFlow Serving's and gRPC's
(Apache-2.0), protobuf's well-known types (BSD-3-Clause), and the Open Inference Protocol in the reading that Triton's
client package (BSD-3-Clause) has of it, cut down to the methods that are served.
"""

import pathlib

from google.protobuf import descriptor_pb2, text_format
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from tensorflow_serving.apis import model_service_pb2, prediction_service_pb2
from tritonclient.grpc import service_pb2

SERVED = [prediction_service_pb2, model_service_pb2, health_pb2, reflection_pb2]
OPEN_INFERENCE = {
    "ServerLive",
    "ServerReady",
    "ModelReady",
    "ServerMetadata",
    "ModelMetadata",
    "ModelInfer",
    "RepositoryIndex",
}


def with_imports(descriptor, files):
    """Adds a file after everything that it imports."""
    if descriptor.name not in files:
        for imported in descriptor.dependencies:
            with_imports(imported, files)
        files[descriptor.name] = copy_of(descriptor)


def copy_of(descriptor):
    copy = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(copy)
    copy.ClearField("source_code_info")
    return copy


def reflection_v1(alpha):
    """The first version differs from the one before it in its name only."""
    text = text_format.MessageToString(alpha)
    return text_format.Parse(text.replace("v1alpha", "v1"), descriptor_pb2.FileDescriptorProto())


def open_inference():
    """The served methods with the messages that they need, as a file of its own."""
    source = copy_of(service_pb2.DESCRIPTOR)
    [service] = source.service
    methods = [method for method in service.method if method.name in OPEN_INFERENCE]
    messages = {message.name: message for message in source.message_type}
    needed = set()

    def need(type_name):
        name = type_name.removeprefix(".inference.").split(".")[0]
        if name not in needed:
            needed.add(name)
            need_fields(messages[name])

    def need_fields(message):
        for field in message.field:
            if field.type_name:
                need(field.type_name)
        for nested in message.nested_type:
            need_fields(nested)

    for method in methods:
        need(method.input_type)
        need(method.output_type)
    file = descriptor_pb2.FileDescriptorProto(name="open_inference.proto", package="inference", syntax="proto3")
    file.message_type.extend(message for message in source.message_type if message.name in needed)
    file.service.add(name=service.name).method.extend(methods)
    return file


def main():
    files = {}
    for module in SERVED:
        with_imports(module.DESCRIPTOR, files)
    extra = [reflection_v1(files[reflection_pb2.DESCRIPTOR.name]), open_inference()]
    everything = descriptor_pb2.FileDescriptorSet(file=[*files.values(), *extra])
    path = pathlib.Path(__file__).with_name("descriptors.binpb")
    path.write_bytes(everything.SerializeToString(deterministic=True))
    print(f"{len(everything.file)} files, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
