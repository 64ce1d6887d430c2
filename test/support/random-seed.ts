/**
 * Where random tests begin. Continuous integration asks the same questions of every commit (FUZZ_SEED), so that its
 * answer is about the commit; everywhere else each run asks new ones. Whoever uses it prints it.
 */
export const RANDOM_SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
