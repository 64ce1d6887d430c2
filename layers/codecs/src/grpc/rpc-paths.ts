/** The `:path` of every method that both sides of the fleet speak. */
export const RPC_PATHS = {
  predict: '/tensorflow.serving.PredictionService/Predict',
  classify: '/tensorflow.serving.PredictionService/Classify',
  regress: '/tensorflow.serving.PredictionService/Regress',
  multiInference: '/tensorflow.serving.PredictionService/MultiInference',
  getModelMetadata: '/tensorflow.serving.PredictionService/GetModelMetadata',
  getModelStatus: '/tensorflow.serving.ModelService/GetModelStatus',
  healthCheck: '/grpc.health.v1.Health/Check',
  serverLive: '/inference.GRPCInferenceService/ServerLive',
  serverReady: '/inference.GRPCInferenceService/ServerReady',
  modelReady: '/inference.GRPCInferenceService/ModelReady',
  oipModelMetadata: '/inference.GRPCInferenceService/ModelMetadata',
  modelInfer: '/inference.GRPCInferenceService/ModelInfer',
  repositoryIndex: '/inference.GRPCInferenceService/RepositoryIndex',
} as const;
