const STATE = 'it changes a variable otherwise than by assigning all of it';
const KEPT = 'it keeps values from one request to the next';

const RANDOM = 'it is a random draw, which no other implementation repeats';

/** Why ops are not converted that never will be, by how their names begin. */
const REASONS: readonly (readonly [names: string, reason: string])[] = [
  ['Assign ResourceScatter ScatterAdd ScatterSub ScatterMul ScatterDiv ScatterMin ScatterMax ScatterUpdate', STATE],
  ['ScatterNdAdd ScatterNdSub ScatterNdUpdate ScatterNdMax ScatterNdMin ResourceStridedSliceAssign', STATE],
  ['Apply ResourceApply SparseApply ResourceSparseApply CountUpTo ResourceCountUpTo DestroyResource', STATE],
  ['TemporaryVariable DestroyTemporaryVariable StridedSliceAssign', STATE],
  ['Queue FIFOQueue PaddingFIFOQueue PriorityQueue RandomShuffleQueue Stack Stage Unstage Barrier', KEPT],
  ['MutableHashTable MutableDenseHashTable AnonymousMutable LookupTableInsert LookupTableRemove', KEPT],
  ['Random StatelessRandom Stateful Stateless TruncatedNormal ParameterizedTruncatedNormal Multinomial', RANDOM],
  ['Rng AnonymousRandomSeed AnonymousSeed UniformCandidate LogUniformCandidate LearnedUnigramCandidate', RANDOM],
  ['FixedUnigramCandidate ThreadUnsafeUnigramCandidate AllCandidate', RANDOM],
  ['PyFunc EagerPyFunc', 'it calls Python'],
  ['Iterator OneShotIterator MakeIterator ReduceDataset', 'it reads a data set'],
  ['ReadFile WriteFile MatchingFiles ReaderRead WholeFileReader TFRecordReader', 'it reads or writes files'],
  ['Cudnn', 'it runs on GPUs by NVIDIA only; models that are exported without a GPU do not have it'],
  ['XlaLaunch XlaCallModule', 'it holds code for XLA instead of ops'],
];

const PREFIXES = REASONS.flatMap(([names, reason]) => names.split(' ').map((prefix) => ({ prefix, reason })));

/** What people are told about an op that no handler converts. */
export function refusalOf(op: string): string {
  return PREFIXES.find(({ prefix }) => op.startsWith(prefix))?.reason ?? 'this op is not supported';
}
