import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { RPC_PATHS } from '@tensorfleet/codecs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  floatsOf,
  floatTensorMessage,
  PREDICT_REQUEST,
  PREDICT_RESPONSE,
  type PredictRequestMessage,
  shapeOf,
} from '../predict-messages.ts';
import { reportToParent } from './report-to-parent.ts';

// What an afternoon with the documentation of both libraries gives: grpc-js in front, one run of ONNX Runtime per
// request, the same session options as ours. `naive-server.ts <model.onnx>`.
const session = await InferenceSession.create(process.argv[2] ?? '', { intraOpNumThreads: 1, interOpNumThreads: 1 });

const service: ServiceDefinition = {
  predict: {
    path: RPC_PATHS.predict,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: object) => Buffer.from(PREDICT_REQUEST.encode(message).finish()),
    requestDeserialize: (bytes: Buffer) => PREDICT_REQUEST.decode(bytes),
    responseSerialize: (message: object) => Buffer.from(PREDICT_RESPONSE.encode(message).finish()),
    responseDeserialize: (bytes: Buffer) => PREDICT_RESPONSE.decode(bytes),
  },
};

async function predict({ modelSpec, inputs }: PredictRequestMessage): Promise<object> {
  const feeds = Object.entries(inputs).map(([name, input]): [string, Tensor] => {
    return [name, new Tensor('float32', floatsOf(input), shapeOf(input))];
  });
  const results = await session.run(Object.fromEntries(feeds));
  const outputs = Object.entries(results).map(([name, { dims, data }]): [string, object] => {
    return [name, floatTensorMessage(dims, { floatVal: data })];
  });
  return { modelSpec, outputs: Object.fromEntries(outputs) };
}

const server = new Server();
server.addService(service, {
  predict(call: ServerUnaryCall<PredictRequestMessage, object>, callback: sendUnaryData<object>) {
    predict(call.request).then(
      (response) => callback(null, response),
      (error: Error) => callback(error),
    );
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    throw error;
  }
  reportToParent(port);
});
