import { resolveServerConfig } from '@tensorfleet/gpu-backend';
import { describe, expect, it } from 'vitest';
import { listeningLine } from '../../../scripts/src/commands/serve.ts';

describe('listeningLine', () => {
  it('names the protocols that are on', () => {
    const config = resolveServerConfig({ host: '127.0.0.1', model_repository: 'models' });
    expect(listeningLine(config, { grpc: 8500, rest: 8501 })).toBe(
      'tensorfleet serves models: gRPC on 127.0.0.1:8500, REST on http://127.0.0.1:8501; Ctrl-C drains and ends it',
    );
    expect(listeningLine(config, { grpc: 8500, rest: undefined })).not.toContain('REST');
  });
});
