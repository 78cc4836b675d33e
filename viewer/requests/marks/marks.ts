import { signal } from '@preact/signals'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'

/** A comparison has two sides. */
const MOST = 2
const MAX_NAME = 60

/** The requests that were selected for a comparison, in that order. They stay selected while the list changes. */
export const marks = signal<readonly RequestRow[]>([])
/** What the last selection did, for screen readers. */
export const announcement = signal('')

export function isMarked(traceId: string): boolean {
  return marks.value.some((row) => row.traceId === traceId)
}

/** Selects a request or takes it back. A third one replaces the second, so that the first is compared with several. */
export function toggleMark(row: RequestRow): void {
  const kept = marks.value.filter(({ traceId }) => traceId !== row.traceId)
  const isRemoved = kept.length < marks.value.length
  marks.value = isRemoved ? kept : [...kept.slice(0, MOST - 1), row]
  const number = `${marks.value.length} of ${MOST} selected`
  announcement.value = isRemoved
    ? `${nameOf(row)} is no longer selected. ${number}.`
    : `${nameOf(row)} is selected for a comparison. ${number}.`
}

export function clearMarks(): void {
  marks.value = []
  announcement.value = 'No request is selected.'
}

/** The sides of a comparison: the faster one is A, because the page says what makes B slower than A. */
export function sidesOf(rows: readonly RequestRow[]): readonly RequestRow[] {
  return rows.toSorted((a, b) => a.durationMs - b.durationMs)
}

/** The request's name, or its trace id where it has none; cut. */
export function nameOf({ name, traceId }: RequestRow): string {
  const text = name || traceId
  return text.length > MAX_NAME ? `${text.slice(0, MAX_NAME - 1)}…` : text
}
