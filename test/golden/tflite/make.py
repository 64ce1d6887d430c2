"""Makes the small TFLite models and their goldens: python make.py (tensorflow 2.21).

Each model lies beside this script as NAME.tflite, and goldens.json holds for each the cases with the inputs and what
tf.lite.Interpreter answers, each case on a new interpreter. The interpreter runs XNNPACK, as the server's runtime does.
Where the reference kernels (BUILTIN_REF) answer otherwise, `reference` holds the greatest difference.
"""

import json
import os
import tempfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='-1', TF_ENABLE_ONEDNN_OPTS='0')

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.lite.python import schema_py_generated as schema
import flatbuffers
from flatbuffers import flexbuffers

HERE = os.path.dirname(os.path.abspath(__file__))
SAVED = tempfile.mkdtemp()
goldens = {}
rng = np.random.default_rng(7)


def plain(a):
    a = np.asarray(a)
    kind = a.dtype.kind
    data = a.reshape(-1).tolist()
    if kind == 'f':
        data = [repr(float(v)) if not np.isfinite(v) else float(v) for v in a.reshape(-1)]
    elif a.dtype in (np.int64, np.uint64):
        data = [str(v) for v in data]
    return {'dtype': a.dtype.name, 'shape': list(a.shape), 'data': data}


def answer(data, signature, inputs, reference):
    kind = tf.lite.experimental.OpResolverType
    it = tf.lite.Interpreter(
        model_content=data, experimental_op_resolver_type=kind.BUILTIN_REF if reference else kind.AUTO)
    if it.get_signature_list():
        return it.get_signature_runner(signature)(**inputs)
    for d in it.get_input_details():
        it.resize_tensor_input(d['index'], inputs[d['name'].removesuffix(':0')].shape)
    it.allocate_tensors()
    for d in it.get_input_details():
        it.set_tensor(d['index'], inputs[d['name'].removesuffix(':0')])
    it.invoke()
    return {d['name'].removesuffix(':0'): it.get_tensor(d['index']) for d in it.get_output_details()}


def save(name, data, cases, signature='serving_default'):
    with open(f'{HERE}/{name}.tflite', 'wb') as f:
        f.write(data)
    entries = goldens.setdefault(name, [])
    for case in cases:
        inputs, key = (case, signature) if isinstance(case, dict) else case
        outputs = answer(data, key, inputs, False)
        entry = {'signature': key, 'inputs': {k: plain(v) for k, v in inputs.items()},
                 'outputs': {k: plain(v) for k, v in outputs.items()}}
        try:
            other = answer(data, key, inputs, True)
            entry['reference'] = max(
                float(np.max(np.abs(np.asarray(outputs[k], np.float64) - np.asarray(other[k], np.float64)), initial=0))
                for k in outputs)
        except (RuntimeError, ValueError):
            pass
        entries.append(entry)
    print(name, len(data), [e.get('reference') for e in entries], flush=True)


def spec(dtype, *shape, name):
    return tf.TensorSpec(shape, dtype, name)


def convert(functions, configure=None):
    """functions: {signature: (python function, specs)}"""
    module = tf.Module()
    module.calls = {k: tf.function(f, input_signature=s) for k, (f, s) in functions.items()}
    for k, f in module.calls.items():
        setattr(module, 'call_' + k, f)
    tf.saved_model.save(module, SAVED, signatures={k: f.get_concrete_function() for k, f in module.calls.items()})
    c = tf.lite.TFLiteConverter.from_saved_model(SAVED, signature_keys=list(functions))
    if configure:
        configure(c)
    return c.convert()


def keras_model(model, spec_, configure=None):
    """Freezes the variables first, which the converter (2.21) leaves in the file otherwise."""
    fn = tf.function(lambda x: model(x)).get_concrete_function(spec_)
    frozen = convert_variables_to_constants_v2(fn)
    return convert({'serving_default': (lambda x: {'y': frozen(x)[0]}, [spec_])}, configure)


def without_signatures(data):
    m = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    m.signatureDefs = None
    return pack(m)


def pack(m):
    b = flatbuffers.Builder(1024)
    b.Finish(m.Pack(b), b'TFL3')
    return bytes(b.Output())


