/**
 * Probabilities of logits: positive, with the sum 1. Does not overflow; infinite logits that are the largest share the
 * probability, and one NaN makes all NaN.
 */
export function softmax(logits: Float64Array): Float64Array {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => (logit === largest ? 1 : Math.exp(logit - largest)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
