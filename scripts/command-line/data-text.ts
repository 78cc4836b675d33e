import { safeJson, safeText } from '../../contracts/control-characters.ts'

/** The value as JSON in ASCII wherever a terminal would act upon a character. Any parser reads the same value. */
export function jsonText(value: unknown, indent?: number): string {
  return safeJson(JSON.stringify(value, undefined, indent))
}

const QUOTED_CELL = /"(?:[^"]|"")*"/g

/**
 * CSV as it is for a file or a program; for a terminal with spaces in place of what it would act upon, and of the line ends
 * in a cell, which would begin a line of their sender's.
 */
export function csvText(csv: string, { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>): string {
  if (!isTTY) return csv
  const rows = csv
    .replaceAll(QUOTED_CELL, (cell) => cell.replaceAll(/\r\n|\r|\n/g, ' '))
    .replaceAll('\r\n', '\n')
  return safeText(rows)
}
