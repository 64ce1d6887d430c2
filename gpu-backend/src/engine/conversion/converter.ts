import { Code, StatusError, unimplemented } from '@tensorfleet/core';
import type { FunctionDef, GraphDef, NodeDef, OpDef } from '../savedmodel/graph-def.ts';
import { Attributes } from './attributes.ts';
import { ASSIGNMENTS } from './changed-variables.ts';
import { tensorConstant } from './constant.ts';
import { foldOf } from './folding/fold-table.ts';
import { hostOutputs } from './host-node.ts';
import { orderedNodes } from './node-order.ts';
import { constantValue, numericTensor, Op } from './op.ts';
import type { KnownTensor } from './op-handler.ts';
import { handlerOf, handlerOfComplex, isShapeFree, MOVING_OPS } from './ops/op-table.ts';
import { readVariable } from './ops/resource.ts';
import { preparedNodes } from './prepared-nodes.ts';
import type { Refusals } from './refusals.ts';
import { refusalOf } from './refused-ops.ts';
import type { Resources } from './resources.ts';
import type { Scope } from './scope.ts';
import { mergeShapes } from './shape.ts';
import { hasNamedOutputs, isControlInput, outputIndex, parseTensorRef } from './tensor-ref.ts';
import { REFUSED, type TensorValue, type Value, type VariableValue } from './value.ts';

/** Functions that call functions: deeper ones would be recursion. */
const MAX_CALL_DEPTH = 64;

/** A graph, and what it refers to. */
export interface GraphSource {
  readonly graph: GraphDef;
  readonly opDefs: ReadonlyMap<string, OpDef>;
  readonly resources: Resources;
}

/** Functions that call functions twice, and so on, never come to an end. The largest models have some ten thousand nodes. */
const MAX_NODES = 100_000;

/** Nodes by name, and the tensors that are given instead of computed, by `node:index`. */
interface Frame {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly given: ReadonlyMap<string, Value>;
  readonly scope: Scope;
}

/** What a node computed; undefined when it was refused. */
type Computed = Map<string, readonly Value[] | undefined>;

/**
 * Executes a TensorFlow graph on values that are not numbers but ONNX nodes: calling a function inlines it, reading a
 * variable is its constant, shape arithmetic folds where its elements are known. What cannot be converted is
 * collected in `refusals`, and everything that reads it is skipped.
 */
export class Converter {
  readonly #opDefs: ReadonlyMap<string, OpDef>;
  readonly #resources: Resources;
  /** Whether inputs have the shapes that were recorded: otherwise only ops are converted to which shapes do not matter. */
  readonly #knowsShapes: boolean;
  readonly #refusals: Refusals;
  /** The library, and the functions that are made of its nodes. */
  readonly #functions: Map<string, FunctionDef>;
  readonly #nodes: ReadonlyMap<string, NodeDef>;
  readonly #prepared = new Map<FunctionDef, ReadonlyMap<string, NodeDef>>();
  #depth = 0;
  #executed = 0;

  constructor({ graph, opDefs, resources }: GraphSource, knowsShapes: boolean, refusals: Refusals) {
    this.#opDefs = opDefs;
    this.#resources = resources;
    this.#knowsShapes = knowsShapes;
    this.#refusals = refusals;
    this.#functions = new Map(graph.functions);
    this.#nodes = preparedNodes(graph.nodes, this.#register);
  }

  /** The tensors `wanted` (`node:index`) of the main graph, `given` others. */
  fetch(wanted: readonly string[], given: ReadonlyMap<string, Value>, scope: Scope): readonly Value[] {
    const values = this.#run({ nodes: this.#nodes, given, scope }, wanted, []);
    return values.map((value, index) =>
      value.kind === 'variable' && value.isReference ? this.#fetched(value, wanted[index] ?? '', scope) : value,
    );
  }

  /** The value of a reference variable, after the node that gave it. */
  #fetched(variable: VariableValue, text: string, { state }: Scope): Value {
    const node = this.#nodes.get(parseTensorRef(text).node);
    if (node === undefined || state === undefined) {
      return REFUSED;
    }
    try {
      return state.during({ nodes: this.#nodes, node }, () => state.read(variable));
    } catch (reason) {
      this.#refusals.add(node, refusalReason(reason));
      return REFUSED;
    }
  }

  /** The outputs of a function. Throws UNIMPLEMENTED when the library has none of this name. */
  call(called: string | FunctionDef, inputs: readonly Value[], scope: Scope): readonly Value[] {
    const definition = typeof called === 'string' ? this.#functions.get(called) : called;
    if (definition === undefined) {
      throw unimplemented(`the graph has no function "${called}"`);
    }
    if (this.#depth >= MAX_CALL_DEPTH) {
      throw unimplemented(`functions call each other more than ${MAX_CALL_DEPTH} deep, last "${definition.name}"`);
    }
    this.#depth++;
    try {
      return this.#callFunction(definition, inputs, scope);
    } finally {
      this.#depth--;
    }
  }

  readonly #register = (definition: FunctionDef): string => {
    let { name } = definition;
    while (this.#functions.has(name)) {
      name += '_';
    }
    this.#functions.set(name, { ...definition, name });
    return name;
  };

