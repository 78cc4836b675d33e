/** Characters that JSON allows in a string and a terminal acts upon: C1 controls, and invisible ones. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u2028\u2029]|\p{Cf}/gu
/** All control characters but the ends of rows. */
const UNSAFE_IN_CSV = /[^\r\n\P{Cc}]|[\u2028\u2029]|\p{Cf}/gu

/** The value as JSON in ASCII wherever a terminal would act upon a character. Any parser reads the same value. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(UNSAFE_IN_JSON, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** CSV as it is for a file or a program; for a terminal with spaces in place of what it would act upon. */
export function csvText(csv: string, { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>): string {
  return isTTY ? csv.replaceAll(UNSAFE_IN_CSV, ' ') : csv
}
