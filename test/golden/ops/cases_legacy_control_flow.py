"""Control flow of TensorFlow 1: Enter, Merge, Switch, NextIteration, Exit, and TensorArrays."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("legacy_control_flow")
v1 = tf.compat.v1

X = F.random([3, 2])


def case(name, function, **options):
    F.case(name, function, legacy=True, **options)


def loop(condition, body, *variables, **options):
    return v1.while_loop(condition, body, list(variables), **options)


for value in (True, False):
    case(f"cond {value}", lambda p, x: v1.cond(p, lambda: x * 2.0, lambda: x + 1.0), p=np.bool_(value), x=X)
    case(f"cond of a constant {value}", lambda p, x: v1.cond(tf.equal(p, 1), lambda: x * 2.0, lambda: x + 1.0), p=F.const(np.int32(value)), x=X)
    case(f"cond of constants {value}", lambda p: v1.cond(p, lambda: tf.constant([1, 2]), lambda: tf.constant([3, 4])), p=np.bool_(value))
    case(f"cond that hands on {value}", lambda p, x, y: v1.cond(p, lambda: x, lambda: y), p=np.bool_(value), x=X, y=X + 1)
    case(f"cond of two {value}", lambda p, x: v1.cond(p, lambda: (x * 2.0, x - 1.0), lambda: (x + 1.0, x)), p=np.bool_(value), x=X)
    case(f"cond that raises in one branch {value}", lambda p, x, i: v1.cond(p, lambda: tf.gather(x, i), lambda: x[0]), p=np.bool_(value), x=X, i=np.int32(9))
    case(f"cond after cond {value}", lambda p, x: v1.cond(tf.reduce_sum(v1.cond(p, lambda: x, lambda: -x)) > 0.0, lambda: x * 2.0, lambda: x + 1.0), p=np.bool_(value), x=X)
    for other in (True, False):
        case(
            f"cond in cond {value} {other}",
            lambda p, q, x: v1.cond(p, lambda: v1.cond(q, lambda: x * 2.0, lambda: x + 1.0), lambda: v1.cond(q, lambda: x - 1.0, lambda: tf.zeros_like(x)) * 3.0),
            p=np.bool_(value), q=np.bool_(other), x=X,
        )
    case(f"loop in cond {value}", lambda p, x: v1.cond(p, lambda: loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x)[1], lambda: x), p=np.bool_(value), x=X)
for n in (0, 1, 4):
    case(f"{n} rounds", lambda n, x: loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x), n=np.int32(n), x=X)
    case(f"{n} rounds that capture", lambda n, x, y: loop(lambda i, x: i < n, lambda i, x: (i + 1, x * y + tf.cast(i, tf.float32)), tf.constant(0), x), n=np.int32(n), x=X, y=X)
    case(f"at most {n} rounds", lambda n, x: loop(lambda i, x: i < 3, lambda i, x: [i + 1, x * 2.0], tf.constant(0), x, maximum_iterations=n), n=np.int32(n), x=X)
    case(f"{n} rounds, then others", lambda n, x: loop(lambda i, x: i < 2, lambda i, x: (i + 1, x + 1.0), *loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x)), n=np.int32(n), x=X)
    case(
        f"{n} rounds of rounds",
        lambda n, x, y: loop(
            lambda i, x: i < n, lambda i, x: (i + 1, loop(lambda j, z: j < i, lambda j, z: (j + 1, z * y + tf.cast(i, tf.float32)), tf.constant(0), x)[1]),
            tf.constant(0), x,
        ),
        n=np.int32(n), x=X, y=X,
    )  # fmt: skip
    case(f"{n} rounds with cond", lambda n, x: loop(lambda i, x: i < n, lambda i, x: (i + 1, v1.cond(tf.equal(i % 2, 0), lambda: x * 2.0, lambda: x - 1.0)), tf.constant(0), x), n=np.int32(n), x=X)
    case(f"{n} rounds that grow", lambda n, x: loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.concat([y, x], 0)), tf.constant(0), x, shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 2])]), n=np.int32(n), x=X)
    case(f"{n} rounds that write an array", lambda n, x: loop(lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, x[0] * tf.cast(i, tf.float32))), tf.constant(0), tf.TensorArray(tf.float32, n, element_shape=[2]))[1].stack(), n=np.int32(n), x=X)
    case(f"{n} rounds that write a growing array", lambda n, x: loop(lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, x[0] * tf.cast(i, tf.float32))), tf.constant(0), tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[2]))[1].stack(), n=np.int32(n), x=X)
    case(f"map over {n}", lambda x: v1.map_fn(lambda row: row * tf.reduce_sum(row), x), x=F.random([n, 2]), dynamic={"x": [None, 2]})
    case(f"scan over {n}", lambda x: v1.scan(lambda a, row: a * 0.5 + row, x, initializer=tf.zeros([2])), x=F.random([n, 2]), dynamic={"x": [None, 2]})
    case(f"foldl over {n}", lambda x: v1.foldl(lambda a, row: a * 0.5 + row, x, initializer=tf.zeros([2])), x=F.random([n, 2]), dynamic={"x": [None, 2]})
case("rounds by a condition", lambda x: loop(lambda i, x: tf.reduce_sum(tf.abs(x)) < 99.0, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x), x=X)
case("an array", lambda x: (lambda a: (a.read(1), a.stack(), a.size(), a.gather([2, 0])))(tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)), x=X)
case("an array that is written", lambda x: tf.TensorArray(tf.float32, 2, element_shape=[2]).write(1, x[0]).write(0, x[1]).stack(), x=X)
case("an array read beyond its end", lambda x: tf.TensorArray(tf.float32, 3).unstack(x).read(3), x=X)
case("an array that is concatenated", lambda x: tf.TensorArray(tf.float32, 3, infer_shape=False).unstack(tf.stack([x, x, x])).concat(), x=X)


def checked(x):
    with tf.control_dependencies([v1.assert_positive(x)]):
        return tf.identity(x) * 2.0


def guarded(x):
    with tf.control_dependencies([v1.Assert(x > 0.0, [x])]):
        return x * 2.0


for value in (1.0, -1.0):
    case(f"assertion about {value}", lambda x: v1.cond(x < 9.0, lambda: checked(x), lambda: x), x=np.float32(value))
    case(f"assertion about {value} with a guard", lambda x: guarded(x), x=np.float32(value))