  #callFunction(definition: FunctionDef, inputs: readonly Value[], scope: Scope): readonly Value[] {
    const given = new Map(definition.inputs.map(({ name }, index) => [`${name}:0`, inputs[index] ?? REFUSED]));
    const nodes = this.#prepared.get(definition) ?? preparedNodes(definition.nodes, this.#register);
    this.#prepared.set(definition, nodes);
    const wanted = definition.outputs.map(({ name }) => definition.returns.get(name) ?? name);
    return this.#run({ nodes, given, scope }, wanted, definition.controlReturns);
  }

  #run(frame: Frame, wanted: readonly string[], control: readonly string[]): readonly Value[] {
    const computed: Computed = new Map();
    const isGiven = (input: string): boolean => givenOf(frame, input) !== undefined;
    for (const node of orderedNodes(frame.nodes, [...wanted, ...control], isGiven)) {
      if (++this.#executed > MAX_NODES) {
        throw unimplemented(`the graph has more than ${MAX_NODES} nodes when its functions are put in their places`);
      }
      computed.set(node.name, this.#compute(frame, node, computed));
    }
    return wanted.map((text) => this.#resolve(frame, text, computed));
  }

  #resolve(frame: Frame, text: string, computed: Computed): Value {
    const given = givenOf(frame, text);
    if (given !== undefined) {
      return given;
    }
    const ref = parseTensorRef(text);
    const node = frame.nodes.get(ref.node);
    const values = computed.get(ref.node);
    if (node === undefined || values === undefined) {
      return REFUSED;
    }
    const opDef = this.#opDefs.get(node.op);
    const index = outputIndex(ref, node, new Attributes(node.attributes), opDef);
    const value = index === undefined ? undefined : values[index];
    const isNamed =
      ref.output === '' || values.length === 1 || hasNamedOutputs(node.op, opDef) || this.#functions.has(node.op);
    if (value === undefined || !isNamed) {
      this.#refusals.add(node, `output "${text}" is not known`);
      return REFUSED;
    }
    return value;
  }

  #compute(frame: Frame, node: NodeDef, computed: Computed): readonly Value[] | undefined {
    const data = node.inputs.filter((input) => !isControlInput(input));
    const inputs = data.map((input) => this.#resolve(frame, input, computed));
    if (inputs.some(({ kind }) => kind === 'refused')) {
      return undefined;
    }
    const { nodes, scope } = frame;
    const op = this.#opOf(node, inputs, scope);
    const convert = (): readonly Value[] => this.#convert(withReferencesRead(op));
    try {
      return scope.state === undefined ? convert() : scope.state.during({ nodes, node }, convert);
    } catch (reason) {
      this.#refusals.add(node, refusalReason(reason));
      return undefined;
    }
  }

  #opOf(node: NodeDef, inputs: readonly Value[], scope: Scope): Op {
    const attributes = new Attributes(node.attributes);
    const outputShapes = this.#knowsShapes ? attributes.shapes('_output_shapes', []) : [];
    const call = this.call.bind(this);
    const functions = this.#functions;
    return new Op({ node, attributes, inputs, scope, call, functions, resources: this.#resources, outputShapes });
  }

  #convert(op: Op): readonly Value[] {
    const { node } = op;
    if (this.#functions.has(node.op)) {
      return this.call(node.op, op.inputs, op.scope);
    }
    if (!this.#knowsShapes && !isShapeFree(node.op)) {
      return op.refuse('it depends on the shapes of its inputs');
    }
    const known = foldOf(op);
    if (known?.elements.every((element) => element !== null)) {
      return [constantOfKnown(known)];
    }
    const isComplex = op.inputs.some(({ kind }) => kind === 'complex');
    const handler = isComplex ? handlerOfComplex(node.op) : handlerOf(node.op);
    const made = hostOutputs(op, handler !== undefined) ?? handler?.(op) ?? op.refuse(refusalOf(node.op));
    const values = Array.isArray(made) ? (made as readonly Value[]) : [made as Value]; // OpHandler's two forms
    return values.map((value, index) => finish(op, value, index, index === 0 ? known : undefined));
  }
}

/** Variables of TensorFlow 1 are read by every node that does not assign to them. */
function withReferencesRead(op: Op): Op {
  const isRead = (value: Value, index: number): value is VariableValue =>
    value.kind === 'variable' && value.isReference && !(index === 0 && ASSIGNMENTS.has(op.node.op));
  return op.inputs.some(isRead)
    ? op.withInputs(op.inputs.map((value, index) => (isRead(value, index) ? readVariable(op, value) : value)))
    : op;
}

/**
 * Why a node is refused. Handlers compute with attributes and shapes as they come, and those of a damaged graph lie
 * outside of every array. Throws what is no refusal.
 */
function refusalReason(reason: unknown): string {
  if (reason instanceof RangeError) {
    return 'its attributes and inputs make no sense together';
  }
  const { code, message } = StatusError.from(reason);
  if (code !== Code.Unimplemented && code !== Code.InvalidArgument) {
    throw reason;
  }
  return message;
}

function givenOf({ given }: Frame, input: string): Value | undefined {
  if (given.size === 0) {
    return undefined;
  }
  const { node, output, index } = parseTensorRef(input);
  return output === '' ? given.get(`${node}:${index}`) : undefined;
}

function constantOfKnown({ dtype, shape, elements }: KnownTensor): TensorValue {
  return constantValue(tensorConstant(numericTensor(dtype, shape, elements as readonly number[]))); // all known
}

/** Adds what the handler need not care for: rounding, the recorded shape, known elements. */
function finish(op: Op, value: Value, index: number, known: KnownTensor | undefined): Value {
  if (value.kind !== 'tensor' || op.inputs.includes(value) || value.place.kind === 'constant') {
    return value;
  }
  const isRounded = value.dtype !== 'BF16' || value.place.kind !== 'graph' || MOVING_OPS.has(op.node.op);
  const rounded = isRounded ? value : op.roundToBfloat16(value);
  const shape = mergeShapes(op.outputShapes[index] ?? null, known?.shape ?? value.shape);
  const elements = known?.elements ?? value.elements;
  return { ...rounded, shape, ...(elements !== undefined && { elements }) };
}
