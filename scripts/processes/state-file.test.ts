import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDifferences } from './difference.ts'
import { describeExit } from './exit-words.ts'
import { handoverSchema } from './handover.ts'
import { formatMark, parseMark } from './marker.ts'
import { newState } from './new-state.ts'
import type { ProcessSpec } from './spec.ts'
import { readState, removeState, stateFolders, writeState } from './state-file.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const SPEC: ProcessSpec = {
  name: 'api',
  stage: 1,
  command: 'node',
  args: ['a.ts'],
  env: { KEY: 'a-secret', PORT: '1' },
  without: [],
  cwd: '/',
  ports: [],
  ready: { kind: 'tcp', host: '127.0.0.1', port: 1 },
}

const handover = (...specs: ProcessSpec[]) => handoverSchema.parse({ directory, specs, mode: 'background' })

test('what is written is read, by the owner alone, and no other file is left', () => {
  const folders = stateFolders(directory)
  const state = newState(handover(SPEC), folders)
  writeState(folders, state)
  expect(readState(folders)).toEqual(state)
  expect(readdirSync(folders.run)).toEqual(['supervisor.json'])
  expect(statSync(join(folders.run, 'supervisor.json')).mode & 0o777).toBe(0o600)
  removeState(folders, 'another run')
  expect(readState(folders)).toBeDefined()
  removeState(folders, state.run)
  expect(readState(folders)).toBeUndefined()
})

for (const text of ['', '{"version": 1', '{"version": 2}', 'null', '{"processes": [{"pid": -1}]}']) {
  test(`a state that is ${text || 'empty'} counts as none, and that is said`, () => {
    const folders = stateFolders(directory)
    writeFileSync(join(folders.run, 'supervisor.json'), text)
    const warnings: string[] = []
    expect(readState(folders, (warning) => warnings.push(warning))).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('cannot be understood')])
  })
}

test('a state directory is the same by whichever link', () => {
  const link = `${directory}-link`
  symlinkSync(directory, link)
  try {
    expect(stateFolders(link)).toEqual(stateFolders(directory))
  } finally {
    rmSync(link)
  }
})

test('differences: settings, arguments, processes wanted and not', () => {
  const state = newState(handover(SPEC), stateFolders(directory))
  const differ = (...specs: ProcessSpec[]) => findDifferences(state, specs)
  expect(differ({ ...SPEC, env: { PORT: '1', KEY: 'a-secret' } })).toEqual([])
  expect(differ({ ...SPEC, env: { ...SPEC.env, KEY: 'another' } })).toEqual([
    'the settings of api have changed',
  ])
  expect(differ({ ...SPEC, args: ['--import', 'x', 'a.ts'] })).toEqual(['the settings of api have changed'])
  expect(differ(SPEC, { ...SPEC, name: 'daemon' })).toEqual(['daemon is wanted now'])
  expect(differ()).toEqual(['api is no longer wanted'])
})

test('fingerprints tell nothing of what they are of', () => {
  const one = newState(handover(SPEC), stateFolders(directory))
  const other = newState(handover(SPEC), stateFolders(directory))
  expect(one.processes[0]?.fingerprint).not.toBe(other.processes[0]?.fingerprint)
  expect(JSON.stringify(one)).not.toContain('a-secret')
})

test('marks survive folders with spaces', () => {
  const mark = { run: 'abc', position: 2, name: 'api', directory: '/home/a b/.workspace' }
  expect(parseMark(formatMark(mark))).toEqual(mark)
  expect(parseMark('something else')).toBeUndefined()
})

test('exit codes in words', () => {
  expect(describeExit({ code: 127, signal: null })).toBe('exit code 127 (the program was not found)')
  expect(describeExit({ code: 42, signal: null })).toBe('exit code 42')
  expect(describeExit({ code: null, signal: 'SIGKILL' })).toMatch(/^signal SIGKILL \(.*memory\)$/)
})

test('a folder that cannot be made is an error with its cure', () => {
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  expect(() => stateFolders(join(file, 'state'))).toThrow(/a-file\/state cannot be written.*ENOTDIR/)
})
