import { internal } from '@tensorfleet/core';
import type { HostAttributes } from '../host/host-op.ts';
import { encodedTensor } from './encoded-tensor.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { HostStep, MapStep, OnnxStageValue, ProgramCheck, ProgramStage } from './program.ts';
import { UniqueNames } from './unique-names.ts';
import type { TensorValue } from './value.ts';

/** An ONNX graph and how it is connected to the slots around it. */
export interface OnnxStageBuilder {
  readonly number: number;
  readonly graph: GraphBuilder;
  /** By slot: the graph's input. */
  readonly imports: Map<string, OnnxStageValue>;
  /** By name in the graph: the output. */
  readonly exports: Map<string, OnnxStageValue>;
  readonly checks: ProgramCheck[];
}

/** A map in the making: the program of one element, and what it reads of the one around it. */
export interface ElementMap {
  readonly node: string;
  readonly program: ProgramBuilder;
  readonly counters: readonly { readonly slot: string; readonly start: TensorValue; readonly step: number }[];
  readonly inputs: readonly { readonly slot: string; readonly value: TensorValue }[];
  readonly outputs: readonly Omit<MapStep['outputs'][number], 'slot'>[];
}

/** A map whose graphs are not written yet. */
interface PendingMap {
  readonly program: ProgramBuilder;
  readonly step: Omit<MapStep, 'stages' | 'constants'>;
}

/**
 * A program in the making. Stages alternate: host steps have even numbers, ONNX graphs odd ones, requests fill slots
 * of stage 0. Every node goes to the earliest stage that has all its inputs, so that most models are one graph.
 */
export class ProgramBuilder {
  readonly #reserved: ReadonlySet<string>;
  readonly #onnxStages = new Map<number, OnnxStageBuilder>();
  readonly #hostStages = new Map<number, (HostStep | PendingMap)[]>();
  readonly #stageOf = new Map<GraphBuilder, OnnxStageBuilder>();
  readonly #constants = new Map<string, { readonly slot: string; readonly bytes: string }>();
  readonly #slots: UniqueNames;

  /** `reserved`: names of the signature's inputs and outputs, which slots of other values must not take. */
  constructor(reserved: Iterable<string>) {
    this.#reserved = new Set(reserved);
    this.#slots = new UniqueNames(this.#reserved);
  }

