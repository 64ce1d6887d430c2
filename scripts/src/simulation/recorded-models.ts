import recorded from './recorded/service-times.json' with { type: 'json' };
import { type ServiceCurve, scaledCurve } from './service-curve.ts';

/** A model to simulate. */
export interface SimulatedModel {
  readonly name: string;
  readonly curve: ServiceCurve;
}

/** Batches of the simulation: smaller than the server's default of 64, since each request costs time to simulate. */
const MAX_ROWS = 16;

/** The two shapes that models have, recorded here, with the work of models that need more than one task. */
export const MODELS = {
  convolution: model('convolution', 'conv', 60),
  mnist: model('MNIST', 'mnist', 800),
} as const;

function model(title: string, key: keyof typeof recorded.models, factor: number): SimulatedModel {
  const curve = recorded.models[key].batchMs.map(([rows = 0, ms = 0]) => [rows, ms] as const);
  return {
    name: `${title} × ${factor}`,
    curve: scaledCurve(
      curve.filter(([rows]) => rows <= MAX_ROWS),
      factor,
    ),
  };
}
