/** How long the steps take until a new task is asked; seconds. What is not measured here is said to be so. */
export interface StartUp {
  /** ECS's managed scaling looks at its reservation once a minute, and asks EC2 for an instance. */
  readonly decideS: number;
  /** A GPU instance boots, and its agent joins the cluster. */
  readonly bootS: number;
  /** An image of about 3 GB, unpacked. */
  readonly pullS: number;
  /** The server starts and loads its model. */
  readonly loadS: number;
  /** Health check and Cloud Map. */
  readonly registerS: number;
  /** Until a gateway that has connections open looks the name up again: at most this. */
  readonly resolveS: number;
  /** An instance without a task is kept for so long: managed scaling needs 15 minutes of low reservation. */
  readonly idleInstanceS: number;
  /** A task that is to stop finishes what it has, and is asked no more. */
  readonly drainS: number;
}

/**
 * Assumed for ECS on EC2, but for the load, which is of MNIST and a convolution here. The boot is that of an image with
 * drivers in it; a driver that is installed at boot takes minutes more.
 */
export const ECS_ON_EC2: StartUp = {
  decideS: 60,
  bootS: 90,
  pullS: 75,
  loadS: 3,
  registerS: 20,
  resolveS: 30,
  idleInstanceS: 900,
  drainS: 30,
};
