export interface Profile {
  readonly handle: string
  readonly display_name: string
}

const PROFILES: readonly Profile[] = [
  { handle: 'maya', display_name: 'Maya Lindqvist' },
  { handle: 'tomasz', display_name: 'Tomasz Zieliński' },
  { handle: 'ines', display_name: 'Inês Carvalho' },
  { handle: 'nkechi', display_name: 'Nkechi Obi' },
  { handle: 'arne', display_name: 'Arne Holm' },
]

/** The profiles of the handles that exist; the others are left out. */
export function findProfiles(handles: readonly string[]): Profile[] {
  const wanted = new Set(handles)
  return PROFILES.filter(({ handle }) => wanted.has(handle))
}
