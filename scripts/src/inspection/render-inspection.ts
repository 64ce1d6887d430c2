import { formatShape } from '@tensorfleet/core';
import type { InspectedSignature, InspectedStage, InspectedTensor, ModelInspection } from '@tensorfleet/gpu-backend';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { oneLine, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import { renderRefusals } from './render-refusals.ts';
import { sampleRequests } from './sample-request.ts';
import { wrapped } from './wrapped.ts';

const FORMATS: Readonly<Record<ModelInspection['format'], string>> = {
  saved_model: 'SavedModel',
  program: 'converted SavedModel',
  onnx: 'ONNX model',
  tflite: 'TFLite model',
  tfjs: 'TensorFlow.js model',
};

/** Lines of one inspection, at most 80 columns where names allow it. `model` is the name in the sample requests. */
export function renderInspection(inspection: ModelInspection, model: string, colours: Colours): string {
  const { path, format, signatures, ops } = inspection;
  const blocks = [
    `${colours.bold(oneLine(path))}  ${FORMATS[format]}`,
    renderFacts(inspection, colours),
    ...renderRefusals(inspection.verdict, colours),
    ...signatures.map((signature) => renderSignature(signature, colours)),
    ...(ops.length === 0 ? [] : [renderOps(inspection, colours)]),
    // A converted model is no version that could be published.
    ...(format === 'program' ? [] : signatures.map((signature) => renderRequests(model, signature, colours))),
  ];
  return blocks.join('\n\n');
}

function renderFacts({ verdict, size, facts }: ModelInspection, colours: Colours): string {
  const { engine, reason, tensorflow } = verdict;
  const runs =
    engine === null ? colours.red(`none: ${oneLine(reason)}`) : `${colours.green(engine)}: ${oneLine(reason)}`;
  const lines: readonly (readonly [title: string, value: string])[] = [
    ['engine', runs],
    ...(tensorflow === null ? [] : [['TensorFlow', oneLine(tensorflow)] as const]),
    ['files', `${formatCount(size.files)}, ${formatBytes(size.bytes)}`],
    ...(size.weights === 0 ? [] : [['weights', weightsText(size)] as const]),
    ...facts.map(
      ({ title, value }) => [title === 'TensorFlow' ? 'written by' : title, factText(title, value)] as const,
    ),
  ];
  const width = Math.max(...lines.map(([title]) => title.length)) + 2;
  return lines.map(([title, value]) => `${colours.dim(title.padEnd(width))}${value}`).join('\n');
}

function factText(title: string, value: string): string {
  return title === 'TensorFlow' ? `TensorFlow ${oneLine(value)}` : oneLine(value);
}

function weightsText({ weights, parameters, weightBytes }: ModelInspection['size']): string {
  return `${formatCount(weights)} with ${formatCount(parameters)} parameters, ${formatBytes(weightBytes)}`;
}

function renderSignature(signature: InspectedSignature, colours: Colours): string {
  const { name, methodName, inputs, outputs, stages } = signature;
  const columns = [
    { title: '' },
    { title: 'name' },
    { title: 'dtype' },
    { title: 'shape' },
    ...(inputs.concat(outputs).some(({ tensor }) => tensor !== null) ? [{ title: 'tensor' }] : []),
    ...(inputs.some((input) => input.default !== null) ? [{ title: 'default' }] : []),
  ];
  const rowOf = (kind: string, tensor: InspectedTensor): readonly string[] => [
    kind,
    tensor.name,
    tensor.dtype,
    tensor.shape === null ? 'any' : formatShape(tensor.shape),
    ...(columns.some(({ title }) => title === 'tensor') ? [tensor.tensor ?? ''] : []),
    ...(columns.some(({ title }) => title === 'default') ? [tensor.default ?? ''] : []),
  ];
  const rows = [...inputs.map((one) => rowOf('input', one)), ...outputs.map((one) => rowOf('output', one))];
  const method = methodName === '' ? '' : `  ${oneLine(methodName)}`;
  return [
    `${colours.bold(`signature ${oneLine(name)}`)}${colours.dim(method)}`,
    indented(renderTable(columns, rows, colours)),
    ...(stages.length === 0 ? [] : [`  ${colours.dim('runs')}  ${stages.map(stageText).join(', then ')}`]),
  ].join('\n');
}

function stageText(stage: InspectedStage): string {
  if (stage.kind === 'onnx') {
    const checks = stage.checks === 0 ? '' : ` (${stage.checks} ${stage.checks === 1 ? 'check' : 'checks'})`;
    return `${oneLine(stage.file)} on ONNX Runtime${checks}`;
  }
  if (stage.kind === 'map') {
    return `for each element (${stage.stages.map(stageText).join(', then ')})`;
  }
  return `${stage.steps.map(({ op }) => oneLine(op)).join(', ')} in TypeScript`;
}

function renderOps({ ops }: ModelInspection, colours: Colours): string {
  const nodes = ops.reduce((sum, { count }) => sum + count, 0);
  const items = ops.map(({ op, count }) => `${oneLine(op)} ${colours.dim(formatCount(count))}`);
  const widths = ops.map(({ op, count }) => oneLine(op).length + 1 + formatCount(count).length);
  return [`${colours.bold('ops')}  ${ops.length} kinds, ${formatCount(nodes)} nodes`, ...wrapped(items, widths)].join(
    '\n',
  );
}

function renderRequests(model: string, signature: InspectedSignature, colours: Colours): string {
  const title = colours.bold(`ask ${oneLine(signature.name)}`);
  const requests = sampleRequests(model, signature);
  if (requests === undefined) {
    return `${title}\n  it has inputs that requests cannot carry`;
  }
  const bytes = signature.inputs.filter(({ holdsBytes }) => holdsBytes).map(({ name }) => name);
  const note = `replace the bytes of ${bytes.join(', ')} by a file or message of your own, in base64`;
  return [
    title,
    ...(bytes.length === 0 ? [] : [`  ${colours.dim(oneLine(note))}`]),
    `  ${colours.dim('REST')}  ${oneLine(requests.rest.command)}`,
    `  ${colours.dim('gRPC')}  ${oneLine(requests.grpc.command)}`,
  ].join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
