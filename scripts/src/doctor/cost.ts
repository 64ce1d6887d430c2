import { type Finding, ok, warn } from './finding.ts';
import { INSTANCE_PRICES, NAT_PRICE, PRICE_DATE, PRICE_REGION, type Price } from './prices.ts';
import { type Deployment, NAT_GATEWAYS, type Nat } from './snapshot.ts';

/** US dollars an hour. */
export interface CostEstimate {
  /** No task runs. */
  readonly idle: number;
  /** As many as there may be run. */
  readonly busy: number;
}

/** Instances and NAT gateways: what bills by the hour. Requests, logs, metrics, addresses and traffic come on top of it. */
export function estimateCost(instanceUsd: number, maxTasks: number, natGateways: number): CostEstimate {
  const idle = NAT_PRICE.usd * natGateways;
  return { idle, busy: idle + instanceUsd * maxTasks };
}

const NAT_TEXTS: Readonly<Record<Nat, string>> = {
  none: 'no NAT gateway',
  one: 'one NAT gateway',
  'per-az': `${NAT_GATEWAYS['per-az']} NAT gateways`,
};

/** `instanceUsd`: the price of an hour, where the user knows it. */
export function checkCost(
  { instanceType, maxTasks, nat, region }: Deployment,
  instanceUsd: number | undefined,
): Finding {
  const name = 'cost';
  const price: Price | undefined =
    instanceUsd === undefined ? INSTANCE_PRICES.get(instanceType) : { usd: instanceUsd, source: '--instance-price' };
  const look = `look ${instanceType} up at https://aws.amazon.com/ec2/pricing/on-demand/ and say --instance-price <dollars per hour>`;
  if (price === undefined) {
    return warn(name, `no price of ${instanceType} is known here`, look);
  }
  const { idle, busy } = estimateCost(price.usd, maxTasks, NAT_GATEWAYS[nat]);
  const tasks = `${maxTasks} ${maxTasks === 1 ? 'task' : 'tasks'} of ${instanceType} at $${price.usd}`;
  const sum = `about $${idle.toFixed(3)} an hour idle (${NAT_TEXTS[nat]}), $${busy.toFixed(3)} with ${tasks}; requests, logs, addresses and traffic not counted`;
  if (instanceUsd !== undefined) {
    return ok(name, sum);
  }
  const where = `list prices of ${PRICE_REGION}, ${PRICE_DATE}`;
  return price.source === undefined || region !== PRICE_REGION
    ? warn(name, `${sum}; ${where}${price.source === undefined ? ', not checked' : ''}`, look)
    : ok(name, `${sum}; ${where}`);
}
