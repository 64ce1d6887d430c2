/** How a version's files are to be executed; an engine may not be there yet, then its loader says UNIMPLEMENTED. */
export type ModelFormat = 'onnx' | 'saved_model' | 'tflite' | 'tfjs';

/** The files that make a directory a model, by name; they lie at the top of the version's directory. */
export const MODEL_FILES: ReadonlyMap<string, ModelFormat> = new Map([
  ['model.onnx', 'onnx'],
  ['saved_model.pb', 'saved_model'],
  ['saved_model.pbtxt', 'saved_model'],
  ['model.tflite', 'tflite'],
  ['model.json', 'tfjs'],
]);

export const ALL_FORMATS: readonly ModelFormat[] = [...new Set(MODEL_FILES.values())];

/** The names among `paths` that are model files of these formats. */
export function modelFilesAmong(
  paths: Iterable<string>,
  formats: readonly ModelFormat[] = ALL_FORMATS,
): readonly string[] {
  return [...paths].filter((path) => {
    const format = MODEL_FILES.get(path);
    return format !== undefined && formats.includes(format);
  });
}

/** `model.onnx, saved_model.pb or model.tflite`: the names that would have been a model, for errors. */
export function formatModelFiles(formats: readonly ModelFormat[] = ALL_FORMATS): string {
  const names = modelFilesAmong(MODEL_FILES.keys(), formats);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