def f32(*shape):
    return rng.normal(size=shape).astype(np.float32)


def arithmetic():
    half = {'serving_default': (lambda x: {'y': x * 0.5 + 2.0}, [spec(tf.float32, None, name='x')])}
    data = convert(half)
    save('half_plus_two', data, [{'x': f32(3)}, {'x': f32(1)}])
    plain_data = without_signatures(data)
    m = schema.ModelT.InitFromObj(schema.Model.GetRootAs(plain_data, 0))
    g = m.subgraphs[0]
    g.tensors[g.inputs[0]].name, g.tensors[g.outputs[0]].name = b'x:0', b'y:0'
    save('half_plus_two_nameless', pack(m), [{'x': f32(3)}])
    four = [spec(tf.int32, None, 4, name='a'), spec(tf.int32, None, 4, name='b')]
    save('add_sub', convert({'serving_default': (lambda a, b: {'sum': a + b, 'difference': a - b}, four)}),
         [{'a': np.arange(8, dtype=np.int32).reshape(2, 4), 'b': np.full((2, 4), 7, np.int32)}])
    save('signatures', convert({
        'serving_default': (lambda x: {'y': x + 1.0}, [spec(tf.float32, None, 2, name='x')]),
        'scale': (lambda x, by: {'y': x * by, 'by': by}, [spec(tf.float32, None, 3, name='x'), spec(tf.float32, name='by')]),
        'count': (lambda ids: {'total': tf.reduce_sum(ids)}, [spec(tf.int64, None, name='ids')]),
    }), [({'x': f32(2, 2)}, 'serving_default'), ({'x': f32(1, 3), 'by': np.float32(2.5)}, 'scale'),
         ({'ids': np.array([1, 2, 2**40], np.int64)}, 'count')])


def identities():
    types = {'BOOL': tf.bool, 'UINT8': tf.uint8, 'INT8': tf.int8, 'INT16': tf.int16, 'INT32': tf.int32, 'INT64': tf.int64,
             'FP16': tf.float16, 'FP32': tf.float32, 'FP64': tf.float64, 'UINT16': tf.uint16, 'UINT32': tf.uint32,
             'UINT64': tf.uint64}
    for name, t in types.items():
        try:
            data = convert({'serving_default': (lambda x: {'y': tf.identity(x)}, [spec(t, None, None, name='x')])})
            with open(f'{HERE}/identity_{name.lower()}.tflite', 'wb') as f:
                f.write(data)
        except Exception as e:
            print('identity', name, str(e)[:200])