  /** The graph in which a node with these inputs is computed. */
  graphFor(inputs: readonly (TensorValue | undefined)[]): GraphBuilder {
    const stages = inputs.map((input) => (input === undefined ? 0 : this.#stageOfValue(input)));
    const stage = Math.max(0, ...stages);
    return this.#onnxStage(stage % 2 === 0 ? stage + 1 : stage).graph;
  }

  /** What `value` is called in `graph`; it becomes an input there when it comes from another stage. */
  nameIn(graph: GraphBuilder, value: TensorValue): string {
    const { place } = value;
    if (place.kind === 'constant') {
      return graph.initializer(place.constant);
    }
    if (place.kind === 'graph' && graph.isInside(place.graph)) {
      return place.name;
    }
    const stage = this.#stage(graph.root);
    const slot = this.slotOf(value);
    const known = stage.imports.get(slot);
    if (known !== undefined) {
      return known.name;
    }
    if (this.#stageOfValue(value) >= stage.number) {
      throw internal(`slot ${slot} is read before it is written`);
    }
    const name = this.#reserved.has(slot) ? slot : graph.uniqueName(slot);
    stage.imports.set(slot, { name, slot, dtype: value.dtype });
    stage.graph.inputs.push({ name, dtype: value.dtype, shape: value.shape });
    return name;
  }

  /** A slot, called somewhat like `name`, that is filled before the program begins. */
  takeSlot(name: string): string {
    return this.#slots.take(name);
  }

  /** The slot that holds `value`; a value of a graph becomes an output of its stage. */
  slotOf(value: TensorValue, wanted?: string): string {
    const { place } = value;
    switch (place.kind) {
      case 'slot':
        return place.slot;
      case 'constant':
        return this.#constantSlot(value);
      case 'graph':
        return this.#export(place.graph, place.name, value, wanted);
    }
  }

  /** Appends a host step; its outputs are slots that hold values of these dtypes. */
  hostStep(
    step: { readonly op: string; readonly node: string; readonly attributes: HostAttributes },
    inputs: readonly TensorValue[],
    outputs: number,
  ): readonly { readonly stage: number; readonly slot: string }[] {
    const { stage, steps } = this.#hostStageFor(inputs);
    const slots = Array.from({ length: outputs }, (_, index) => this.#slots.take(`${step.node}:${index}`));
    steps.push({ ...step, inputs: inputs.map((input) => this.slotOf(input)), outputs: slots });
    return slots.map((slot) => ({ stage, slot }));
  }

  /** Appends a map over elements; its outputs are slots that hold the stacked elements. `count`: INT64 scalar. */
  hostMap(map: ElementMap, count: TensorValue): readonly { readonly stage: number; readonly slot: string }[] {
    const values = [count, ...map.inputs.map(({ value }) => value), ...map.counters.map(({ start }) => start)];
    const { stage, steps } = this.#hostStageFor(values);
    const slots = map.outputs.map((_, index) => this.#slots.take(`${map.node}:${index}`));
    steps.push({
      program: map.program,
      step: {
        node: map.node,
        count: this.slotOf(count),
        counters: map.counters.map(({ slot, start, step }) => ({ slot, start: this.slotOf(start), step })),
        inputs: map.inputs.map(({ slot, value }) => ({ slot, from: this.slotOf(value) })),
        outputs: map.outputs.map((output, index) => ({ ...output, slot: slots[index] ?? '' })),
      },
    });
    return slots.map((slot) => ({ stage, slot }));
  }

  /** The program fails with `message` when an element of the BOOL `value` is false. It belongs to a stage, not to a body. */
  check(value: TensorValue, message: string): void {
    const graph = this.graphFor([value]);
    const name = this.nameIn(graph, value);
    addOutput(graph, name, value);
    this.#stage(graph).checks.push({ name, message });
  }

  /** ONNX stages with something in them, in order. */
  get onnxStages(): readonly OnnxStageBuilder[] {
    return [...this.#onnxStages.values()].toSorted((a, b) => a.number - b.number);
  }

  /** Slots of constants, as TensorProtos in base64. */
  get constants(): Readonly<Record<string, string>> {
    return Object.fromEntries(Array.from(this.#constants.values(), ({ slot, bytes }) => [slot, bytes]));
  }

  /** The finished stages; ones without anything to do are left out. */
  stages(writeStage: (stage: OnnxStageBuilder) => ProgramStage): readonly ProgramStage[] {
    const stages: [number, ProgramStage][] = [];
    for (const [number, steps] of this.#hostStages) {
      stages.push([number, { kind: 'host', steps: steps.map((step) => finished(step, writeStage)) }]);
    }
    for (const stage of this.onnxStages.filter(({ exports, checks }) => exports.size + checks.length > 0)) {
      stages.push([stage.number, writeStage(stage)]);
    }
    return stages.toSorted(([a], [b]) => a - b).map(([, stage]) => stage);
  }

  /** Where a host step with these inputs goes. */
  #hostStageFor(inputs: readonly TensorValue[]): { readonly stage: number; readonly steps: (HostStep | PendingMap)[] } {
    const latest = Math.max(0, ...inputs.map((input) => this.#stageOfValue(input)));
    const stage = latest % 2 === 0 ? latest : latest + 1;
    const steps = this.#hostStages.get(stage) ?? [];
    this.#hostStages.set(stage, steps);
    return { stage, steps };
  }

  #stageOfValue({ place }: TensorValue): number {
    switch (place.kind) {
      case 'constant':
        return 0;
      case 'slot':
        return place.stage;
      case 'graph':
        return this.#stage(place.graph.root).number;
    }
  }

  #stage(root: GraphBuilder): OnnxStageBuilder {
    const stage = this.#stageOf.get(root);
    if (stage === undefined) {
      throw internal('a graph belongs to no stage of this program');
    }
    return stage;
  }

  #onnxStage(number: number): OnnxStageBuilder {
    const known = this.#onnxStages.get(number);
    if (known !== undefined) {
      return known;
    }
    const graph = new GraphBuilder(undefined, this.#reserved);
    const stage = { number, graph, imports: new Map(), exports: new Map(), checks: [] };
    this.#onnxStages.set(number, stage);
    this.#stageOf.set(graph, stage);
    return stage;
  }

  #export(graph: GraphBuilder, name: string, value: TensorValue, wanted: string | undefined): string {
    const stage = this.#stage(graph); // a value of a body never leaves it by a slot
    const known = stage.exports.get(name);
    if (known !== undefined) {
      return known.slot;
    }
    const slot = wanted ?? this.#slots.take(name);
    stage.exports.set(name, { name, slot, dtype: value.dtype });
    addOutput(graph, name, value);
    return slot;
  }

  #constantSlot(value: TensorValue): string {
    if (value.place.kind !== 'constant') {
      throw internal('only constants have constant slots');
    }
    const { constant } = value.place;
    const known = this.#constants.get(constant.id);
    if (known !== undefined) {
      return known.slot;
    }
    const slot = this.#slots.take('constant');
    this.#constants.set(constant.id, {
      slot,
      bytes: encodedTensor(constant.load()),
    });
    return slot;
  }
}

function finished(
  step: HostStep | PendingMap,
  writeStage: (stage: OnnxStageBuilder) => ProgramStage,
): HostStep | MapStep {
  return 'program' in step
    ? { ...step.step, constants: step.program.constants, stages: step.program.stages(writeStage) }
    : step;
}

function addOutput({ outputs }: GraphBuilder, name: string, { dtype, shape }: TensorValue): void {
  if (!outputs.some((output) => output.name === name)) {
    outputs.push({ name, dtype, shape });
  }
}
