"""Recurrent cells in loops. The first word of a name is what ONNX has for the loop: LSTM, GRU, RNN, or Loop for none."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("recurrent")

I, H = 3, 4


def weights(gates, seed=0, inputs=I):
    """Kernel, recurrent kernel and bias."""
    return (
        F.random([inputs, gates * H], low=-1, high=1, seed=seed),
        F.random([H, gates * H], low=-1, high=1, seed=seed + 1),
        F.random([gates * H], low=-1, high=1, seed=seed + 2),
    )


def lstm_cell(x, states, weights=weights(4), order="ifgo", recurrent=tf.sigmoid, activation=tf.tanh, has_bias=True):
    """As Keras has it."""
    h, c = states
    w, r, b = weights
    z = tf.matmul(x, w) + tf.matmul(h, r)
    if has_bias:
        z = tf.nn.bias_add(z, b)
    gate = dict(zip(order, tf.split(z, 4, axis=1)))
    c = recurrent(gate["f"]) * c + recurrent(gate["i"]) * activation(gate["g"])
    h = recurrent(gate["o"]) * activation(c)
    return h, [h, c]


def gru_after(x, states, weights=weights(3), recurrent=tf.sigmoid, activation=tf.tanh, has_bias=True):
    [h] = states
    w, r, b = weights
    mx, mh = tf.matmul(x, w), tf.matmul(h, r)
    if has_bias:
        mx, mh = mx + b, mh + b[::-1]
    xz, xr, xh = tf.split(mx, 3, axis=1)
    hz, hr, hh = tf.split(mh, 3, axis=1)
    z, reset = recurrent(xz + hz), recurrent(xr + hr)
    h = z * h + (1.0 - z) * activation(xh + reset * hh)
    return h, [h]


def gru_before(x, states, weights=weights(3), recurrent=tf.sigmoid, activation=tf.tanh):
    [h] = states
    w, r, b = weights
    xz, xr, xh = tf.split(tf.nn.bias_add(tf.matmul(x, w), b), 3, axis=-1)
    inner = tf.matmul(h, r[:, : 2 * H])
    hz, hr = tf.split(inner, 2, axis=-1)
    z, reset = recurrent(xz + hz), recurrent(xr + hr)
    candidate = activation(xh + tf.matmul(reset * h, r[:, 2 * H :]))
    h = z * h + (1.0 - z) * candidate
    return h, [h]


def rnn_cell(x, states, weights=weights(1), activation=tf.tanh):
    [h] = states
    w, r, b = weights
    h = activation(tf.nn.bias_add(tf.matmul(x, w), b) + tf.matmul(h, r))
    return h, [h]


def run(cell, x, states, keep="all", rounds=None, start=0, reverse=False):
    """The cell over x, [time, batch, inputs], as Keras runs it. Returns outputs and states."""
    if reverse:
        x = tf.reverse(x, [0])
    time = tf.shape(x)[0] if rounds is None else rounds
    rows = tf.TensorArray(tf.float32, size=tf.shape(x)[0]).unstack(x)
    outputs = tf.TensorArray(tf.float32, size=time if keep == "all" else 1, element_shape=[None, H])

    def step(i, outputs, *states):
        output, states = cell(rows.read(i), states)
        return (i + 1, outputs.write(i if keep == "all" else 0, output), *states)

    shapes = [tf.TensorShape([]), tf.TensorShape(None), *[tf.TensorShape([None, H]) for _ in states]]
    _, outputs, *states = tf.while_loop(
        lambda i, *_: i < time, step, [tf.constant(start), outputs, *states], shape_invariants=shapes, maximum_iterations=time
    )
    return [outputs.stack(), *states]


def zeros(x, count):
    return [tf.zeros([tf.shape(x)[1], H]) for _ in range(count)]


X = F.random([5, 2, I])
S = [F.random([2, H], low=-1, high=1, seed=seed) for seed in (1, 2)]
CELLS = {"LSTM": (lstm_cell, 2), "GRU": (gru_after, 1), "GRU before": (gru_before, 1), "RNN": (rnn_cell, 1)}


def case(name, function, **options):
    options.setdefault("dynamic", {"x": [None, None, I]} if "x" in options else True)
    F.case(name, function, **options)


for title, (cell, count) in CELLS.items():
    states = {f"s{index}": S[index] for index in range(count)}
    case(f"{title} from zeros", lambda x, cell=cell, n=count: run(cell, x, zeros(x, n)), x=X)
    case(f"{title} of its last output", lambda x, cell=cell, n=count: run(cell, x, zeros(x, n), "last"), x=X)
    case(f"{title} backwards", lambda x, cell=cell, n=count: run(cell, x, zeros(x, n), reverse=True), x=X)
    case(
        f"{title} from states", lambda x, cell=cell, **states: run(cell, x, list(states.values())), x=X,
        dynamic={"x": [None, None, I], **{key: [None, H] for key in states}}, **states,
    )  # fmt: skip
    for what, x in {"no rows": X[:0], "no batch": X[:, :0], "one row": X[:1], "one in the batch": X[:, :1]}.items():
        for keep in ("all", "last"):
            for dynamic in (False, "only"):
                F.case(
                    f"{title} of {what}, {keep} outputs, {'unknown' if dynamic else 'known'} shapes",
                    lambda x, cell=cell, n=count, keep=keep: run(cell, tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], I]), zeros(x, n), keep),
                    x=x, dynamic=dynamic,
                )  # fmt: skip
    case(
        f"{title} of no rows, from states", lambda x, cell=cell, **states: run(cell, x, list(states.values()))[1:], x=X[:0],
        dynamic={"x": [None, None, I], **{key: [None, H] for key in states}}, **states,
    )  # fmt: skip
    case(f"{title} of the first rows", lambda x, n, cell=cell, c=count: run(cell, x, zeros(x, c), rounds=n), x=X, n=np.int32(3))
    case(f"{title} of more rows than there are", lambda x, n, cell=cell, c=count: run(cell, x, zeros(x, c), rounds=n), x=X, n=np.int32(6))
    case(f"{title} of a constant number of rows", lambda x, cell=cell, c=count: run(cell, x, zeros(x, c), rounds=3), x=X)
    case(f"Loop of {title} from the second row", lambda x, cell=cell, c=count: run(cell, x, zeros(x, c), "last", start=1), x=X)

for recurrent, activation in (
    (tf.sigmoid, tf.nn.relu), (tf.sigmoid, tf.sigmoid), (tf.tanh, tf.sigmoid), (tf.sigmoid, tf.nn.softsign),
    (tf.nn.softsign, tf.tanh), (tf.sigmoid, tf.nn.softplus), (tf.nn.relu, tf.tanh),
):  # fmt: skip
    names = f"{recurrent.__name__} and {activation.__name__}"
    for title, cell, count in (("LSTM", lstm_cell, 2), ("GRU", gru_after, 1), ("GRU before", gru_before, 1)):
        case(
            f"{title} with {names}",
            lambda x, cell=cell, n=count, r=recurrent, a=activation: run(lambda x, s: cell(x, s, recurrent=r, activation=a), x, zeros(x, n)),
            x=X,
        )
for activation in (tf.nn.relu, tf.sigmoid, tf.nn.softsign):
    case(f"RNN with {activation.__name__}", lambda x, a=activation: run(lambda x, s: rnn_cell(x, s, activation=a), x, zeros(x, 1)), x=X)
for name, activation in {"elu": tf.nn.elu, "nothing": tf.identity, "hard sigmoid": lambda x: tf.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)}.items():
    for title, cell, count in (("LSTM", lstm_cell, 2), ("GRU", gru_after, 1)):
        case(f"Loop of {title} with {name}", lambda x, cell=cell, n=count, a=activation: run(lambda x, s: cell(x, s, activation=a), x, zeros(x, n)), x=X)
case("LSTM without bias", lambda x: run(lambda x, s: lstm_cell(x, s, has_bias=False), x, zeros(x, 2)), x=X)
case("GRU without bias", lambda x: run(lambda x, s: gru_after(x, s, has_bias=False), x, zeros(x, 1)), x=X)
for order in ("iofg", "gofi", "figo", "ogif"):
    case(f"LSTM with gates {order}", lambda x, o=order: run(lambda x, s: lstm_cell(x, s, order=o), x, zeros(x, 2)), x=X)


# --- cells that are nearly one of ONNX's


def varied(title, cell, count, **options):
    case(f"Loop of {title}", lambda x: run(cell, x, zeros(x, count), **options), x=X)


def lstm_parts(x, states, weights=weights(4)):
    h, c = states
    w, r, b = weights
    return h, c, *tf.split(tf.nn.bias_add(tf.matmul(x, w) + tf.matmul(h, r), b), 4, axis=1)


def lstm_outputs_memory(x, states):
    h, [_, c] = lstm_cell(x, states)
    return c, [h, c]


def lstm_with_peephole(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    c = tf.sigmoid(f + 0.5 * c) * c + tf.sigmoid(i) * tf.tanh(g)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, c]


def lstm_with_coupled_gates(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    c = tf.sigmoid(f) * c + (1.0 - tf.sigmoid(f)) * tf.tanh(g)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, c]


def lstm_of_old_memory(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    new = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, new]


def lstm_of_mixed_gates(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    c = tf.sigmoid(f) * c + tf.tanh(i) * tf.sigmoid(g)
    h = tf.tanh(o) * tf.tanh(c)
    return h, [h, c]


def lstm_of_its_memory(x, states):
    h, c = states
    w, r, b = weights(4)
    i, f, g, o = tf.split(tf.nn.bias_add(tf.matmul(x, w) + tf.matmul(c, r), b), 4, axis=1)
    c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, c]


def lstm_that_forgets_what_it_said(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    new = tf.sigmoid(f) * h + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(new), [tf.sigmoid(o) * tf.tanh(new), new]


def lstm_with_clipped_memory(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    c = tf.clip_by_value(tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g), -0.5, 0.5)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, c]


def lstm_subtracting(x, states):
    h, c, i, f, g, o = lstm_parts(x, states)
    c = tf.sigmoid(f) * c - tf.sigmoid(i) * tf.tanh(g)
    h = tf.sigmoid(o) * tf.tanh(c)
    return h, [h, c]


def lstm_scaled(x, states):
    h, [_, c] = lstm_cell(x, states)
    return h * 0.5, [h * 0.5, c]


def gru_parts(x, states):
    [h] = states
    w, r, b = weights(3)
    return h, *tf.split(tf.matmul(x, w) + b, 3, axis=1), *tf.split(tf.matmul(h, r) + b, 3, axis=1)


def gru_of_other_share(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z, r = tf.sigmoid(xz + hz), tf.sigmoid(xr + hr)
    h = (1.0 - z) * h + z * tf.tanh(xh + r * hh)
    return h, [h]


def gru_of_two_shares(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z, r = tf.sigmoid(xz + hz), tf.sigmoid(xr + hr)
    h = z * h + (1.0 - r) * tf.tanh(xh + r * hh)
    return h, [h]


def gru_of_two_minus(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z, r = tf.sigmoid(xz + hz), tf.sigmoid(xr + hr)
    h = z * h + (2.0 - z) * tf.tanh(xh + r * hh)
    return h, [h]


def gru_of_reset_input(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z, r = tf.sigmoid(xz + hz), tf.sigmoid(xr + hr)
    h = z * h + (1.0 - z) * tf.tanh(hh + r * xh)
    return h, [h]


def gru_without_reset(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z = tf.sigmoid(xz + hz)
    h = z * h + (1.0 - z) * tf.tanh(xh + hh)
    return h, [h]


def gru_of_mixed_gates(x, states):
    h, xz, xr, xh, hz, hr, hh = gru_parts(x, states)
    z, r = tf.sigmoid(xz + hz), tf.tanh(xr + hr)
    h = z * h + (1.0 - z) * tf.tanh(xh + r * hh)
    return h, [h]


def rnn_without_input(x, states):
    h = tf.tanh(tf.matmul(states[0], weights(1)[1]))
    return h, [h]


def rnn_without_state(x, states):
    h = tf.tanh(tf.matmul(x, weights(1)[0]))
    return h, [h]


def rnn_outputs_before(x, states):
    h, states = rnn_cell(x, states)
    return h + 1.0, states


def rnn_of_the_counter(x, states):
    h, [state] = rnn_cell(x, states)
    return h, [state * 0.5]


def rnn_of_squares(x, states):
    h = tf.tanh(tf.matmul(x * x, weights(1)[0]) + tf.matmul(states[0], weights(1)[1]))
    return h, [h]


def rnn_of_two_products(x, states):
    w, r, b = weights(1)
    h = tf.tanh(tf.matmul(x, w) + tf.matmul(states[0], r) + tf.matmul(states[0], r))
    return h, [h]


def rnn_of_a_wide_bias(x, states):
    h = tf.tanh(tf.matmul(x, weights(1)[0]) + tf.matmul(states[0], weights(1)[1]) + tf.constant([[1.0] * H, [2.0] * H]))
    return h, [h]


for function in (lstm_outputs_memory, lstm_with_peephole, lstm_with_coupled_gates, lstm_of_old_memory, lstm_of_mixed_gates, lstm_of_its_memory, lstm_that_forgets_what_it_said, lstm_with_clipped_memory, lstm_subtracting, lstm_scaled):
    varied(function.__name__.replace("_", " "), function, 2)
for function in (gru_of_other_share, gru_of_two_shares, gru_of_two_minus, gru_of_reset_input, gru_without_reset, gru_of_mixed_gates, rnn_without_input, rnn_without_state, rnn_outputs_before, rnn_of_the_counter, rnn_of_squares, rnn_of_two_products, rnn_of_a_wide_bias):
    varied(function.__name__.replace("_", " "), function, 1)


def two_cells(x, states):
    h, first = lstm_cell(x, states[:2])
    output, second = rnn_cell(h, states[2:], weights(1, inputs=H))
    return output, [*first, *second]


varied("an LSTM and an RNN in one", two_cells, 3)


def run_masked(x, mask):
    """Where the mask is false, output and states stay what they were."""

    def step(i, output, h, c):
        new, [new_h, new_c] = lstm_cell(rows.read(i), [h, c])
        keep = masks.read(i)[:, None]
        return i + 1, tf.where(keep, new, output), tf.where(keep, new_h, h), tf.where(keep, new_c, c)

    time = tf.shape(x)[0]
    rows = tf.TensorArray(tf.float32, size=time).unstack(x)
    masks = tf.TensorArray(tf.bool, size=time).unstack(mask)
    start = zeros(x, 3)
    shapes = [tf.TensorShape([]), *[tf.TensorShape([None, H])] * 3]
    return tf.while_loop(lambda i, *_: i < time, step, [tf.constant(0), *start], shape_invariants=shapes)[1:]


case(
    "Loop of an LSTM that skips rows", run_masked, x=X,
    mask=np.array([[True, True], [False, True], [True, False], [False, False], [True, True]]),
    dynamic={"x": [None, None, I], "mask": [None, None]},
)  # fmt: skip
