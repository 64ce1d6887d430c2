import { createRequire } from 'node:module';
import { failedPrecondition } from '@tensorfleet/core';
import type { Device, Engine } from '../engine.ts';
import type { EngineModule } from '../fence/child-messages.ts';
import { fencedEngine } from '../fence/fenced-engine.ts';
import { type Environment, processEnvironment } from './environment.ts';
import { findTensorFlow, TENSORFLOW_LIBRARY_PATH } from './find-tensorflow.ts';
import type { TensorFlowOptions } from './session-config.ts';
import { findTfjsNode } from './tfjs-node.ts';

export interface TensorFlowEngineOptions extends TensorFlowOptions {
  /** Finds TensorFlow; the variables that TensorFlow reads go to its processes, no others. */
  readonly environment: Environment;
}

/** What would run a SavedModel natively, and why. */
export interface TensorFlowDescription {
  /** undefined: nothing is installed. */
  readonly engine: 'libtensorflow' | 'tfjs-node' | undefined;
  /** One sentence, for logs and errors. */
  readonly reason: string;
}

interface Choice extends TensorFlowDescription {
  readonly create: ((options: TensorFlowOptions) => EngineModule) | undefined;
}

/**
 * The native TensorFlow engine, each session in a process of its own: libtensorflow where it is found, else tfjs-node.
 * Nothing is loaded before a model is. Throws FAILED_PRECONDITION that tells how to get one when nothing is installed.
 */
export function createTensorFlowEngine({ environment, ...options }: TensorFlowEngineOptions): Engine {
  const { engine, reason, create } = choose(environment);
  if (engine === undefined || create === undefined) {
    throw failedPrecondition(reason);
  }
  const environmentOf = (device: Device): Environment => processEnvironment(environment, device);
  return fencedEngine(engine, create(options), { environmentOf });
}

/** What `createTensorFlowEngine` would choose; only looks for files. */
export function describeTensorFlow(environment: Environment): TensorFlowDescription {
  const { engine, reason } = choose(environment);
  return { engine, reason };
}

function choose(environment: Environment): Choice {
  const installation = findTensorFlow(environment);
  if (installation !== undefined && isInstalled('koffi')) {
    return {
      engine: 'libtensorflow',
      reason: `libtensorflow is at ${installation.library}`,
      create: (options) => ({
        module: new URL('./libtensorflow-engine.ts', import.meta.url).href,
        create: 'libtensorflowEngine',
        parameters: [installation, options],
      }),
    };
  }
  const missing =
    installation === undefined ? whereNot(environment) : `${installation.library} needs the package koffi`;
  const tfjsNode = findTfjsNode();
  if (tfjsNode !== undefined) {
    return {
      engine: 'tfjs-node',
      reason: `${tfjsNode} is installed, and ${missing}`,
      create: () => ({
        module: new URL('./tfjs-node-engine.ts', import.meta.url).href,
        create: 'tfjsNodeEngine',
        parameters: [tfjsNode],
      }),
    };
  }
  return { engine: undefined, reason: `no TensorFlow engine is installed (${missing}): ${WAYS}`, create: undefined };
}

const WAYS =
  `set ${TENSORFLOW_LIBRARY_PATH} to a directory with libtensorflow, or pip install tensorflow in the active ` +
  'environment, either with npm i koffi; or npm i @tensorflow/tfjs-node or @tensorflow/tfjs-node-gpu';

function whereNot(environment: Environment): string {
  const given = environment[TENSORFLOW_LIBRARY_PATH];
  return given ? `${TENSORFLOW_LIBRARY_PATH}, ${given}, holds no libtensorflow` : 'no Python here has TensorFlow';
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
