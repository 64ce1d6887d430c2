import * as z from 'zod/mini';

const requests = z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(1_000_000_000)));

/** Most requests of a key in a second, minute and day of UTC; what is absent is not limited. */
export const quotaSchema = z.strictObject({ perSecond: requests, perMinute: requests, perDay: requests });

export type Quota = Readonly<z.output<typeof quotaSchema>>;
