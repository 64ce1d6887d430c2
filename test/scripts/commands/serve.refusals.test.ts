import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../../scripts/src/commands/serve.ts'; // loaded on demand otherwise, which takes longer than a test may
import { runTensorfleet } from '../../../scripts/src/program.ts';
import type { TerminalStream } from '../../../scripts/src/terminal/terminal.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorfleet-serve-'));
  mkdirSync(join(folder, 'models'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs the command in this process; nothing here gets as far as listening. */
async function serve(...flags: string[]): Promise<Outcome> {
  const streamTo = (lines: string[]): TerminalStream => ({
    isTerminal: false,
    colours: picocolors.createColors(false),
    line: (text) => void lines.push(text),
  });
  const [out, err]: [string[], string[]] = [[], []];
  const args = ['serve', '--port=0', '--rest_api_port=1', '--host=127.0.0.1', '--log_level=silent', ...flags];
  const code = await runTensorfleet(args, { out: streamTo(out), err: streamTo(err) });
  return { code, out, err };
}

/** The flag with the path of a file with this content. */
function fileFlag(flag: string, content: string): string {
  const path = join(folder, flag);
  writeFileSync(path, content);
  return `--${flag}=${path}`;
}

function models(...configs: string[]): string {
  return fileFlag('model_config_file', `model_config_list {\n${configs.map((one) => `config {${one}}`).join('\n')}\n}`);
}

async function expectRefusal(flags: readonly string[], code: number, text: string): Promise<void> {
  const outcome = await serve(...flags);
  expect(outcome.err).toHaveLength(1);
  expect(outcome.err[0]).toMatch(/^tensorfleet: [^\n]+$/);
  expect(outcome.err[0]).toContain(text);
  expect(outcome).toMatchObject({ code, out: [] });
}

describe('serve with wrong flags', () => {
  it.each<[string, readonly string[], string]>([
    ['an unknown flag', ['--modle_name=x'], "unknown option '--modle_name'; did you mean --model_name?"],
    [
      'more than a name',
      ['--enable_batchingX'],
      "unknown option '--enable_batchingX'; did you mean --enable_batching?",
    ],
    ['nothing like a flag', ['--frobnicate'], "unknown option '--frobnicate'"],
    ['no models', [], 'Both server_options.model_base_path and server_options.model_config_file are empty!'],
    ['a word for a number', ['--model_base_path=/m', '--num_load_threads=x'], 'num_load_threads: '],
    ['a number out of range', ['--model_base_path=/m', '--port=65536'], 'port: '],
    ['a word for a switch', ['--model_base_path=/m', '--enable_batching=maybe'], 'enable_batching: '],
    ['a choice that is none', ['--log_format=xml'], "'--log_format <choice>' argument 'xml' is invalid"],
    ['a value that is missing', ['--model_base_path'], "'--model_base_path <text>' argument missing"],
    [
      'parameters without batching',
      ['--model_base_path=/m', '--batching_parameters_file=/b'],
      'batching_parameters_file is set without setting server_options.enable_batching to true.',
    ],
    ['credentials of ALTS', ['--model_base_path=/m', '--use_alts_credentials'], 'use_alts_credentials cannot be true'],
    [
      'nowhere to listen',
      ['--model_base_path=/m', '--rest_api_port=0'],
      'At least one of server_options.grpc_port or server_options.grpc_socket_path must be set',
    ],
  ])('says in one sentence that it was given %s, and ends with 2', async (_name, flags, text) => {
    await expectRefusal(flags, 2, text);
  });
});

describe('serve with wrong files', () => {
  it.each<[string, () => readonly string[], string]>([
    ['no such directory', () => ['--model_base_path=/no/such'], 'there is no directory /no/such'],
    ['no such configuration', () => [`--config=/no/such`], 'configuration file /no/such cannot be read'],
    ['no such list of models', () => ['--model_config_file=/no/such'], '"/no/such" does not exist'],
    ['a directory for a list', () => [`--model_config_file=${folder}`], 'is a directory'],
    [
      'an unknown field',
      () => [models('name: "m" base_pth: "/m"')],
      'Error parsing text-format tensorflow.serving.ModelServerConfig: 2:19: tensorflow.serving.ModelConfig has no field "base_pth"',
    ],
    ['a wrong type', () => [models('name: 7')], '2:15: "name" is a string: text in quotes is expected, not "7"'],
    [
      'a model twice',
      () => {
        const one = `name: "m" base_path: "${folder}" model_platform: "tensorflow"`;
        return [models(one, one)];
      },
      'Illegal to list model m multiple times in config list',
    ],
    [
      'a relative path',
      () => [models('name: "m" base_path: "m" model_platform: "tensorflow"')],
      'Expected model m to have an absolute path or URI; got base_path()=m',
    ],
    [
      'two types',
      () => [models(`name: "m" base_path: "/m" model_platform: "tensorflow" model_type: TENSORFLOW`)],
      'Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, model name is m',
    ],
    [
      'no type',
      () => [models('name: "m" base_path: "/m"')],
      'Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, model name is m',
    ],
    [
      'a type that nobody serves',
      () => [models('name: "m" base_path: "/m" model_type: OTHER')],
      'ModelServerConfig::model_type choice 2 not supported.',
    ],
    [
      'a platform that nobody serves',
      () => [models('name: "m" base_path: "/m" model_platform: "caffe"')],
      'Model m requests unsupported platform caffe',
    ],
    [
      'wrong batching parameters',
      () => [withModels(), '--enable_batching', fileFlag('batching_parameters_file', 'max_batch_size: 8')],
      'Error parsing text-format tensorflow.serving.BatchingParameters: 1:17: "max_batch_size" is a message',
    ],
    [
      'no such batching parameters',
      () => [withModels(), '--enable_batching', '--batching_parameters_file=/no/such'],
      'batching_parameters_file: "/no/such" does not exist',
    ],
    [
      'wrong monitoring',
      () => [withModels(), fileFlag('monitoring_config_file', 'prometheus { }')],
      'Error parsing text-format tensorflow.serving.MonitoringConfig: 1:1: ',
    ],
    [
      'a platform file without the platform',
      () => [withModels(), fileFlag('platform_config_file', '')],
      'has no platform "tensorflow"',
    ],
    [
      'names for keys',
      () => [withModels(), fileFlag('ssl_config_file', 'server_key: "/etc/key.pem"')],
      'must be PEM text, not the name of a file',
    ],
  ])('says in one sentence that there is %s, and ends with 1', async (_name, flags, text) => {
    await expectRefusal(flags(), 1, text);
  });

  it.skipIf(process.getuid?.() === 0)('says which file it may not read (root may read all)', async () => {
    const flag = fileFlag('model_config_file', '');
    chmodSync(join(folder, 'model_config_file'), 0);
    await expectRefusal([flag], 1, 'this process may not use');
  });

  it('takes an unknown key of a YAML file for wrong usage', async () => {
    await expectRefusal([fileFlag('config', 'modle_name: m\nmodel_base_path: /m\n')], 2, 'modle_name');
  });
});

function withModels(): string {
  return `--model_repository=${join(folder, 'models')}`;
}

describe('serve --version', () => {
  it.each([['--version'], ['--version=true']])('prints two lines for %s', async (flag) => {
    const { code, out, err } = await serve(flag);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual([
      expect.stringMatching(/^Tensorfleet ModelServer: [0-9.]+$/),
      expect.stringMatching(/^TensorFlow Library: none; SavedModels run on ONNX Runtime [0-9.]+$/),
    ]);
  });
});
