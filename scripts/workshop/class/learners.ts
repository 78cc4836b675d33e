import { basename } from 'node:path'
import type { ReadExport } from './read.ts'
import { printable } from './text.ts'

/** A learner, with the newest of their exports. */
export interface Learner {
  /** The name; where several learners have it, with the name of the file. */
  readonly label: string
  readonly newest: ReadExport
  /** The files of older exports, which do not count. */
  readonly older: readonly string[]
}

export interface Learners {
  readonly learners: readonly Learner[]
  /** Names that several learners have. */
  readonly sameNames: readonly { readonly name: string; readonly labels: readonly string[] }[]
}

const MAX_NAME = 32
/** A clock that is this far ahead is wrong (ms). */
const AHEAD_MS = 24 * 3_600_000

/** Whether the time of an export is in the future: the clock of its machine is wrong, or the file was edited. */
export function isFromFuture({ content }: ReadExport, nowMs: number): boolean {
  return Date.parse(content.exportedAt) > nowMs + AHEAD_MS
}

/**
 * The learners of these exports. Two exports of one name are one learner's if both have the same workspace: the same time
 * of the first check, or a trace in common. An export without a name has the name of its file.
 */
export function findLearners(exports: readonly ReadExport[], nowMs: number): Learners {
  const byName = Map.groupBy(exports, (one) => identityOf(nameOf(one)))
  const sameNames: { name: string; labels: string[] }[] = []
  const learners = [...byName.values()].flatMap((group) => {
    const people = workspacesOf(newestFirst(group, nowMs))
    const isShared = people.length > 1
    const found = people.flatMap(([newest, ...older]) => {
      if (!newest) return []
      const name = nameOf(newest)
      const label = isShared ? `${name} (${fileOf(newest)})` : name
      return { label, newest, older: older.map(fileOf) }
    })
    const [first] = found
    if (isShared && first)
      sameNames.push({ name: nameOf(first.newest), labels: found.map(({ label }) => label) })
    return found
  })
  return { learners, sameNames }
}

/** The name of a file as it is shown. */
export function fileOf({ name }: ReadExport): string {
  return printable(basename(name), MAX_NAME)
}

function nameOf(one: ReadExport): string {
  return printable(one.content.learner, MAX_NAME) || fileOf(one).replace(/\.json$/i, '')
}

/** Names that differ in case, or in how a character is encoded, are one. */
function identityOf(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

function newestFirst(group: readonly ReadExport[], nowMs: number): ReadExport[] {
  const timeOf = (one: ReadExport) => (isFromFuture(one, nowMs) ? 0 : Date.parse(one.content.exportedAt))
  return group.toSorted((a, b) => timeOf(b) - timeOf(a))
}

/** The exports of one name by workspace, each list in the order of the exports. */
function workspacesOf(group: readonly ReadExport[]): ReadExport[][] {
  const lists: ReadExport[][] = []
  const known = new Map<string, ReadExport[]>()
  for (const one of group) {
    const keys = workspaceKeys(one)
    // With nothing to tell its workspace by, it is an early export of the learner.
    const found = keys.length === 0 ? lists[0] : keys.map((key) => known.get(key)).find((list) => list)
    const list = found ?? []
    if (!found) lists.push(list)
    list.push(one)
    for (const key of keys) if (!known.has(key)) known.set(key, list)
  }
  return lists
}

/** What two exports of one workspace have in common. */
function workspaceKeys({ content: { startedAt, chapters } }: ReadExport): string[] {
  const traces = chapters.flatMap(({ traceIds }) => traceIds)
  return startedAt === undefined ? traces : [startedAt, ...traces]
}
