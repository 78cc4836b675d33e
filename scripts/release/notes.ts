/** The section of a version in CHANGELOG.md, without its heading; undefined where there is none. */
export function notesOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m)
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version)
  return section === undefined ? undefined : `${section.slice(section.indexOf('\n')).trim()}\n`
}
