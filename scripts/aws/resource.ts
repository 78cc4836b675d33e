import type { Difference } from './difference.ts'

/** One thing that the workspace keeps in X-Ray, as it was found, and the ways to change that. */
export interface Resource {
  readonly label: string
  readonly exists: boolean
  /** Empty where it does not exist. */
  readonly differences: readonly Difference[]
  create(): Promise<void>
  update(): Promise<void>
  destroy(): Promise<void>
}
