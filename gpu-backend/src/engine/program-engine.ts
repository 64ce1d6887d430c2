import { join } from 'node:path';
import { internal, type NamedTensors, type Signature, type TensorSpec } from '@tensorfleet/core';
import type { InferenceSession } from 'onnxruntime-node';
import { decodedTensor } from './conversion/encoded-tensor.ts';
import type { Program, ProgramSignature, ProgramStage } from './conversion/program.ts';
import { readProgramFile } from './conversion/program-file.ts';
import { readInitialVariables } from './conversion/variables-file.ts';
import type { Device, Engine, ModelArtifact, Session } from './engine.ts';
import { createInferenceSession, releaseInferenceSession } from './onnx-runtime.ts';
import { mapStep } from './program-map.ts';
import { ProgramSession, type RunnableProgram } from './program-session.ts';
import { type HostOps, hostStage, onnxStage, type RunStage } from './program-stage.ts';

/** Runs converted SavedModels: their graphs on ONNX Runtime, what stands between them on this thread. */
export const programEngine: Engine = createProgramEngine(async () => (await import('./host/host-ops.ts')).HOST_OPS);

/** `loadHostOps` is called for models that need them only. */
export function createProgramEngine(loadHostOps: () => Promise<HostOps>): Engine {
  return {
    name: 'onnxruntime',
    async load({ path: directory }: ModelArtifact, device: Device): Promise<Session> {
      const { programs } = await readProgramFile(directory);
      const variables = await readInitialVariables(directory);
      const all = Object.values(programs);
      await using opened = new AsyncDisposableStack();
      const sessions = await openSessions(opened, directory, all, device);
      const hostOps = all.some(needsHost) ? await loadHostOps() : new Map();
      const runnable = all.map((program) => prepare(program, sessions, hostOps));
      return new ProgramSession(runnable, twinsOf(all), decoded(variables), opened.move());
    },
  };
}

/** Keras writes every model as two signatures that do the same. */
function twinsOf(programs: readonly Program[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const { signature, ...work } of programs) {
    const { name, inputs, outputs } = signature;
    const key = JSON.stringify([inputs, outputs, work]);
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, name);
    } else {
      twins.set(name, known);
    }
  }
  return twins;
}

/** By name of the file; signatures of one file share its session. */
type Sessions = ReadonlyMap<string, InferenceSession>;

async function openSessions(
  opened: AsyncDisposableStack,
  directory: string,
  programs: readonly Program[],
  device: Device,
): Promise<Sessions> {
  const sessions = new Map<string, InferenceSession>();
  for (const file of new Set(programs.flatMap((program) => filesOf(program.stages)))) {
    const session = await createInferenceSession(join(directory, file), device);
    opened.defer(() => releaseInferenceSession(session));
    sessions.set(file, session);
  }
  return sessions;
}

/** The graphs of the stages, those inside of maps included. */
function filesOf(stages: readonly ProgramStage[]): readonly string[] {
  return stages.flatMap((stage) =>
    stage.kind === 'onnx'
      ? [stage.file]
      : stage.steps.flatMap((step) => ('stages' in step ? filesOf(step.stages) : [])),
  );
}

function sessionOf(sessions: Sessions, file: string): InferenceSession {
  const session = sessions.get(file);
  if (session === undefined) {
    throw internal(`no session was opened for ${file}`);
  }
  return session;
}

function needsHost({ stages }: Program): boolean {
  return stages.some(({ kind }) => kind === 'host');
}

function prepare(program: Program, sessions: Sessions, hostOps: HostOps): RunnableProgram {
  const constants = decoded(program.constants);
  return {
    signature: signatureOf(program.signature, decoded(program.defaults)),
    constants,
    inputs: Object.entries(program.inputs),
    outputs: Object.entries(program.outputs),
    state: Object.entries(program.state),
    stages: program.stages.map((stage) => runnableStage(stage, constants, sessions, hostOps)),
  };
}

function runnableStage(stage: ProgramStage, constants: NamedTensors, sessions: Sessions, hostOps: HostOps): RunStage {
  if (stage.kind === 'onnx') {
    return onnxStage(sessionOf(sessions, stage.file), stage);
  }
  return hostStage(stage, constants, hostOps, (step) => {
    const inner = decoded(step.constants);
    return mapStep(
      step,
      inner,
      step.stages.map((one) => runnableStage(one, inner, sessions, hostOps)),
    );
  });
}

function decoded(tensors: Readonly<Record<string, string>>): NamedTensors {
  return new Map(Object.entries(tensors).map(([name, text]) => [name, decodedTensor(text)]));
}

function signatureOf({ inputs, outputs, ...rest }: ProgramSignature, defaults: NamedTensors): Signature {
  return { ...rest, inputs: specsOf(inputs), outputs: specsOf(outputs), defaults };
}

function specsOf(specs: Readonly<Record<string, TensorSpec>>): ReadonlyMap<string, TensorSpec> {
  return new Map(Object.entries(specs));
}
