import type { HostStep, MapStep, Program, ProgramStage } from '../engine/conversion/program.ts';
import type { InspectedStage, PlainStage } from './model-inspection.ts';

/** What a request to a converted signature passes, in order. */
export function stagesOf(program: Pick<Program, 'stages'> | undefined): readonly InspectedStage[] {
  return (program?.stages ?? []).flatMap(stageOf);
}

function stageOf(stage: ProgramStage): readonly InspectedStage[] {
  if (stage.kind === 'onnx') {
    return [{ kind: 'onnx', file: stage.file, checks: stage.checks.length }];
  }
  const stages: InspectedStage[] = [];
  let steps: { readonly op: string; readonly node: string }[] = [];
  const flush = (): void => {
    if (steps.length > 0) {
      stages.push({ kind: 'host', steps });
      steps = [];
    }
  };
  for (const step of stage.steps) {
    if (isMap(step)) {
      flush();
      stages.push({ kind: 'map', node: step.node, stages: stagesOf(step) });
    } else {
      steps.push({ op: step.op, node: step.node });
    }
  }
  flush();
  return stages;
}

function isMap(step: HostStep | MapStep): step is MapStep {
  return 'stages' in step;
}

/** The stages with those inside of maps in place of these. */
export function plainStages(stages: readonly InspectedStage[]): readonly PlainStage[] {
  return stages.flatMap((stage) => (stage.kind === 'map' ? plainStages(stage.stages) : [stage]));
}

/** `2 graphs and 3 steps in TypeScript`; signatures may share a graph. */
export function countStages(stages: readonly InspectedStage[]): string {
  const plain = plainStages(stages);
  const graphs = new Set(plain.flatMap((stage) => (stage.kind === 'onnx' ? [stage.file] : []))).size;
  const steps = plain.reduce((sum, stage) => sum + (stage.kind === 'host' ? stage.steps.length : 0), 0);
  return `${plural(graphs, 'graph')}${steps === 0 ? '' : ` and ${plural(steps, 'step')} in TypeScript`}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
