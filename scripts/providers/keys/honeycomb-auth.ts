import { z } from 'zod'

/** What `GET /1/auth` says of a key; Classic has no environment. Source: https://api-docs.honeycomb.io/api/auth */
export const AUTH = z.object({
  type: z.string().optional(),
  api_key_access: z
    .looseObject({
      events: z.boolean().optional(),
      createDatasets: z.boolean().optional(),
      create_datasets: z.boolean().optional(),
    })
    .default({}),
  environment: z.looseObject({ slug: z.string().default('') }).default({ slug: '' }),
  team: z.looseObject({ slug: z.string() }),
})
