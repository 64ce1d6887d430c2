/** US dollars, on demand, without taxes. */
export interface Price {
  readonly usd: number;
  /** Where it was seen; undefined where nobody has checked it: the estimate says so. */
  readonly source: string | undefined;
}

/** Of this region: others differ by some per cent to some tens. */
export const PRICE_REGION = 'us-east-1';
export const PRICE_DATE = '2026-06';

/** Linux, an hour. */
export const INSTANCE_PRICES: ReadonlyMap<string, Price> = new Map([
  ['g4dn.xlarge', { usd: 0.526, source: undefined }],
  [
    'g5.xlarge',
    { usd: 1.006, source: 'https://www.factualminds.com/blog/amazon-ec2-on-demand-pricing-instance-families-2026/' },
  ],
]);

/** A NAT gateway's hour; each gigabyte through it costs as much again. */
export const NAT_PRICE: Price = { usd: 0.045, source: 'https://cloudburn.io/blog/aws-nat-gateway-pricing' };
