import { CHAPTERS } from '../../../workshop/chapters.ts'
import { fileOf, findLearners, isFromFuture, type Learner } from './learners.ts'
import type { ReadExport } from './read.ts'
import type { Unread } from './sources.ts'
import { printable } from './text.ts'

type State = ReadExport['content']['chapters'][number]['state']

/** `edited`: changed after the export. `shared`: another learner has the same traces. `no checksum`: of an older workshop. */
export type Flag = 'edited' | 'shared' | 'no checksum' | 'future'

export interface Row {
  readonly learner: string
  readonly file: string
  readonly exportedAt: string
  /** By chapter, in their order. */
  readonly states: readonly State[]
  readonly done: number
  /** Without the optional chapters that are not done. */
  readonly of: number
  readonly flags: readonly Flag[]
  readonly older: readonly string[]
}

/** Learners who wait for the same condition of a chapter. */
export interface Stuck {
  readonly chapter: number
  /** As the check names it; undefined in exports of version 1. */
  readonly condition: string | undefined
  /** Most tries first. */
  readonly learners: readonly { readonly learner: string; readonly tries: number }[]
}

export interface SharedEvidence {
  readonly chapters: readonly number[]
  readonly learners: readonly string[]
}

/** A class, as `--json` prints it. */
export interface ClassReport {
  readonly rows: readonly Row[]
  /** The most frequent first. */
  readonly stuck: readonly Stuck[]
  readonly shared: readonly SharedEvidence[]
  readonly sameNames: readonly { readonly name: string; readonly labels: readonly string[] }[]
  readonly unread: readonly Unread[]
}

const MAX_CONDITION = 120

/** Rows are in the order of progress, most done first, and edited ones last; or in that of names. */
export function reportOf(
  read: readonly (ReadExport | Unread)[],
  order: 'progress' | 'name',
  nowMs = Date.now(),
): ClassReport {
  const exports = read.filter((one) => 'content' in one)
  const { learners, sameNames } = findLearners(exports, nowMs)
  const shared = findShared(learners)
  const sharing = new Set(shared.flatMap((one) => one.learners))
  const rows = learners.map((learner) => rowOf(learner, sharing.has(learner.label), nowMs))
  const byName = (a: Row, b: Row) => COLLATOR.compare(a.learner, b.learner)
  const byProgress = (a: Row, b: Row) =>
    Number(isEdited(a)) - Number(isEdited(b)) || b.done - a.done || a.of - b.of || byName(a, b)
  return {
    rows: rows.toSorted(order === 'name' ? byName : byProgress),
    stuck: findStuck(learners),
    shared,
    sameNames,
    unread: read.filter((one) => 'what' in one),
  }
}

/** `Ada 2` is before `Ada 10`. */
const COLLATOR = new Intl.Collator('en', { numeric: true })

/** The marks of an edited export prove nothing, so totals leave them out. */
export function isEdited({ flags }: Pick<Row, 'flags'>): boolean {
  return flags.includes('edited')
}

export function isDone(state: State): boolean {
  return state === 'passed' || state === 'earlier'
}

/** The chapters of this workshop as an export has them; an older one may have fewer. */
function chaptersOf({ newest }: Learner) {
  const byNumber = new Map(newest.content.chapters.toReversed().map((one) => [one.number, one]))
  return CHAPTERS.map(({ number }) => ({
    state: 'open' as State,
    traceIds: [],
    ...byNumber.get(number),
    number,
  }))
}

function rowOf(learner: Learner, isShared: boolean, nowMs: number): Row {
  const { label, newest, older } = learner
  const states = chaptersOf(learner).map(({ state }) => state)
  const flags: (Flag | false)[] = [
    newest.checksum === 'broken' && 'edited',
    newest.checksum === 'none' && 'no checksum',
    isShared && 'shared',
    isFromFuture(newest, nowMs) && 'future',
  ]
  return {
    learner: label,
    file: fileOf(newest),
    exportedAt: newest.content.exportedAt,
    states,
    done: states.filter(isDone).length,
    of: states.filter((state) => state !== 'optional').length,
    flags: flags.filter((flag) => flag !== false),
    older,
  }
}

function findStuck(learners: readonly Learner[]): Stuck[] {
  const waiting = learners.flatMap((learner) => {
    const next = chaptersOf(learner).find(({ state }) => state === 'open')
    if (!next) return []
    const condition = next.missing === undefined ? undefined : printable(next.missing, MAX_CONDITION)
    return { chapter: next.number, condition, learner: learner.label, tries: next.tries ?? 0 }
  })
  const groups = Map.groupBy(waiting, ({ chapter, condition = '' }) => `${chapter} ${condition}`)
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (!first) return []
      const people = group.map(({ learner, tries }) => ({ learner, tries }))
      const sorted = people.toSorted((a, b) => b.tries - a.tries || COLLATOR.compare(a.learner, b.learner))
      return { chapter: first.chapter, condition: first.condition, learners: sorted }
    })
    .toSorted((a, b) => b.learners.length - a.learners.length || a.chapter - b.chapter)
}

/** Every trace id has 96 random bits, so no two workspaces make the same one. */
function findShared(learners: readonly Learner[]): SharedEvidence[] {
  const byTrace = new Map<string, { learners: Set<string>; chapters: Set<number> }>()
  for (const learner of learners) {
    for (const { number, traceIds } of learner.newest.content.chapters) {
      for (const id of traceIds) {
        const known = byTrace.get(id)
        if (known) {
          known.learners.add(learner.label)
          known.chapters.add(number)
        } else byTrace.set(id, { learners: new Set([learner.label]), chapters: new Set([number]) })
      }
    }
  }
  const shared = [...byTrace.values()].filter((one) => one.learners.size > 1)
  const groups = Map.groupBy(shared, (one) => [...one.learners].join('\0'))
  return [...groups.values()].map((group) => ({
    chapters: [...new Set(group.flatMap(({ chapters }) => [...chapters]))].toSorted((a, b) => a - b),
    learners: [...(group[0]?.learners ?? [])],
  }))
}
