"""TensorFlow's side of a contest: requests as JSON lines on standard input, answers on standard output.

side-messages.ts says what they are.
"""

import base64
import json
import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

DTYPES = {"FP32": np.float32, "INT32": np.int32}
NAMES = {np.dtype(np.float32): "FP32", np.dtype(np.int32): "INT32"}
MIN_RUNS = 5
# The model, its signature and the inputs of every run.
state = {}


def load(path):
    start = time.perf_counter()
    state["model"] = tf.saved_model.load(path)
    state["run"] = state["model"].signatures["serving_default"]
    return {"durationMs": (time.perf_counter() - start) * 1e3}


def feed(inputs):
    start = time.perf_counter()
    state["inputs"] = {
        one["name"]: tf.constant(
            np.frombuffer(base64.b64decode(one["data"]), DTYPES[one["dtype"]]).reshape(one["shape"])
        )
        for one in inputs
    }
    outputs = state["run"](**state["inputs"])
    outputs = {name: value.numpy() for name, value in outputs.items()}
    duration = (time.perf_counter() - start) * 1e3
    tensors = [
        {
            "name": name,
            "dtype": NAMES[value.dtype],
            "shape": value.shape,
            "data": base64.b64encode(value.tobytes()).decode(),
        }
        for name, value in outputs.items()
    ]
    return {"durationMs": duration, "outputs": tensors}


def sample(durationMs):
    run, inputs = state["run"], state["inputs"]
    micros = []
    end = time.perf_counter() + durationMs / 1e3
    while len(micros) < MIN_RUNS or time.perf_counter() < end:
        start = time.perf_counter()
        run(**inputs)
        micros.append((time.perf_counter() - start) * 1e6)
    return {"p50Micros": statistics.median(micros)}


ACTIONS = {"load": load, "feed": feed, "sample": sample}


def say(answer):
    print(json.dumps(answer), flush=True)


say({})
for line in sys.stdin:
    request = json.loads(line)
    try:
        say(ACTIONS[request.pop("action")](**request))
    except Exception as error:
        say({"error": repr(error)})
