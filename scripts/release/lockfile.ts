import { z } from 'zod'

/** https://docs.npmjs.com/cli/configuring-npm/package-lock-json, `packages` */
const Package = z.looseObject({
  /** The project itself may have none. */
  version: z.string().default(''),
  /** An SPDX expression, or what else the package says. */
  license: z.string().optional(),
  /** Only `devDependencies` need it. */
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
})

/** package-lock.json in version 3. The key of a package is its folder; the project's is empty. */
export const Lockfile = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), Package),
})
export type Lockfile = z.infer<typeof Lockfile>
