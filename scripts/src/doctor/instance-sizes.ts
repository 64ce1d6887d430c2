const VCPUS: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 };

/** vCPUs of `g4dn.xlarge` and its like, by EC2's naming: large has 2, xlarge 4, <n>xlarge 4n; undefined for others. */
export function vcpusOf(instanceType: string): number | undefined {
  const size = instanceType.split('.')[1] ?? '';
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  return times === undefined ? VCPUS[size] : 4 * Number(times);
}
