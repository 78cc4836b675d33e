import { computed, signal } from '@preact/signals'
import { query } from '../../shell/router.ts'

export const PANEL_ID = 'xray-filter'

/** Whether the user has opened or closed the panel. Before that it is open where the address has a filter. */
const choice = signal<boolean | undefined>(undefined)
const isFiltering = computed(() => query.value.has('filter') || query.value.has('group'))
export const isPanelOpen = computed(() => choice.value ?? isFiltering.value)

export function togglePanel(): void {
  choice.value = !isPanelOpen.value
  if (choice.value) focusesField.value = true
}

/** The panel was opened by hand, so that its field gets the focus. */
export const focusesField = signal(false)

export function FilterToggle() {
  return (
    <button
      type="button"
      class={`xray-toggle ${isFiltering.value ? 'chosen' : ''}`}
      aria-expanded={isPanelOpen.value}
      aria-controls={isPanelOpen.value ? PANEL_ID : undefined}
      onClick={togglePanel}
      title="Filter expressions and groups, as in X-Ray's console (x)"
    >
      X-Ray filter
    </button>
  )
}
