"""grpcio's own clients for what is below the calls: TLS, Unix sockets, streams, health and reflection.

python transport_clients.py --grpc HOST:PORT --socket PATH --tls HOST:PORT --mtls HOST:PORT --rest-tls HOST:PORT
    --certificates DIRECTORY --repository DIRECTORY

Each check prints one line, `PASS name` or `FAIL name: reason`.
"""

import argparse
import os
import pathlib
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # refused handshakes are what is wanted

import grpc
import requests
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SECONDS = 30
SERVING = health_pb2.HealthCheckResponse.SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def health(channel, service="half_plus_two"):
    with channel:
        request = health_pb2.HealthCheckRequest(service=service)
        return health_pb2_grpc.HealthStub(channel).Check(request, timeout=SECONDS).status


def credentials(arguments, client=None):
    def read(name):
        return (arguments.certificates / name).read_bytes()

    identity = {} if client is None else {"private_key": read(f"{client}.key"), "certificate_chain": read(f"{client}.crt")}
    return grpc.ssl_channel_credentials(root_certificates=read("authority.crt"), **identity)


def secure(arguments, target, client=None):
    return grpc.secure_channel(target, credentials(arguments, client))


def expect_unavailable(call):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error
        return
    raise AssertionError("OK instead of UNAVAILABLE")


@check
def tls(arguments):
    assert health(secure(arguments, arguments.tls)) == SERVING
    expect_unavailable(lambda: health(grpc.insecure_channel(arguments.tls)))
    expect_unavailable(lambda: health(grpc.secure_channel(arguments.tls, grpc.ssl_channel_credentials())))
    assert health(secure(arguments, arguments.tls)) == SERVING


@check
def tls_with_client_certificates(arguments):
    assert health(secure(arguments, arguments.mtls, "client")) == SERVING
    expect_unavailable(lambda: health(secure(arguments, arguments.mtls)))
    expect_unavailable(lambda: health(secure(arguments, arguments.mtls, "stranger")))
    assert health(secure(arguments, arguments.mtls, "client")) == SERVING


@check
def rest_over_tls(arguments):
    url = f"https://{arguments.rest_tls}/v1/models/half_plus_two:predict"
    authority = str(arguments.certificates / "authority.crt")
    answer = requests.post(url, '{"instances": [2.0]}', verify=authority, timeout=SECONDS)
    assert answer.json() == {"predictions": [3.0]}, answer.text


@check
def unix_socket(arguments):
    assert health(grpc.insecure_channel(f"unix:{arguments.socket}")) == SERVING


@check
def health_names_of_the_server(arguments):
    for service in ("", "ModelService", "PredictionService", "tensorflow.serving.PredictionService"):
        assert health(grpc.insecure_channel(arguments.grpc), service) == SERVING, service
    with grpc.insecure_channel(arguments.grpc) as channel:
        listed = health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest(), timeout=SECONDS).statuses
    assert listed["half_plus_two"].status == listed[""].status == SERVING, listed


@check
def health_watch_tells_when_a_model_appears(arguments):
    with grpc.insecure_channel(arguments.grpc) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service="late"), timeout=SECONDS)
        assert next(watch).status == SERVICE_UNKNOWN
        shutil.copytree(arguments.repository / "half_plus_two", arguments.repository / "late")
        while (status := next(watch).status) != SERVING:
            assert status == health_pb2.HealthCheckResponse.NOT_SERVING, status
        watch.cancel()


@check
def reflection_describes_what_is_served(arguments):
    with grpc.insecure_channel(arguments.grpc) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        services = database.get_services()
        assert "tensorflow.serving.PredictionService" in services, services
        pool = descriptor_pool.DescriptorPool(database)
        for name in services:
            assert pool.FindServiceByName(name).methods, name
        call_without_stubs(channel, pool.FindServiceByName("tensorflow.serving.ModelService"))


def call_without_stubs(channel, service):
    method = service.methods_by_name["GetModelStatus"]
    request = message_factory.GetMessageClass(method.input_type)()
    request.model_spec.name = "half_plus_two"
    path = f"/{service.full_name}/{method.name}"
    response_type = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(path, type(request).SerializeToString, response_type.FromString)
    [status] = call(request, timeout=SECONDS).model_version_status
    assert (status.version, status.state) == (1, 30), status


@check
def a_long_error_text_is_cut(arguments):
    try:
        health(grpc.insecure_channel(arguments.grpc), "x" * 2_000)
    except grpc.RpcError as error:
        assert len(error.details()) == 1_024 + len("...TRUNCATED"), len(error.details())
        return
    raise AssertionError("OK instead of NOT_FOUND")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--grpc", "--socket", "--tls", "--mtls", "--rest-tls"):
        parser.add_argument(name, required=True)
    for name in ("--certificates", "--repository"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    failed = 0
    for function in CHECKS:
        try:
            function(arguments)
            print(f"PASS {function.__name__}", flush=True)
        except Exception as error:  # every check reports, whatever went wrong
            failed += 1
            print(f"FAIL {function.__name__}: {type(error).__name__}: {error}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
