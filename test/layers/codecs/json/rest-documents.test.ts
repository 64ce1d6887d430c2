import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, PREDICT_METHOD, type Signature, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  decodeGetModelMetadataResponse,
  errorToJson,
  modelMetadataToJson,
  modelStatusToJson,
} from '../../../../layers/codecs/src/index.ts';
import { goldenVectors } from '../golden.ts';
import { textOf } from './signatures.ts';

describe('errorToJson', () => {
  it('escapes the message', () => {
    expect(textOf(errorToJson('Bad key: "key"\n\ud800'))).toBe('{\n    "error": "Bad key: \\"key\\"\\n\ufffd"\n}');
  });
});

describe('modelStatusToJson', () => {
  it('has the layout of the protobuf printer', () => {
    const statuses = [
      { version: version(124), state: 'END', errorCode: Code.NotFound, errorMessage: 'no "file"' },
      { version: version(123), state: 'AVAILABLE', errorCode: Code.Ok, errorMessage: '' },
    ] as const;
    expect(textOf(modelStatusToJson(statuses))).toBe(`{
 "model_version_status": [
  {
   "version": "124",
   "state": "END",
   "status": {
    "error_code": "NOT_FOUND",
    "error_message": "no \\"file\\""
   }
  },
  {
   "version": "123",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
`);
  });
});

describe('modelMetadataToJson', () => {
  it('glues the printed documents together as TensorFlow Serving does', () => {
    const signature: Signature = {
      name: 'serving_default',
      methodName: PREDICT_METHOD,
      inputs: new Map([['x', { name: 'x', dtype: 'FP32', shape: [null, 1] }]]),
      outputs: new Map([
        ['z', { name: 'z', dtype: 'STRING', shape: [] }],
        ['y', { name: 'y', dtype: 'FP16', shape: null }],
      ]),
    };
    const signatures = new Map([['serving_default', signature]]);
    const text = textOf(modelMetadataToJson({ name: 'm', version: version(123), signatures }));

    expect(text).toBe(`{
"model_spec":{
 "name": "m",
 "signature_name": "",
 "version": "123"
}
,
"metadata": {"signature_def": {
 "signature_def": {
  "serving_default": {
   "inputs": {
    "x": {
     "dtype": "DT_FLOAT",
     "tensor_shape": {
      "dim": [
       {
        "size": "-1",
        "name": ""
       },
       {
        "size": "1",
        "name": ""
       }
      ],
      "unknown_rank": false
     },
     "name": "x:0"
    }
   },
   "outputs": {
    "y": {
     "dtype": "DT_HALF",
     "tensor_shape": {
      "dim": [],
      "unknown_rank": true
     },
     "name": "y:0"
    },
    "z": {
     "dtype": "DT_STRING",
     "tensor_shape": {
      "dim": [],
      "unknown_rank": false
     },
     "name": "z:0"
    }
   },
   "method_name": "tensorflow/serving/predict",
   "defaults": {}
  }
 }
}
}
}
`);
    expect(JSON.parse(text)).toMatchObject({ model_spec: { version: '123' } });
  });

  it('prints defaults with all fields of a tensor, as protobuf does', () => {
    const [golden] = goldenVectors().filter(({ name }) => name === 'metadata-response-defaults');
    const { signatures = new Map() } = decodeGetModelMetadataResponse(golden?.bytes ?? new Uint8Array(0));
    const printed = JSON.parse(textOf(modelMetadataToJson({ name: 'm', version: version(1), signatures })));

    expect(printed.metadata.signature_def).toEqual(
      JSON.parse(
        readFileSync(join(import.meta.dirname, '../../../golden/codecs/metadata-response-defaults.json'), 'utf8'),
      ),
    );
  });

  it('names tensors as TensorFlow does, by the number of the output', () => {
    const y = { name: 'StatefulPartitionedCall:1', dtype: 'FP32', shape: [] } as const;
    const signature = { name: 's', methodName: PREDICT_METHOD, inputs: new Map(), outputs: new Map([['y', y]]) };
    const text = textOf(
      modelMetadataToJson({ name: 'm', version: version(1), signatures: new Map([['s', signature]]) }),
    );

    expect(text).toContain('"name": "StatefulPartitionedCall:1"');
  });
});
