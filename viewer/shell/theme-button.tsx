import { nextTheme, type Theme, theme, themeAfter } from './theme.ts'

const NAMES: Readonly<Record<Theme, string>> = { system: 'auto', light: 'light', dark: 'dark' }
const MEANINGS: Readonly<Record<Theme, string>> = {
  system: 'Light or dark, as the system has it.',
  light: 'Always light.',
  dark: 'Always dark.',
}

/** Says which theme the page has, and what a click does. */
export function ThemeButton() {
  const now = theme.value
  const rest = `${MEANINGS[now]} Change to ${NAMES[themeAfter(now)]}.`
  return (
    <button
      type="button"
      class="quiet theme"
      onClick={nextTheme}
      title={rest}
      aria-label={`Theme: ${NAMES[now]}. ${rest}`}
    >
      <Icon theme={now} />
      Theme: {NAMES[now]}
    </button>
  )
}

function Icon({ theme: shown }: { readonly theme: Theme }) {
  return (
    <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
      {shown === 'dark' ? (
        <path d="M13.4 10.2A6 6 0 0 1 5.8 2.6a6 6 0 1 0 7.6 7.6Z" fill="currentColor" />
      ) : (
        <circle cx="8" cy="8" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      )}
      {shown === 'system' && <path d="M8 3.8a4.2 4.2 0 0 1 0 8.4Z" fill="currentColor" />}
      {shown === 'light' && (
        <path
          d="M8 .6v2M8 13.4v2M.6 8h2M13.4 8h2M2.8 2.8l1.4 1.4M11.8 11.8l1.4 1.4M13.2 2.8l-1.4 1.4M4.2 11.8l-1.4 1.4"
          stroke="currentColor"
          stroke-width="1.4"
          stroke-linecap="round"
        />
      )}
    </svg>
  )
}
