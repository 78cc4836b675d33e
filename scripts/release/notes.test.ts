import { expect, test } from 'vitest'
import { notesOf } from './notes.ts'

const CHANGELOG = `# Changelog

## Unreleased

- Next

## 1.2.0 – 2027-01-01

### Added

- New

## 1.1.0
- Old
`

test.each([
  ['1.2.0', '### Added\n\n- New\n'],
  ['1.1.0', '- Old\n'],
  ['1.2', undefined],
  ['2.0.0', undefined],
])('the notes of %s', (version, notes) => {
  expect(notesOf(CHANGELOG, version)).toBe(notes)
})
