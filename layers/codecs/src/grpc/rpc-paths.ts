/** The `:path` of every method that both sides of the fleet speak. */
export const RPC_PATHS = {
  predict: '/tensorflow.serving.PredictionService/Predict',
  classify: '/tensorflow.serving.PredictionService/Classify',
  regress: '/tensorflow.serving.PredictionService/Regress',
  multiInference: '/tensorflow.serving.PredictionService/MultiInference',
  getModelMetadata: '/tensorflow.serving.PredictionService/GetModelMetadata',
  getModelStatus: '/tensorflow.serving.ModelService/GetModelStatus',
  healthCheck: '/grpc.health.v1.Health/Check',
  repositoryIndex: '/inference.GRPCInferenceService/RepositoryIndex',
} as const;