def networks():
    keras = tf.keras
    keras.utils.set_random_seed(3)
    L = keras.layers
    i = keras.Input((8, 8, 3))
    x = L.Conv2D(8, 3, padding='same', activation='relu6')(i)
    x = L.DepthwiseConv2D(3, strides=2, padding='same')(x)
    r = L.Conv2D(8, 1)(x)
    x = L.add([x, r])
    x = L.concatenate([L.AveragePooling2D(2)(x), L.MaxPooling2D(2)(x)])
    x = L.Activation('hard_swish')(x)
    x = L.GlobalAveragePooling2D()(x)
    o = L.Dense(5, activation='softmax')(L.Dense(6, activation='sigmoid')(x))
    cnn = keras.Model(i, o)
    s = spec(tf.float32, None, 8, 8, 3, name='x')
    pictures = f32(64, 8, 8, 3)

    def float16(c):
        c.optimizations = [tf.lite.Optimize.DEFAULT]
        c.target_spec.supported_types = [tf.float16]

    def dynamic(c):
        c.optimizations = [tf.lite.Optimize.DEFAULT]

    def full(kind, ops=tf.lite.OpsSet.TFLITE_BUILTINS_INT8):
        def configure(c):
            c.optimizations = [tf.lite.Optimize.DEFAULT]
            c.representative_dataset = lambda: ([p[None]] for p in pictures)
            c.target_spec.supported_ops = [ops]
            c.inference_input_type = c.inference_output_type = kind
        return configure

    save('cnn_float32', keras_model(cnn, s), [{'x': pictures[:3]}, {'x': pictures[:1]}])
    save('cnn_float16', keras_model(cnn, s, float16), [{'x': pictures[:3]}])
    wide = keras.Sequential([keras.Input((64,)), L.Dense(32, activation='relu'), L.Dense(4)])
    save('dense_dynamic', keras_model(wide, spec(tf.float32, None, 64, name='x'), dynamic), [{'x': f32(5, 64)}, {'x': f32(1, 64)}])
    whole = lambda t, n: rng.integers(np.iinfo(t).min, np.iinfo(t).max + 1, (n, 8, 8, 3)).astype(t)
    save('cnn_int8', keras_model(cnn, s, full(tf.int8)), [{'x': whole(np.int8, n)} for n in (4, 1, 7)])
    save('cnn_uint8', keras_model(cnn, s, full(tf.uint8)), [{'x': whole(np.uint8, n)} for n in (4, 1)])
    rows = f32(64, 64)

    def sixteen(c):
        full(tf.int16, tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8)(c)
        c.representative_dataset = lambda: ([r[None]] for r in rows)
    save('dense_int16', keras_model(wide, spec(tf.float32, None, 64, name='x'), sixteen),
         [{'x': rng.integers(-2**15, 2**15, (2, 64)).astype(np.int16)}])

    lstm = keras.Sequential([keras.Input((6, 3), batch_size=1), L.LSTM(4), L.Dense(2)])
    save('lstm', keras_model(lstm, spec(tf.float32, 1, 6, 3, name='x')), [{'x': f32(1, 6, 3)}, {'x': f32(1, 6, 3)}])
    def steps(x, n):
        _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * 1.5 + 1.0), [0, x], [tf.TensorShape([]), x.shape])
        return {'y': tf.cond(n > 2, lambda: y, lambda: -y)}
    save('loop', convert({'serving_default': (steps, [spec(tf.float32, 1, 2, name='x'), spec(tf.int32, name='n')])}),
         [{'x': f32(1, 2), 'n': np.int32(n)} for n in (0, 2, 5)])
    table = tf.constant(f32(10, 4))
    save('embedding', convert({'serving_default': (
        lambda ids: {'mean': tf.reduce_mean(tf.gather(table, ids), axis=1), 'rows': tf.gather(table, ids)},
        [spec(tf.int32, None, None, name='ids')])}),
        [{'ids': rng.integers(0, 10, (2, 5)).astype(np.int32)}, {'ids': rng.integers(0, 10, (1, 3)).astype(np.int32)}])


def oddities():
    save('positive', convert({'serving_default': (
        lambda x: {'where': tf.where(x > 0.0), 'values': tf.boolean_mask(x, x > 0.0)}, [spec(tf.float32, None, name='x')])}),
        [{'x': np.array(v, np.float32)} for v in ([1, -1, 2], [-1, -1, 5], [1, 2, 3])])
    save('constant', convert({'serving_default': (
        lambda x: {'shape': tf.shape(x), 'constant': tf.constant([1.5, 2.5]), 'x': x, 'flat': tf.reshape(x, [-1]),
                   'rank': tf.rank(x)}, [spec(tf.float32, None, 3, name='x')])}), [{'x': f32(2, 3)}])
    save('repeat', convert({'serving_default': (
        lambda x, times: {'y': tf.tile(x, times)}, [spec(tf.float32, None, name='x'), spec(tf.int32, 1, name='times')])}),
        [{'x': f32(2), 'times': np.array([n], np.int32)} for n in (3, 1, 2)])


def by_hand(tensors, constants, inputs, outputs, code, operator_inputs):
    """A model of one operator; tensors: (name, shape); constants: {name: array}. Returns it with its operator's table."""
    m, g, c, op = schema.ModelT(), schema.SubGraphT(), schema.OperatorCodeT(), schema.OperatorT()
    m.version, m.buffers, m.subgraphs, m.operatorCodes = 3, [schema.BufferT()], [g], [c]
    g.tensors, g.operators = [], [op]
    for name, shape in tensors:
        t = schema.TensorT()
        t.name, t.shape, t.type, t.hasRank = name, list(shape), 0, True
        if name in constants:
            t.buffer = len(m.buffers)
            m.buffers.append(schema.BufferT())
            m.buffers[-1].data = np.frombuffer(constants[name].tobytes(), np.uint8)
        g.tensors.append(t)
    index = [name for name, _ in tensors].index
    g.inputs, g.outputs = [index(n) for n in inputs], [index(n) for n in outputs]
    c.deprecatedBuiltinCode = c.builtinCode = code
    c.version = 1
    op.opcodeIndex, op.inputs, op.outputs = 0, [index(n) for n in operator_inputs], g.outputs
    return m, op


