import { SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'

/** A name further away than this share of its length is another name, not a mistyped one. */
const FARTHEST = 0.4

/** The setting whose name is nearest to a mistyped one, if any is near. */
export function nearestSetting(name: string): SettingName | undefined {
  const typed = name.toUpperCase().replaceAll('-', '_')
  const [nearest] = SETTING_NAMES.map((known) => ({ known, distance: distance(typed, known) })).toSorted(
    (a, b) => a.distance - b.distance,
  )
  return nearest && nearest.distance <= FARTHEST * nearest.known.length ? nearest.known : undefined
}

/** How many characters have to be put in, taken out or exchanged (Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const exchanged = (row[j] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, exchanged))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
