/** What the system tells of a process. */
export interface ProcessFacts {
  readonly startTime: string
  /** The process group's id: the pid itself for a group's leader. */
  readonly group: number
  /** Dead, but not yet reaped by its parent (in a container without an init, that may be never). */
  readonly isZombie: boolean
}
