/** The words of a repository index, which are Triton's. */
const INDEX_STATES: ReadonlyMap<string, string> = new Map([
  ['READY', 'AVAILABLE'],
  ['UNAVAILABLE', 'END'],
]);

/** The state in TensorFlow Serving's word, so that one fleet looks the same through every port. */
export function stateOf(state: string): string {
  return INDEX_STATES.get(state) ?? state;
}
