import { useEffect, useState } from 'preact/hooks'
import type { ColumnEntry, ColumnList } from '../../contracts/sandbox/query.ts'
import { getJson, useRead } from '../shell/api.ts'
import type { KnownValue, WantedValues } from './completion.ts'

const REFRESH_MS = 30_000
/** A pause in typing after which more values are read. ms */
const TYPING_MS = 100

/**
 * The columns of a dataset, and `more` values of the column that a filter's text asks for. What is known is offered at once:
 * typing never waits for the sandbox.
 */
export function useColumns(dataset: string) {
  const address = `sandbox/columns?dataset=${encodeURIComponent(dataset)}`
  const { value, error } = useRead<ColumnList | { message: string }>(address, REFRESH_MS)
  const [wanted, want] = useState<WantedValues>()
  const [more, setMore] = useState<Pick<ColumnEntry, 'name' | 'values'>>()
  const { column = '', contains = '' } = wanted ?? {}
  useEffect(() => {
    if (!column) return
    const abort = new AbortController()
    const read = async () => {
      const search = new URLSearchParams({ column, contains })
      const found = await getJson<Partial<ColumnList>>(`${address}&${search}`, { signal: abort.signal })
      const [first] = found.columns ?? []
      if (first) setMore(first)
    }
    // Without these values, those that are known are offered.
    const timer = setTimeout(() => read().catch(() => {}), TYPING_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [address, column, contains])
  const list = value && 'columns' in value ? value : undefined
  return {
    list,
    columns: list?.columns ?? [],
    error,
    want: (next: WantedValues | undefined) =>
      want((before) =>
        before?.column === next?.column && before?.contains === next?.contains ? before : next,
      ),
    valuesOf: (name: string): readonly KnownValue[] => (more?.name === name ? more.values : []),
  }
}
