import type { StoreEnvironment } from '@tensorfleet/repository';
import { type Environment, selectEnvironment } from '../engine/tensorflow/environment.ts';
import type { Settings } from './schema.ts';

const PLACES = ['model_repository', 'model_base_path', 'model_config_file'];

/**
 * The settings with what TensorFlow Serving's Docker image takes from MODEL_NAME and MODEL_BASE_PATH, one of which is
 * enough: the model <MODEL_BASE_PATH>/<MODEL_NAME> where no setting says what to serve. What is set wins.
 */
export function withModelEnvironment(settings: Settings, environment: Environment = process.env): Settings {
  const name = environment['MODEL_NAME'] || undefined;
  const base = environment['MODEL_BASE_PATH'] || undefined;
  if (PLACES.some((place) => (settings[place] ?? '') !== '')) {
    return name === undefined ? settings : { model_name: name, ...settings };
  }
  if (name === undefined && base === undefined) {
    return settings;
  }
  const model = name ?? 'model';
  return { model_name: model, ...settings, model_base_path: `${base ?? '/models'}/${model}` };
}

/** The variables of this process that engines have a use for; plain data, so that it can be sent to a worker. */
export function readEngineEnvironment(environment: Environment = process.env): Environment {
  return selectEnvironment(environment);
}

/** The variables of this process, for stores: settings, credentials, and what Amazon's and Google's libraries look for. */
export function readStoreEnvironment(environment: StoreEnvironment = process.env): StoreEnvironment {
  return environment;
}
