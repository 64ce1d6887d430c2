import * as z from 'zod';

const requests = z.number().int().min(1).max(1_000_000_000).optional();

/** Most requests of a key in a second, minute and day of UTC; what is absent is not limited. */
export const quotaSchema = z.strictObject({ perSecond: requests, perMinute: requests, perDay: requests });

export type Quota = Readonly<z.output<typeof quotaSchema>>;
