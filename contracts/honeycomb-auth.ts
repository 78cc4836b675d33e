import { z } from 'zod'

/** Honeycomb's answer to `GET /1/auth`: whose key it is and what it may do. Source: https://api-docs.honeycomb.io/api/auth */
export const honeycombAuthSchema = z.object({
  /** `ingest` or `configuration`. */
  type: z.string().optional(),
  /** Honeycomb spells the permission to create datasets `createDatasets` or `create_datasets`. */
  api_key_access: z
    .looseObject({
      events: z.boolean().optional(),
      createDatasets: z.boolean().optional(),
      create_datasets: z.boolean().optional(),
    })
    .default({}),
  /** `slug` is empty for a Classic key, which has no environments. */
  environment: z.looseObject({ slug: z.string().default('') }).default({ slug: '' }),
  team: z.looseObject({ slug: z.string() }),
})

export type HoneycombAuth = z.infer<typeof honeycombAuthSchema>

/** The address of the web page that belongs to an API's: `https://ui.eu1.honeycomb.io` for `https://api.eu1.honeycomb.io`. */
export function honeycombUi(apiEndpoint: string): string {
  return apiEndpoint.replace('://api.', '://ui.')
}
