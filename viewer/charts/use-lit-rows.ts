import { effect, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

/**
 * Marks the row of a table whose line the pointer is on in a chart, and the other way round. Rows are in the order of the
 * lines. They are marked without rendering them again.
 */
export function useLitRows(highlighted: Signal<number>, hasLines: boolean) {
  const body = useRef<HTMLTableSectionElement>(null)
  useEffect(
    () =>
      effect(() => {
        body.current?.querySelector('.lit')?.classList.remove('lit')
        if (highlighted.value >= 0) body.current?.rows[highlighted.value]?.classList.add('lit')
      }),
    [highlighted],
  )
  return {
    body,
    /** For the events of the table's body. */
    light: ({ target }: Event) => {
      const row = target instanceof Element ? target.closest('tr') : null
      highlighted.value = row && hasLines ? row.sectionRowIndex : -1
    },
    dim: () => {
      highlighted.value = -1
    },
  }
}
