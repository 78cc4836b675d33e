import type { Setting } from './catalogue.ts'

/** What instructions have in the place of a value: `<key>`, `$KEY`, `xxx`, `...`. */
const MARK = /^(<.*>|\[.*\]|\$\{?\w+\}?|x{3,}|\.{3}|…|changeme)$/i
/** Words that no key of a provider has. Other values may: a dataset `todo-app`. */
const WORDS = /your[-_ ]|_here$|^(changeme|placeholder|todo|example)/i

/** For the user and password of an address. `example` and `changeme` are passwords of databases on one's own machine. */
const IN_URL = /your[-_ ]|_here$/i

/** `${NAME}` and `${NAME:-default}`, as Docker Compose and shells fill it in. */
const IN_BRACES = /\$\{([A-Za-z_]\w*)[^}]*\}/
/** `$NAME` between separators. Within a word a dollar sign is a character of a password. */
const IN_CAPITALS = /(?:^|[\s=:,/@*-])\$([A-Z_][A-Z0-9_]*)(?=$|[\s:,/@.*-])/
/** `<your-key>`, and `{{ key }}` of templates. */
const IN_BRACKETS = /<[A-Za-z][\w .-]{2,}>|\{\{[^}]*\}\}/

/** Whether a text stands in the place of a key in instructions: `your-key-here`, `<key>`, `$KEY`. */
export function isPlaceholder(text: string): boolean {
  return MARK.test(text.trim()) || WORDS.test(text.trim())
}

/**
 * The end of a sentence that begins with the setting's name, for a value that was copied with its placeholder; undefined
 * for any other. Nothing fills in a variable in a setting: it would be sent as it is. Of the value only the name of a
 * variable is quoted, in capitals, because the rest may be secret.
 */
export function whyPlaceholder({ secret }: Pick<Setting, 'secret'>, value: string): string | undefined {
  const variable = IN_BRACES.exec(value)?.[1] ?? IN_CAPITALS.exec(value)?.[1]
  if (variable !== undefined) {
    const name = /^[A-Z0-9_]+$/.test(variable) ? `the variable ${variable}` : 'a variable'
    return `names ${name} in its value, which nothing fills in there: write the value itself`
  }
  const url = secret && /^\w+:\/\//.test(value) ? URL.parse(value) : null
  // A host may be called db.your-company.com.
  if (url) {
    const hasWords = [url.username, url.password].some((part) => IN_URL.test(part))
    return hasWords || IN_BRACKETS.test(value) ? 'has a placeholder in its value' : undefined
  }
  if (secret && isPlaceholder(value)) return 'is a placeholder, not a key'
  // Of OTEL_EXPORTER_OTLP_HEADERS each `name=value`.
  const parts = secret ? value.split(',').map((pair) => pair.replace(/^[^=]*=/, '')) : []
  if (IN_BRACKETS.test(value) || parts.some((part) => MARK.test(part.trim())))
    return 'has a placeholder in its value'
  return undefined
}
