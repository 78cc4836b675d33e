import { signal } from '@preact/signals'

const KEY = 'hidden two-rows notes'
const MAX_SERVICES = 50

/** The services for which a person has hidden the note about rows that look like one request. */
const hidden = signal<readonly string[]>(stored())

/** Whether all of these were hidden. A further service with two ids shows the note again. */
export function isHidden(services: readonly string[]): boolean {
  return services.length > 0 && services.every((service) => hidden.value.includes(service))
}

/** Hides the note about these services in this browser. */
export function hide(services: readonly string[]): void {
  hidden.value = [...new Set([...services, ...hidden.value])].slice(0, MAX_SERVICES)
  try {
    localStorage.setItem(KEY, JSON.stringify(hidden.value))
  } catch {
    // The browser stores nothing; it is hidden until the page is closed.
  }
}

function stored(): readonly string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}
