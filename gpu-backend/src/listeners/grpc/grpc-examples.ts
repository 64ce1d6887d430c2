import {
  decodeExampleRequest,
  decodeMultiInferenceRequest,
  type ExampleInput,
  encodeClassificationResponse,
  encodeMultiInferenceResponse,
  encodeRegressionResponse,
  RPC_PATHS,
  serializedExamples,
} from '@tensorfleet/codecs';
import { classify } from '../../server/classify.ts';
import type { ExampleCall } from '../../server/example-request.ts';
import { multiInference } from '../../server/multi-inference.ts';
import { regress } from '../../server/regress.ts';
import type { ServerCore } from '../../server/server-core.ts';
import type { MemoryShare } from '../request-memory.ts';
import type { UnaryMethod, UnaryMethods } from './grpc-methods.ts';

/** The methods of PredictionService that take examples. */
export function exampleMethods(core: ServerCore): UnaryMethods {
  return new Map<string, UnaryMethod>([
    [
      RPC_PATHS.classify,
      async (message, context, memory) => {
        const { result, ...modelSpec } = await classify(core, exampleCallFrom(message, memory), context);
        return encodeClassificationResponse({ classifications: result, modelSpec });
      },
    ],
    [
      RPC_PATHS.regress,
      async (message, context, memory) => {
        const { result, ...modelSpec } = await regress(core, exampleCallFrom(message, memory), context);
        return encodeRegressionResponse({ regressions: result, modelSpec });
      },
    ],
    [
      RPC_PATHS.multiInference,
      async (message, context, memory) => {
        const { tasks, input } = decodeMultiInferenceRequest(message, { onAllocate: (bytes) => memory.take(bytes) });
        const examples = examplesIn(input, memory);
        return encodeMultiInferenceResponse(
          await multiInference(core, { tasks, examples, entrypoint: 'GRPC' }, context),
        );
      },
    ],
  ]);
}

function exampleCallFrom(message: Uint8Array, memory: MemoryShare): ExampleCall {
  const { modelSpec, input } = decodeExampleRequest(message, { onAllocate: (bytes) => memory.take(bytes) });
  return { modelSpec, examples: examplesIn(input, memory), entrypoint: 'GRPC' };
}

function examplesIn(input: ExampleInput | undefined, memory: MemoryShare): readonly Uint8Array[] {
  return serializedExamples(input ?? { examples: [] }, { onAllocate: (bytes) => memory.take(bytes) });
}
