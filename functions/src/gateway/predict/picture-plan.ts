import { failedPrecondition } from '@tensorfleet/core';
import { type Image, type ImagePipeline, imageToTensor } from '@tensorfleet/preprocess';
import type { PredictPlan } from './rolling-predict.ts';
import { pipelineOf, signatureOf, type VersionInfo } from './version-info.ts';

/** A decoded picture becomes the one input that a version's image pipeline makes of it. */
export function picturePlan(image: Image, signatureName: string): PredictPlan {
  return {
    keyOf: (info) => JSON.stringify([inputNameOf(info, signatureName), imagePipelineOf(info)]),
    inputsOf(info) {
      const pipeline = imagePipelineOf(info);
      return new Map([[inputNameOf(info, signatureName), imageToTensor(image, pipeline)]]);
    },
  };
}

/** Throws FAILED_PRECONDITION for a version that takes no pictures. */
export function imagePipelineOf(info: VersionInfo): ImagePipeline {
  const { preprocess } = pipelineOf(info);
  if (preprocess === undefined) {
    throw failedPrecondition(
      `model "${info.name}" version ${info.version} takes no pictures: its manifest declares no image pipeline`,
      { model: info.name, version: String(info.version) },
    );
  }
  return preprocess.image;
}

function inputNameOf(info: VersionInfo, signatureName: string): string {
  const declared = imagePipelineOf(info).input;
  if (declared !== undefined) {
    return declared;
  }
  const names = [...signatureOf(info, signatureName).inputs.keys()];
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw failedPrecondition(
      `the image pipeline of model "${info.name}" version ${info.version} names no input, ` +
        `signature "${signatureName}" has {${names.toSorted().join(',')}}`,
    );
  }
  return name;
}
