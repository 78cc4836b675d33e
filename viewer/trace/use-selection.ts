import { useState } from 'preact/hooks'
import type { Selection } from '../../analysis/trace/rows.ts'
import { fragment, hrefOf, navigate, path, query } from '../shell/router.ts'

/** The selected record. Its span's id is in the address (`?span=`). */
export function useSelection() {
  /** The key of a selected log record, run or occurrence; empty where a span is selected. */
  const [recordKey, setRecordKey] = useState('')
  const spanId = query.value.get('span') ?? ''
  const selection: Selection = { id: spanId, key: recordKey || spanId }
  const select = (id: string, key = '') => {
    setRecordKey(key)
    const next = new URLSearchParams(query.value)
    if (id) next.set('span', id)
    else next.delete('span')
    navigate(hrefOf(path.value, next.toString(), fragment.value), { replaces: true })
  }
  return { selection, select }
}
