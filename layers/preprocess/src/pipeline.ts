import { type AnyTensor, tensor } from '@tensorfleet/core';
import * as z from 'zod/mini';
import type { Image, OpaqueImage } from './image.ts';
import { parseWith } from './manifest-problems.ts';
import { toColorMode } from './transform/convert.ts';
import { arrangeSamples, LAYOUTS, NORMALISATIONS, normalise } from './transform/normalise.ts';
import { resizeImage } from './transform/resize.ts';

const MAX_SIDE = 4096;
const MAX_NAME_CHARACTERS = 512;

const side = z.int().check(z.minimum(1), z.maximum(MAX_SIDE));

const imagePipelineSchema = z
  .strictObject({
    /** The model's input that takes the picture; without it, its only input. */
    input: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_NAME_CHARACTERS))),
    width: side,
    height: side,
    channels: z.enum(['grayscale', 'rgb']),
    resize: z._default(z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos']), 'bilinear'),
    normalisation: z.enum(NORMALISATIONS),
    layout: z._default(z.enum(LAYOUTS), 'NHWC'),
    dtype: z._default(z.enum(['FP32', 'UINT8']), 'FP32'),
    /** Whether the tensor has a leading dimension of 1. */
    batched: z._default(z.boolean(), true),
  })
  .check(
    z.superRefine(({ channels, normalisation, dtype }, { addIssue }) => {
      const about = { code: 'custom' as const, path: ['normalisation'], input: normalisation };
      if (channels === 'grayscale' && (normalisation === 'caffe' || normalisation === 'torch')) {
        addIssue({ ...about, message: `channels "grayscale" takes "tf", "unit" or "none"` });
      }
      if (dtype === 'UINT8' && normalisation !== 'none') {
        addIssue({ ...about, message: `dtype "UINT8" takes "none"` });
      }
    }),
  );

const preprocessSchema = z.strictObject({ image: imagePipelineSchema });

/** How a picture becomes a model's input: decode, convert to `channels`, resize, normalise, lay out. */
export type ImagePipeline = Readonly<z.output<typeof imagePipelineSchema>>;

/** What a version's manifest says about its input. */
export interface Preprocess {
  readonly image: ImagePipeline;
}

/** The manifest's `preprocess`. Throws INVALID_ARGUMENT naming all problems. */
export function parsePreprocess(value: unknown): Preprocess {
  return parseWith(preprocessSchema, value, 'preprocess');
}

/**
 * One picture as the tensor that the model takes: [1, height, width, channels] for NHWC, [1, channels, height, width]
 * for NCHW, without the 1 where the pipeline is not batched.
 */
export function imageToTensor(image: Image, pipeline: ImagePipeline): AnyTensor {
  const converted = toColorMode(image, pipeline.channels);
  const resized = resizeImage(converted, pipeline.width, pipeline.height, pipeline.resize);
  const shape = shapeOf(resized, pipeline);
  return pipeline.dtype === 'UINT8'
    ? tensor('UINT8', shape, arrangeSamples(resized, pipeline.layout))
    : tensor('FP32', shape, normalise(resized, pipeline.normalisation, pipeline.layout));
}

function shapeOf({ width, height, channels }: OpaqueImage, { layout, batched }: ImagePipeline): readonly number[] {
  const shape = layout === 'NHWC' ? [height, width, channels] : [channels, height, width];
  return batched ? [1, ...shape] : shape;
}
