import { pathShape } from '../../contracts/sandbox/work-shape.ts'

/** Levels of a template; what is below is the same route. */
const MAX_DEPTH = 8
const MAX_PART = 60
/** Different names at one place of a path. More of them are taken for values: names of people, of files … */
const MAX_SIBLINGS = 12
const ANY = ':any'

/** The path of a URL with placeholders for values, so that requests that differ in an id have the same. */
export function pathTemplate(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  const parts = path.split('/').filter(Boolean)
  const named = parts.slice(0, MAX_DEPTH).map((part) => pathShape(part).slice(0, MAX_PART))
  return `/${[...named, ...(parts.length > MAX_DEPTH ? ['…'] : [])].join('/')}`
}

interface Level {
  readonly below: Map<string, Level>
}

/**
 * Makes templates shorter in number: where more than 12 differ only in one part, that part becomes `:any`. Returns the new
 * template of each.
 */
export function joinTemplates(templates: Iterable<string>): Map<string, string> {
  const all = [...new Set(templates)]
  let current = new Map(all.map((template) => [template, template.split('/').slice(1)]))
  // Level by level, because joined parts bring together what is below them.
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const root: Level = { below: new Map() }
    const parentOf = (parts: readonly string[]) => {
      let level = root
      for (const part of parts.slice(0, depth)) {
        const next = level.below.get(part) ?? { below: new Map() }
        level.below.set(part, next)
        level = next
      }
      return level
    }
    for (const parts of current.values()) {
      const part = parts[depth]
      if (part !== undefined) parentOf(parts).below.set(part, { below: new Map() })
    }
    current = new Map(
      [...current].map(([template, parts]) => {
        const isOne = parts.length <= depth || parentOf(parts).below.size <= MAX_SIBLINGS
        return [template, isOne ? parts : parts.with(depth, ANY)]
      }),
    )
  }
  return new Map([...current].map(([template, parts]) => [template, `/${parts.join('/')}`]))
}