def detection():
    """The one custom operator that the runtime brings; the converter no longer writes it."""
    tensors = [('boxes', (1, 6, 4)), ('scores', (1, 6, 3)), ('anchors', (6, 4)), ('found', (1, 3, 4)), ('classes', (1, 3)),
               ('probabilities', (1, 3)), ('count', (1,))]
    m, op = by_hand(tensors, {'anchors': np.abs(f32(6, 4))}, ['boxes', 'scores'],
                    ['found', 'classes', 'probabilities', 'count'], 32, ['boxes', 'scores', 'anchors'])
    m.operatorCodes[0].customCode = 'TFLite_Detection_PostProcess'
    options = flexbuffers.Builder()
    with options.Map():
        for key, value in (('max_detections', 3), ('max_classes_per_detection', 1), ('num_classes', 2)):
            options.Int(key, value)
        for key, value in (('nms_score_threshold', 0.1), ('nms_iou_threshold', 0.5), ('y_scale', 10.0), ('x_scale', 10.0),
                           ('h_scale', 5.0), ('w_scale', 5.0)):
            options.Float(key, value)
        options.Bool('use_regular_nms', False)
    op.customOptions = np.frombuffer(options.Finish(), np.uint8)
    save('detection', pack(m), [{'boxes': f32(1, 6, 4), 'scores': np.abs(f32(1, 6, 3))}])


def recurrent():
    """Its state is a variable tensor, which an interpreter keeps from one run to the next."""
    tensors = [('x', (1, 3, 2)), ('weights', (4, 2)), ('recurrent', (4, 4)), ('bias', (4,)), ('state', (1, 4)), ('y', (1, 3, 4))]
    constants = {'weights': f32(4, 2), 'recurrent': f32(4, 4), 'bias': f32(4)}
    m, op = by_hand(tensors, constants, ['x'], ['y'], schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_RNN,
                    ['x', 'weights', 'recurrent', 'bias', 'state'])
    m.subgraphs[0].tensors[4].isVariable = True
    op.builtinOptionsType = schema.BuiltinOptions.SequenceRNNOptions
    op.builtinOptions = schema.SequenceRNNOptionsT()
    op.builtinOptions.fusedActivationFunction = schema.ActivationFunctionType.TANH
    with open(f'{HERE}/recurrent.tflite', 'wb') as f:
        f.write(pack(m))


def refused():
    def flex(c):
        c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    for name, fn, s in [
        ('flex', lambda x: {'y': tf.linalg.inv(x), 'z': tf.linalg.det(x)}, spec(tf.float32, None, 2, 2, name='x')),
        ('strings', lambda x: {'y': tf.identity(x)}, spec(tf.string, None, name='x')),
    ]:
        with open(f'{HERE}/{name}.tflite', 'wb') as f:
            f.write(convert({'serving_default': (fn, [s])}, flex))

    class Counter(tf.Module):
        def __init__(self):
            self.total = tf.Variable(0.0)

        @tf.function(input_signature=[spec(tf.float32, name='by')])
        def add(self, by):
            return {'total': self.total.assign_add(by)}
    counter = Counter()
    tf.saved_model.save(counter, SAVED, signatures=counter.add)
    c = tf.lite.TFLiteConverter.from_saved_model(SAVED)
    c.experimental_enable_resource_variables = True
    with open(f'{HERE}/counter.tflite', 'wb') as f:
        f.write(c.convert())


for part in (arithmetic, identities, networks, oddities, detection, recurrent, refused):
    try:
        part()
    except Exception as e:
        print('FAILED', part.__name__, repr(e)[:600])
with open(f'{HERE}/goldens.json', 'w') as f:
    f.write('{\n' + ',\n'.join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in goldens.items()) + '\n}\n')
