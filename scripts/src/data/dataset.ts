import { type AnyTensor, formatShape, invalidArgument, type NamedTensors, notFound } from '@tensorfleet/core';
import type { Channels, Image } from '@tensorfleet/preprocess';

/** Pictures with the label that each should be read as. */
export interface Dataset {
  readonly count: number;
  /** A view; `index` is below `count`. */
  image(index: number): Image;
  label(index: number): string;
}

/** The names of the two arrays. */
export interface DatasetArrays {
  readonly images: string;
  readonly labels: string;
}

/**
 * A data set from arrays: images uint8 [n, h, w] or [n, h, w, 1, 3 or 4] and labels, whole numbers or booleans [n].
 * Throws NOT_FOUND for a missing array, INVALID_ARGUMENT for one of another kind.
 */
export function datasetFromTensors(tensors: NamedTensors, names: DatasetArrays): Dataset {
  const images = find(tensors, names.images);
  const labels = find(tensors, names.labels);
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  const isPictures = images.dtype === 'UINT8' && (images.shape.length === 3 || images.shape.length === 4);
  if (!isPictures || !isChannels(channels) || height === 0 || width === 0) {
    throw invalidArgument(
      `array "${names.images}" is ${images.dtype} ${formatShape(images.shape)}, pictures are UINT8 [n,height,width] or [n,height,width,channels] with 1, 3 or 4 channels`,
    );
  }
  if (labels.dtype.startsWith('FP') || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw invalidArgument(
      `array "${names.labels}" is ${labels.dtype} ${formatShape(labels.shape)}, ${count} pictures want whole numbers of shape [${count}]`,
    );
  }
  const { data } = images;
  const size = height * width * channels;
  return {
    count,
    image: (index) => ({ width, height, channels, data: data.subarray(index * size, (index + 1) * size) }),
    label: (index) => String(labels.data[index]),
  };
}

function find(tensors: NamedTensors, name: string): AnyTensor {
  const found = tensors.get(name);
  if (found === undefined) {
    throw notFound(`the data set has no array "${name}", it has ${[...tensors.keys()].toSorted().join(', ')}`);
  }
  return found;
}

function isChannels(channels: number): channels is Channels {
  return channels === 1 || channels === 3 || channels === 4;
}
