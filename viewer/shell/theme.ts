import { computed, effect, signal } from '@preact/signals'

const KEY = 'theme'
const THEMES = ['system', 'light', 'dark'] as const
/** `system`: as the system has it, also when that changes. */
export type Theme = (typeof THEMES)[number]

const system = matchMedia('(prefers-color-scheme: dark)')
const isSystemDark = signal(system.matches)
export const theme = signal<Theme>(stored())

/** Whether the page is dark now, by the user's choice or the system's. */
export const isDark = computed(() => (theme.value === 'system' ? isSystemDark.value : theme.value === 'dark'))

export function startTheme(): void {
  // The colours in style/base.css follow the color-scheme.
  effect(() => {
    document.documentElement.style.colorScheme = theme.value === 'system' ? 'light dark' : theme.value
  })
  system.addEventListener('change', () => {
    isSystemDark.value = system.matches
  })
}

/** The theme to which a click changes. */
export function themeAfter(one: Theme): Theme {
  return THEMES[(THEMES.indexOf(one) + 1) % THEMES.length] ?? 'system'
}

export function nextTheme(): void {
  theme.value = themeAfter(theme.value)
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // The browser stores nothing; the theme lasts until the page is closed.
  }
}

function stored(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}
