"""Control flow: If, Case, While, TensorList."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("control_flow")
raw = tf.raw_ops

X = F.random([2, 3])

# --- If, Case


def branches(condition, x):
    return tf.cond(condition, lambda: (x * 2.0, x), lambda: (x + 1.0, x))


for value in (True, False):
    F.case(f"If {value}", branches, condition=np.bool_(value), x=X)
    F.case(f"If of a constant {value}", branches, condition=F.const(np.bool_(value)), x=X)
    F.case(f"If in an If {value}", lambda a, b, x: tf.cond(a, lambda: tf.cond(b, lambda: x + 1.0, lambda: x - 1.0), lambda: x * x), a=np.bool_(value), b=np.bool_(not value), x=X)
    F.case(
        f"If whose branches have different shapes {value}",
        lambda condition, x: tf.cond(condition, lambda: tf.concat([x, x], 0), lambda: x),
        condition=np.bool_(value), x=X,
    )
    F.case(
        f"If that returns constants and captured values {value}",
        lambda condition, x: tf.cond(condition, lambda: (tf.constant([1, 2]), x), lambda: (tf.constant([3, 4]), tf.zeros_like(x))),
        condition=np.bool_(value), x=X,
    )
    F.case(
        f"If that raises in one branch {value}",
        lambda condition, x, i: tf.cond(condition, lambda: tf.gather(x, i), lambda: x[0]),
        condition=np.bool_(value), x=X, i=np.int32(5),
    )


def if_op(name, then, other, condition_type):
    """An If by its raw op: the condition may be a number, too."""

    def build(condition, x):
        spec = tf.TensorSpec(x.shape, x.dtype)
        return getattr(raw, name)(
            cond=condition, input=[x], Tout=[x.dtype],
            then_branch=tf.function(then).get_concrete_function(spec),
            else_branch=tf.function(other).get_concrete_function(spec),
        )  # fmt: skip

    return build


for dtype in (np.float32, np.int32, np.int64, np.float16):
    for value in (0, 1, -2):
        F.case(
            f"If on {np.dtype(dtype).name} {value}",
            lambda condition, x: tf.cond(tf.not_equal(condition, 0), lambda: x * 2.0, lambda: x),
            condition=dtype(value), x=X, dynamic=False,
        )

for index in (-1, 0, 1, 2, 3, 7):
    F.case(
        f"Case {index}",
        lambda index, x: tf.switch_case(index, [lambda: x + 1.0, lambda: x * 2.0, lambda: -x]),
        index=np.int32(index), x=X,
    )
    F.case(
        f"Case of a constant {index}",
        lambda index, x: tf.switch_case(index, [lambda: x + 1.0, lambda: x * 2.0, lambda: -x]),
        index=F.const(np.int32(index)), x=X,
    )
F.case("Case of one branch", lambda index, x: tf.switch_case(index, [lambda: x + 1.0]), index=np.int32(4), x=X)

# --- While


def loop(condition, body, *variables, **options):
    return tf.while_loop(condition, body, list(variables), **options)


def doubled(n, x):
    return loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x)


for n in (-1, 0, 1, 3):
    F.case(f"While of {n} rounds", doubled, n=np.int32(n), x=X)
    F.case(f"While of a constant {n} rounds", doubled, n=F.const(np.int32(n)), x=X)
    F.case(f"While from {n}", lambda n, x: loop(lambda i, x: i < 4, lambda i, x: (i + 2, x + tf.cast(i, tf.float32)), n, x), n=np.int32(n), x=X)
    F.case(f"While int64 of {n} rounds", lambda n, x: loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 2.0), tf.constant(0, tf.int64), x), n=np.int64(n), x=X)

for title, start, step, condition in (
    ("<", 0, 1, lambda i, n: i < n),
    ("<=", 0, 1, lambda i, n: i <= n),
    ("< by 3", -2, 3, lambda i, n: i < n),
    ("<= by 3", 1, 3, lambda i, n: i <= n),
    ("> down", 7, -1, lambda i, n: i > n),
    (">= down", 7, -1, lambda i, n: i >= n),
    ("> down by 4", 9, -4, lambda i, n: i > n),
    (">= down by 4", 9, -4, lambda i, n: i >= n),
    ("flipped >", 0, 2, lambda i, n: n > i),
    ("flipped <", 9, -2, lambda i, n: n < i),
):
    for n in (-3, 1, 4, 5):
        F.case(
            f"While i {title} {n}",
            lambda n, x, start=start, step=step, condition=condition: loop(
                lambda i, x: condition(i, n), lambda i, x: (i + step, x + tf.cast(i, tf.float32)), tf.constant(start), x
            ),
            n=np.int32(n), x=X[:, :1],
        )
F.case("While with i - -2", lambda n: loop(lambda i: i < n, lambda i: (i - -2,), tf.constant(0)), n=np.int32(5))
F.case("While with 1 + i", lambda n: loop(lambda i: i < n, lambda i: (1 + i,), tf.constant(0)), n=np.int32(5))
F.case("While with a step that is a variable", lambda n: loop(lambda i, d: i < n, lambda i, d: (i + d, d), tf.constant(0), tf.constant(2)), n=np.int32(5))
for n in (1, 3, 9):
    F.case(f"While of at most {n} rounds", lambda n, x: loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 2.0), tf.constant(0), x, maximum_iterations=n), n=np.int32(n), x=X)
    F.case(f"While until a sum passes {n * 10}", lambda n, x: loop(lambda i, x: tf.reduce_sum(x) < n, lambda i, x: (i + 1, x + 1.0), tf.constant(0), x), n=np.float32(n * 10), x=X)
F.case("While whose condition is false at once", lambda x: loop(lambda x: tf.reduce_sum(x) > 1e6, lambda x: x * 2.0, x), x=X)
F.case("While with a limit and a condition", lambda x: loop(lambda i, x: (i < 10) & (tf.reduce_sum(x) < 50.0), lambda i, x: (i + 1, x + 1.0), tf.constant(0), x), x=X)
F.case("While whose bound moves", lambda n: loop(lambda i, n: i < n, lambda i, n: (i + 2, n + 1), tf.constant(0), n), n=np.int32(4))
F.case("While of two that change places", lambda a, b: loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, b, a), tf.constant(0), a, b), a=X, b=X + 1)
F.case("While of two that change places, of different sizes", lambda a, b: loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, b, a), tf.constant(0), a, b, shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3]), tf.TensorShape([None, 3])]), a=X, b=X[:1])
F.case("While Fibonacci", lambda n: loop(lambda i, a, b: i < n, lambda i, a, b: (i + 1, b, a + b), tf.constant(0), tf.constant(0, tf.int64), tf.constant(1, tf.int64)), n=np.int32(40))
for n in (0, 1, 3):
    F.case(
        f"While that grows {n} times",
        lambda n, x: loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.concat([y, x], 0)), tf.constant(0), x, shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])]),
        n=np.int32(n), x=X,
    )
    F.case(
        f"While that grows from nothing {n} times",
        lambda n, x: loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.concat([y, x], 0)), tf.constant(0), tf.zeros([0, 3]), shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])]),
        n=np.int32(n), x=X,
    )
    F.case(
        f"While that reads the shape of what grows {n} times",
        lambda n, x: loop(
            lambda i, y: i < n, lambda i, y: (i + 1, tf.reshape(tf.concat([y, x], 0), [tf.shape(y)[0] + tf.shape(x)[0], 3]) + tf.cast(tf.shape(y)[0], tf.float32)),
            tf.constant(0), x, shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])],
        ),
        n=np.int32(n), x=X,
    )
    F.case(
        f"While in a While {n} times",
        lambda n, x: loop(
            lambda i, x: i < n, lambda i, x: (i + 1, loop(lambda j, y: j < i, lambda j, y: (j + 1, y * 2.0 + tf.cast(i, tf.float32)), tf.constant(0), x)[1]),
            tf.constant(0), x,
        ),
        n=np.int32(n), x=X,
    )
    F.case(
        f"If in a While {n} times",
        lambda n, x: loop(lambda i, x: i < n, lambda i, x: (i + 1, tf.cond(i % 2 == 0, lambda: x * 2.0, lambda: x - 1.0)), tf.constant(0), x),
        n=np.int32(n), x=X,
    )
    F.case(
        f"While in an If {n} times",
        lambda n, x: tf.cond(n > 1, lambda: doubled(n, x)[1], lambda: x),
        n=np.int32(n), x=X,
    )
    F.case(
        f"While that gathers {n} times",
        lambda n, x, table: loop(lambda i, x: i < n, lambda i, x: (i + 1, x + tf.gather(table, i)), tf.constant(0), x),
        n=np.int32(n), x=X[0], table=F.random([2, 3]),
    )
    F.case(
        f"While that changes nothing {n} times",
        lambda n, x: loop(lambda i, x: i < n, lambda i, x: (i + 1, x), tf.constant(0), x),
        n=np.int32(n), x=X,
    )
F.case("While with a counter that is read", lambda n, x: loop(lambda i, s: i < n, lambda i, s: (i + 1, s + tf.gather(x, i) * tf.cast(i, tf.float32)), tf.constant(0), 0.0), n=np.int32(3), x=X[0])
F.case("While that is not a scalar condition", lambda x: loop(lambda i, x: tf.reduce_any(x < 10.0), lambda i, x: (i + 1, x + 1.0), tf.constant(0), x), x=X)
F.case("While with a variable", lambda x, v: loop(lambda i, x: i < 3, lambda i, x: (i + 1, x + v), tf.constant(0), x), x=X, variables={"v": np.float32([1, 2, 3])})
F.case("While of bool", lambda x: loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.logical_not(x)), tf.constant(0), x), x=np.array([True, False]))
F.case("While of float16", lambda x: loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * x), tf.constant(0), x), x=np.float16([0.5, 1.1]))
F.case("While of bfloat16", lambda x: loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * x), tf.constant(0), x), x=np.array([0.5, 1.1], tf.bfloat16.as_numpy_dtype))
F.case("While of strings", lambda x: loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.strings.join([x, x])), tf.constant(0), x), x=np.array([b"a"]), refused=True)

# --- lists in graphs

SHAPE = np.int32([3])


def reserved(n, shape=SHAPE, dtype=tf.float32):
    return raw.TensorListReserve(element_shape=shape, num_elements=n, element_dtype=dtype)


def stack(handle, shape=SHAPE, dtype=tf.float32, n=-1):
    return raw.TensorListStack(input_handle=handle, element_shape=shape, element_dtype=dtype, num_elements=n)


def from_tensor(x, shape=SHAPE):
    return raw.TensorListFromTensor(tensor=x, element_shape=shape)


def get(handle, i, shape=SHAPE, dtype=tf.float32):
    return raw.TensorListGetItem(input_handle=handle, index=i, element_shape=shape, element_dtype=dtype)


F.case("list from a tensor, stacked", lambda x: stack(from_tensor(x)), x=X)
F.case("list from a tensor, of another shape", lambda x: stack(from_tensor(x, np.int32([4])), np.int32([4])), x=X)
F.case("list stacked with another shape", lambda x: stack(from_tensor(x, np.int32(-1)), np.int32([4])), x=X)
F.case("list stacked with its length", lambda x: stack(from_tensor(x), n=2), x=X)
F.case("list stacked with another length", lambda x: stack(from_tensor(x), n=3), x=X)
F.case("list reserved, stacked", lambda n: stack(reserved(n)), n=np.int32(3))
F.case("list reserved, of unknown shape, stacked", lambda n: stack(reserved(n, np.int32([-1]), tf.float32), np.int32([-1])), n=np.int32(3))
F.case("list reserved, with a shape from the stack", lambda n: stack(reserved(n, np.int32(-1)), SHAPE), n=np.int32(3))
F.case("list reserved, with a shape of an input", lambda n, s: stack(reserved(n, s), np.int32(-1)), n=np.int32(3), s=np.int32([2, 1]))
F.case("list of nothing, stacked", lambda n: stack(reserved(n)), n=np.int32(0))
F.case("list of nothing of unknown shape, stacked", lambda x: stack(from_tensor(x, np.int32([-1])), np.int32([-1])), x=np.zeros([0, 3], np.float32))
for i in (0, 1, 2):  # TensorFlow itself does not survive reading element -1
    F.case(f"list element {i}", lambda x, i: get(from_tensor(x), i), x=X, i=np.int32(i))
    F.case(f"list element of a constant {i}", lambda x, i: get(from_tensor(x), i), x=X, i=F.const(np.int32(i)))
    F.case(f"list element {i} of a reserved list", lambda n, i: get(reserved(n), i), n=np.int32(2), i=np.int32(i))
    F.case(
        f"list element {i} set",
        lambda x, i, y: stack(raw.TensorListSetItem(input_handle=from_tensor(x), index=i, item=y)),
        x=X, i=np.int32(i), y=F.random([3], seed=1),
    )
    F.case(
        f"list element {i} set, growing",
        lambda x, i, y: stack(raw.TensorListSetItem(input_handle=from_tensor(x), index=i, item=y, resize_if_index_out_of_bounds=True)),
        x=X, i=np.int32(i), y=F.random([3], seed=1), refused=True,
    )
    F.case(
        f"list element {i} of a reserved list set, by a constant",
        lambda i, y: stack(raw.TensorListSetItem(input_handle=reserved(2), index=i, item=y)),
        i=F.const(np.int32(i)), y=F.random([3], seed=1),
    )
    F.case(
        f"list element {i} of a reserved list set, by a constant, growing",
        lambda i, y: stack(raw.TensorListSetItem(input_handle=reserved(2), index=i, item=y, resize_if_index_out_of_bounds=True)),
        i=F.const(np.int32(i)), y=F.random([3], seed=1),
    )
F.case("list element set of another shape", lambda x, y: stack(raw.TensorListSetItem(input_handle=from_tensor(x), index=0, item=y)), x=X, y=F.random([4]))
F.case("list element of unknown shape read", lambda n: get(reserved(n, np.int32([-1])), 0, np.int32([-1])), n=np.int32(2))
F.case("list length", lambda x: raw.TensorListLength(input_handle=from_tensor(x)), x=X)
F.case("list length of a reserved list", lambda n: raw.TensorListLength(input_handle=reserved(n)), n=np.int32(4))
for dtype in (tf.int32, tf.int64):
    F.case(f"list element shape {dtype.name}", lambda x, d=dtype: raw.TensorListElementShape(input_handle=from_tensor(x), shape_type=d), x=X)
    F.case(f"list element shape {dtype.name} of unknown sizes", lambda x, d=dtype: raw.TensorListElementShape(input_handle=from_tensor(x, np.int64([-1])), shape_type=d), x=X)
    F.case(f"list element shape {dtype.name} of unknown rank", lambda x, d=dtype: raw.TensorListElementShape(input_handle=from_tensor(x, np.int32(-1)), shape_type=d), x=X)


def pushed(*values):
    handle = raw.EmptyTensorList(element_shape=SHAPE, max_num_elements=-1, element_dtype=tf.float32)
    for value in values:
        handle = raw.TensorListPushBack(input_handle=handle, tensor=value)
    return handle


def popped(handle):
    return raw.TensorListPopBack(input_handle=handle, element_shape=SHAPE, element_dtype=tf.float32)


F.case("list pushed", lambda a, b: stack(pushed(a, b)), a=X[0], b=X[1])
F.case("list pushed onto a tensor", lambda x, b: stack(raw.TensorListPushBack(input_handle=from_tensor(x), tensor=b)), x=X, b=X[1])
F.case("list popped", lambda a, b: (popped(pushed(a, b))[1], stack(popped(pushed(a, b))[0])), a=X[0], b=X[1])
F.case("list popped from a tensor", lambda x: (popped(from_tensor(x))[1], stack(popped(from_tensor(x))[0])), x=X)
F.case("list popped when empty", lambda x: popped(from_tensor(x))[1], x=X[:0])
F.case("list popped when it never had any", lambda x: popped(pushed())[1] + x, x=X)
for n in (0, 1, 3):
    F.case(f"list resized to {n}", lambda x, n=n: stack(raw.TensorListResize(input_handle=from_tensor(x), size=n)), x=X, dynamic=False)
F.case("list gathered", lambda x, i: raw.TensorListGather(input_handle=from_tensor(x), indices=i, element_shape=SHAPE, element_dtype=tf.float32), x=X, i=np.int32([1, 0, 1]))
for i in (2,):
    F.case(f"list gathered at {i}", lambda x, i: raw.TensorListGather(input_handle=from_tensor(x), indices=i, element_shape=SHAPE, element_dtype=tf.float32), x=X, i=np.int32([0, i]))
for n in (-1, 3, 4):
    F.case(
        f"list scattered to {n}",
        lambda x, n=n: stack(raw.TensorListScatterV2(tensor=x, indices=[2, 0], element_shape=SHAPE, num_elements=n)),
        x=X, dynamic={"x": [2, 3]},
    )
F.case("list scattered out of range", lambda x: stack(raw.TensorListScatterV2(tensor=x, indices=[2, 0], element_shape=SHAPE, num_elements=2)), x=X, dynamic=False)
F.case("list scattered without length", lambda x: stack(raw.TensorListScatter(tensor=x, indices=[1, 0], element_shape=SHAPE)), x=X, dynamic=False)
F.case("list scattered into another", lambda x, y: stack(raw.TensorListScatterIntoExistingList(input_handle=from_tensor(y), tensor=x, indices=[2, 0])), x=X, y=F.random([4, 3]), dynamic=False)
F.case("list scattered twice to one place", lambda x: stack(raw.TensorListScatterV2(tensor=x, indices=[1, 1], element_shape=SHAPE, num_elements=2)), x=X, dynamic=False)


def concat(handle, shape=(-1, 3), leading=()):
    return raw.TensorListConcatV2(input_handle=handle, element_shape=np.int32(shape), leading_dims=np.int64(leading), element_dtype=tf.float32)


F.case("list concatenated", lambda x: concat(from_tensor(x, np.int32([2, 3]))), x=F.random([4, 2, 3]))
F.case("list concatenated of parts of different lengths", lambda a, b: concat(raw.TensorListSplit(tensor=tf.concat([a, b], 0), element_shape=np.int32([-1, 3]), lengths=np.int64([1, 3]))), a=X, b=X)
F.case("list split", lambda x: stack(raw.TensorListSplit(tensor=x, element_shape=np.int32([-1, 3]), lengths=np.int64([1, 1])), np.int32([-1, 3])), x=X)
F.case("list split, an element", lambda x: get(raw.TensorListSplit(tensor=x, element_shape=np.int32([-1, 3]), lengths=np.int64([1, 3])), 1, np.int32([-1, 3])), x=F.random([4, 3]))
F.case("list split short", lambda x: stack(raw.TensorListSplit(tensor=x, element_shape=np.int32([-1, 3]), lengths=np.int64([1])), np.int32([-1, 3])), x=X)

# --- lists in loops


def case(name, function, **inputs):
    """A case whose answer depends on what is known of shapes: TensorFlow does not make up elements of unknown sizes."""
    F.case(f"{name}, known shapes", function, dynamic=False, **inputs)
    F.case(f"{name}, unknown shapes", function, dynamic="only", **inputs)


def array_loop(n, length, write, shape=(3,), **options):
    """A TensorArray of `length` that n rounds write to."""
    array = tf.TensorArray(tf.float32, size=length, element_shape=shape, **options)
    return loop(lambda i, a: i < n, lambda i, a: (i + 1, write(i, a)), tf.constant(0), array)[1]


for n in (0, 1, 3):
    for length in (1, 3, 4):
        F.case(f"{n} rounds write a list of {length}", lambda n, length, x: array_loop(n, length, lambda i, a: a.write(i, x * tf.cast(i, tf.float32))).stack(), n=np.int32(n), length=np.int32(length), x=X[0])
        F.case(f"{n} rounds write a list of a constant {length}", lambda n, x, length=length: array_loop(n, length, lambda i, a: a.write(i, x * tf.cast(i, tf.float32))).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write a list as long", lambda n, x: array_loop(n, n, lambda i, a: a.write(i, x * tf.cast(i, tf.float32))).stack(), n=np.int32(n), x=X[0])
    case(f"{n} rounds write a list as long, of unknown sizes", lambda n, x: array_loop(n, n, lambda i, a: a.write(i, x * tf.cast(i, tf.float32)), (None,)).stack(), n=np.int32(n), x=X[0])
    case(f"{n} rounds write a longer list, of unknown sizes", lambda n, x: array_loop(n, n + 1, lambda i, a: a.write(i, x * tf.cast(i, tf.float32)), (None,)).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write a list that grows", lambda n, x: array_loop(n, 0, lambda i, a: a.write(i, x * tf.cast(i, tf.float32)), dynamic_size=True).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write a list that grows beyond 2", lambda n, x: array_loop(n, 2, lambda i, a: a.write(i, x * tf.cast(i, tf.float32)), dynamic_size=True).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write the only element", lambda n, x: array_loop(n, 1, lambda i, a: a.write(0, x * tf.cast(i, tf.float32))).stack(), n=np.int32(n), x=X[0])
    case(f"{n} rounds write the only element, of unknown sizes", lambda n, x: array_loop(n, 1, lambda i, a: a.write(0, x * tf.cast(i, tf.float32)), (None,)).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write from the end", lambda n, x: array_loop(n, 4, lambda i, a: a.write(3 - i, x * tf.cast(i, tf.float32))).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write, starting at 1", lambda n, x: loop(lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, x)), tf.constant(1), tf.TensorArray(tf.float32, size=4, element_shape=[3]))[1].stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write every other element", lambda n, x: array_loop(n, 6, lambda i, a: a.write(2 * i, x)).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write what they read", lambda n, x: array_loop(n, 5, lambda i, a: a.write(i + 1, a.read(i) + x)).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds write if they should", lambda n, x: array_loop(n, 5, lambda i, a: tf.cond(i % 2 == 0, lambda: a.write(i, x), lambda: a)).stack(), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds push", lambda n, x: stack(loop(lambda i, a: i < n, lambda i, a: (i + 1, raw.TensorListPushBack(input_handle=a, tensor=x * tf.cast(i, tf.float32))), tf.constant(0), pushed())[1]), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds push onto one", lambda n, x: stack(loop(lambda i, a: i < n, lambda i, a: (i + 1, raw.TensorListPushBack(input_handle=a, tensor=x * tf.cast(i, tf.float32))), tf.constant(0), pushed(x))[1]), n=np.int32(n), x=X[0])
    F.case(f"{n} rounds push and pop", lambda n, x: stack(loop(lambda i, a: i < n, lambda i, a: (i + 1, popped(raw.TensorListPushBack(input_handle=a, tensor=x))[0]), tf.constant(0), pushed(x))[1]), n=np.int32(n), x=X[0])
    case(f"map_fn over {n}", lambda x: tf.map_fn(lambda row: tf.reduce_sum(row) * row, x), x=F.random([n, 3]))
    case(f"map_fn over {n}, to another dtype", lambda x: tf.map_fn(lambda row: tf.cast(row, tf.int32)[:2], x, fn_output_signature=tf.int32), x=F.random([n, 3]))
    case(f"map_fn over {n}, of two", lambda x, y: tf.map_fn(lambda pair: (pair[0] + pair[1], pair[0]), (x, y)), x=F.random([n, 3]), y=F.random([n, 3], seed=1))
    case(f"map_fn over {n} in a map_fn", lambda x: tf.map_fn(lambda row: tf.map_fn(lambda one: one * one, row), x), x=F.random([n, 3]))
    F.case(f"scan over {n}", lambda x: tf.scan(lambda a, b: a * 0.5 + b, x), x=F.random([n, 3]))
    F.case(f"scan over {n} from zeros", lambda x: tf.scan(lambda a, b: a * 0.5 + b, x, initializer=tf.zeros([3])), x=F.random([n, 3]))
    F.case(f"scan over {n} backwards", lambda x: tf.scan(lambda a, b: a * 0.5 + b, x, initializer=tf.zeros([3]), reverse=True), x=F.random([n, 3]))
    F.case(f"foldl over {n}", lambda x: tf.foldl(lambda a, b: a * 0.5 + b, x, initializer=tf.zeros([3])), x=F.random([n, 3]))
    F.case(f"foldr over {n}", lambda x: tf.foldr(lambda a, b: a * 0.5 + b, x, initializer=tf.zeros([3])), x=F.random([n, 3]))
    F.case(
        f"lists of a loop in a loop of {n}",
        lambda n, x: array_loop(n, n, lambda i, a: a.write(i, array_loop(3, 3, lambda j, b: b.write(j, x[j] * tf.cast(i + j, tf.float32)), ()).stack())).stack(),
        n=np.int32(n), x=X[0],
    )

for i in (1,):
    F.case(f"rounds that read beyond a list by {i}", lambda n, x, i=i: loop(lambda j, s: j < n, lambda j, s: (j + 1, s + get(from_tensor(x), j + i)), tf.constant(0), tf.zeros([3]))[1], n=np.int32(2), x=X)
F.case("rounds that write beyond a list", lambda n, x: array_loop(n, 3, lambda i, a: a.write(2 - i, x)).stack(), n=np.int32(4), x=X[0])
F.case("rounds that write elements of several sizes", lambda n, x: array_loop(n, n, lambda i, a: a.write(i, x[:i]), (None,)).stack(), n=np.int32(3), x=X[0])
F.case("rounds that write and end by a condition", lambda x: loop(lambda i, a, s: s < 9.0, lambda i, a, s: (i + 1, a.write(i, x * s), s * 2.0), tf.constant(0), tf.TensorArray(tf.float32, size=8, element_shape=[3]), 1.0)[1].stack(), x=X[0])
F.case("rounds that write and end by a condition, growing", lambda x: loop(lambda i, a, s: s < 9.0, lambda i, a, s: (i + 1, a.write(i, x * s), s * 2.0), tf.constant(0), tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=[3]), 1.0)[1].stack(), x=X[0])
F.case("rounds that write beyond the end by a condition", lambda x: loop(lambda i, a, s: s < 9.0, lambda i, a, s: (i + 1, a.write(i, x * s), s * 2.0), tf.constant(0), tf.TensorArray(tf.float32, size=2, element_shape=[3]), 1.0)[1].stack(), x=X[0])
F.case("rounds that write, concatenated", lambda n, x: array_loop(n, n, lambda i, a: a.write(i, x * tf.cast(i, tf.float32))).concat(), n=np.int32(3), x=X[0])
F.case("rounds that write int32", lambda n: loop(lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, i * i)), tf.constant(0), tf.TensorArray(tf.int32, size=5, element_shape=[]))[1].stack(), n=np.int32(3))

# --- Assert, Print

for value in (1.0, -1.0):
    x = np.float32(value)

    def asserted(x):
        tf.debugging.assert_positive(x, message="not positive")
        return x * 2.0

    F.case(f"Assert of {value}", asserted, x=x)
    F.case(f"Assert of {value} in an If", lambda x: tf.cond(x < 5.0, lambda: asserted(x), lambda: x), x=x)
    F.case(f"Assert of {value} in the other branch", lambda x: tf.cond(x < -5.0, lambda: asserted(x), lambda: x), x=x)
    F.case(f"Assert of {value} in a While", lambda x: loop(lambda i, y: i < 3, lambda i, y: (i + 1, asserted(y)), tf.constant(0), x), x=x)
    F.case(f"Assert of {value} in a While by a condition", lambda x: loop(lambda y: tf.abs(y) < 9.0, asserted, x), x=x)
    F.case(f"Assert of {value} in a While that fails at its third round", lambda x: loop(lambda i, y: i < 4, lambda i, y: (i + 1, asserted(y - 1.0)), tf.constant(0), x), x=x + 2)
    F.case(f"Assert of {value} in an If in a While", lambda x: loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.cond(y < 5.0, lambda: asserted(y), lambda: y)), tf.constant(0), x), x=x)


def printed(x):
    tf.print("x is", x, tf.strings.as_string(x))
    return x + 1.0


F.case("Print", lambda x: raw.Print(input=x, data=[x], message="x"), x=np.float32(1))
F.case("PrintV2", printed, x=np.float32(1))
F.case("PrintV2 in a While", lambda x: loop(lambda i, y: i < 3, lambda i, y: (i + 1, printed(y)), tf.constant(0), x), x=np.float32(1))

# --- rounds on the host


def lengths(start):
    """Pushes the lengths of strings onto a list."""

    def build(x):
        handle = raw.EmptyTensorList(element_shape=np.int32([]), max_num_elements=-1, element_dtype=tf.int32)
        for value in start:
            handle = raw.TensorListPushBack(input_handle=handle, tensor=np.int32(value))
        push = lambda i, a: (i + 1, raw.TensorListPushBack(input_handle=a, tensor=tf.strings.length(x[i])))
        return stack(loop(lambda i, a: i < tf.shape(x)[0], push, tf.constant(0), handle)[1], np.int32([]), tf.int32)

    return build


F.case("rounds that push lengths of strings", lengths([]), x=np.array([b"a", b"", b"abc"]))
F.case("rounds that push lengths of strings onto one", lengths([7]), x=np.array([b"a", b"", b"abc"]), refused=True)
F.case("rounds that add up lengths of strings", lambda x: loop(lambda i, n: i < tf.shape(x)[0], lambda i, n: (i + 1, n + tf.strings.length(x[i])), tf.constant(0), tf.constant(0)), x=np.array([b"a", b"abc"]), refused=True)
