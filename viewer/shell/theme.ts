import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'theme'
const THEMES: readonly Theme[] = ['system', 'light', 'dark']

export const theme = signal<Theme>(stored())

/** Whether the page is dark now, by the user's choice or the system's. */
export const isDark = signal(false)

export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  effect(() => {
    const chosen = theme.value
    if (chosen === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = chosen
    isDark.value = chosen === 'system' ? system.matches : chosen === 'dark'
  })
  system.addEventListener('change', () => {
    if (theme.value === 'system') isDark.value = system.matches
  })
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // The browser stores nothing; the theme lasts until the page is closed.
  }
}

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY)
    return THEMES.find((name) => name === text) ?? 'system'
  } catch {
    return 'system'
  }
}
