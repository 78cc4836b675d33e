import { useEffect, useState } from 'preact/hooks'
import type { FilterCheck, FilterIssue } from '../../../contracts/sandbox/xray-filter.ts'
import { getJson, isAbort } from '../../shell/api.ts'
import { query } from '../../shell/router.ts'
import { setFilters } from '../filters/set-filters.ts'

const TYPING_MS = 300

/**
 * The expression in the field. It is checked when the user pauses, and goes into the page's address if it is right; a wrong
 * one leaves the address, and thus the list, as it was. `issue` is what is wrong. `isFinal` after Enter or when the focus
 * has left the field: the end of a longer expression is then missing, and not on its way.
 */
export function useExpression() {
  const applied = query.value.get('filter') ?? ''
  const [typed, setTyped] = useState(applied)
  const [isFinal, setFinal] = useState(applied !== '')
  const [issue, setIssue] = useState<FilterIssue>()
  const [trouble, setTrouble] = useState('')
  // The address changes also by a link, the chart, or the browser's history.
  useEffect(() => {
    if (applied.trim() !== typed.trim()) setTyped(applied)
  }, [applied])
  useEffect(() => {
    const abort = new AbortController()
    const apply = ({ issue: found }: FilterCheck) => {
      setTrouble('')
      setIssue(found ?? undefined)
      const now = query.value.get('filter') ?? ''
      if (!found && typed.trim() !== now.trim()) setFilters({ filter: typed.trim() })
    }
    const check = () => {
      if (typed.trim() === '') return apply({ issue: null })
      const { signal } = abort
      const address = `sandbox/xray/check?${new URLSearchParams({ filter: typed })}`
      getJson<FilterCheck>(address, { signal }).then(apply, (error: Error) => {
        if (!isAbort(error)) setTrouble(error.message)
      })
    }
    const timer = setTimeout(check, isFinal ? 0 : TYPING_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [typed, isFinal])
  return {
    typed,
    setTyped: (text: string) => {
      setTyped(text)
      setFinal(false)
    },
    finish: () => setFinal(true),
    isFinal,
    issue,
    trouble,
  }
}
