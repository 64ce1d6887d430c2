/** Numbers of the fields that are read or written here, by table of the TFLite schema (version 3). */
export const FIELD = {
  model: { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7, externalBuffers: 9 },
  operatorCode: { deprecatedCode: 0, customCode: 1, version: 2, code: 3 },
  subgraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, isVariable: 5, shapeSignature: 7, hasRank: 8 },
  operator: { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 },
  buffer: { data: 0, offset: 1 },
  signature: { inputs: 0, outputs: 1, key: 2, subgraph: 4 },
  tensorMap: { name: 0, tensor: 1 },
  callOnce: { subgraph: 0 },
  shapeOptions: { outputType: 0 },
} as const;

/** Operators that are looked at or added; every other one is the runtime's business. */
export const OP = { reshape: 22, shape: 77, rank: 110, callOnce: 129, assignVariable: 144, bitcast: 159 } as const;
export const CUSTOM_OP = 32;
/** The custom operators that the runtime brings itself. */
export const KNOWN_CUSTOM_OPS: ReadonlySet<string> = new Set(['TFLite_Detection_PostProcess']);

/** The member of the union of options that SHAPE has. */
export const SHAPE_OPTIONS = 55;
export const INT32_TYPE = 2;
