import { failedPrecondition, StatusError } from '@tensorfleet/core';
import { datasetFromTensors } from '../../data/dataset.ts';
import { tensorsFromNpz } from '../../data/npz.ts';
import { readInputFile } from '../../data/payload.ts';
import type { GateData } from '../gate-config.ts';
import type { Examples } from './examples.ts';
import { pictureExamples } from './picture-examples.ts';
import { tensorExamples } from './tensor-examples.ts';

/** The examples of a gate's data set. Rejects with a StatusError that names the file. */
export async function readExamples(data: GateData): Promise<Examples> {
  try {
    const arrays = tensorsFromNpz(await readInputFile(data.file));
    if (data.kind === 'tensors') {
      return tensorExamples(arrays, data);
    }
    const dataset = datasetFromTensors(arrays, data);
    if (dataset.count === 0) {
      throw failedPrecondition('the data set holds no pictures');
    }
    return pictureExamples(dataset);
  } catch (reason) {
    const { code, message } = StatusError.from(reason);
    const place = message.includes(data.file) ? '' : `${data.file}: `;
    throw new StatusError(code, `${place}${message}`, { cause: reason });
  }
}
