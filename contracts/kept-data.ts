const KEPT = /^(.+)\.broken-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/

/** The new name of data that could not be opened, and is kept beside what was made anew. */
export function keptName(path: string, at: Date): string {
  return `${path}.broken-${at.toISOString().replaceAll(/[:.]/g, '-')}`
}

/** When data was given its name by `keptName`; undefined for any other name. */
export function keptAt(name: string): Date | undefined {
  const [, , day, hours, minutes, seconds, ms] = KEPT.exec(name) ?? []
  const at = new Date(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
