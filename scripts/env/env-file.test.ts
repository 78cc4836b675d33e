import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { parse } from 'dotenv'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { removeEnvLock, setEnvValue, unsetEnvValue } from './env-file.ts'
import { readAsCompose } from './spelling.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder, '.env')
})

const read = () => readFileSync(path, 'utf8')
const mode = () => (statSync(path).mode & 0o777).toString(8)

describe('a value comes back as it was', () => {
  const values = [
    'plain',
    'a#b',
    '#',
    'a $HOME $X `id`',
    "it's",
    'say "hi"',
    `it's "both"`,
    'back\\slash',
    'ends with \\',
    "quote'\\",
    'C:\\new\\rest',
    ' padded ',
    'two\nlines',
    `it's\ntwo lines`,
    `it's "a\\b"`,
    "it's 5 # a day",
    'pa$word',
    '$',
    `\${X}`,
    "it's 5$",
    'x-honeycomb-team=abc,x-other=d e',
    'café ✓ 日本',
    '=',
    '"',
    "'",
    '`',
    'a\tb',
  ]
  test.each(values)('%j', (value) => {
    writeFileSync(path, `BEFORE='don"t' # it's\nAFTER="x"\n`)
    setEnvValue(path, 'NAME', value)
    const expected = { BEFORE: 'don"t', NAME: value, AFTER: 'x' }
    expect(parse(read())).toEqual(expected)
    expect(parseEnv(read())).toEqual(expected)
    const [line = ''] = /(?<=^NAME=)[\s\S]*/m.exec(read()) ?? []
    expect(readAsCompose(line)).toBe(value)
  })

  test('one after the other, in place', () => {
    writeFileSync(path, 'FIRST=1\nNAME=old # why\nLAST=2\n')
    for (const value of values) {
      setEnvValue(path, 'NAME', value)
      expect(parse(read())).toEqual({ FIRST: '1', NAME: value, LAST: '2' })
    }
    expect(Object.keys(parse(read()))).toEqual(['FIRST', 'NAME', 'LAST'])
  })
})

test('other lines and comments stay', () => {
  writeFileSync(path, '# head\r\n\r\nexport A=1   # one\r\n  B = two\r\n#NAME=example\r\nC=\r\nno statement')
  setEnvValue(path, 'B', 'x y')
  setEnvValue(path, 'A', '3')
  setEnvValue(path, 'NAME', 'n')
  expect(read()).toBe(
    "# head\r\n\r\nexport A=3   # one\r\n  B = 'x y'\r\n#NAME=example\r\nC=\r\nno statement\r\nNAME=n\r\n",
  )
})

test('an empty assignment gets the value, and the lines after it stay', () => {
  writeFileSync(path, 'NAME=\n# note\nOTHER=1\n')
  setEnvValue(path, 'NAME', 'v')
  expect(read()).toBe('NAME=v\n# note\nOTHER=1\n')
})

test('of several assignments only the last stays', () => {
  writeFileSync(path, 'NAME=old-secret\nOTHER=1\nNAME=newer\n')
  setEnvValue(path, 'NAME', 'newest')
  expect(read()).toBe('OTHER=1\nNAME=newest\n')
})

test('a value over several lines is replaced, and removed, as a whole', () => {
  const multi = 'A=1\nNAME="x\ny" # z\nB=2\n'
  writeFileSync(path, multi)
  setEnvValue(path, 'NAME', 'v')
  expect(read()).toBe('A=1\nNAME=v # z\nB=2\n')
  writeFileSync(path, multi)
  unsetEnvValue(path, 'NAME')
  expect(read()).toBe('A=1\nB=2\n')
})

test.each([`x'"\`#\\n`, `it's\ntwo "lines"`, "it's $HOME", 'windows\r\nlines', "it's a \\tab #1"])(
  '%j, which dotenv, Node and Docker Compose read alike in no spelling, is an error, and nothing is written',
  (value) => {
    writeFileSync(path, 'A=1\n')
    expect(() => setEnvValue(path, 'NAME', value)).toThrow(/cannot be written/)
    expect(read()).toBe('A=1\n')
  },
)

test('a value that only dotenv reads is written anew', () => {
  writeFileSync(path, 'NAME="pa$word"\nOTHER=`x`\n')
  expect(setEnvValue(path, 'NAME', 'pa$word').changed).toBe(true)
  setEnvValue(path, 'OTHER', 'x')
  expect(read()).toBe("NAME='pa$word'\nOTHER=x\n")
})

test('a comment that touches the value does not become a part of it', () => {
  writeFileSync(path, "NAME='x'#why\n")
  setEnvValue(path, 'NAME', 'y')
  expect(read()).toBe("NAME='y'#why\n")
})

test('a byte order mark is removed, even when the text stays', () => {
  writeFileSync(path, '\uFEFFA=1\n')
  expect(setEnvValue(path, 'A', '1').changed).toBe(false)
  expect(read()).toBe('A=1\n')
})

test('a file in another encoding stays as it is', () => {
  const bytes = Buffer.from('\uFEFFA=1\n', 'utf16le')
  writeFileSync(path, bytes)
  for (const change of [() => setEnvValue(path, 'A', '2'), () => unsetEnvValue(path, 'A')])
    expect(change).toThrow('is in UTF-16LE')
  expect(readFileSync(path)).toEqual(bytes)
})

test('a new file is readable by its owner only', () => {
  expect(setEnvValue(path, 'A', '1')).toEqual({ changed: true, loosened: undefined })
  expect(mode()).toBe('600')
})

test('a file that others could read is made private, even when its text stays', () => {
  writeFileSync(path, 'A=1\n')
  chmodSync(path, 0o644)
  expect(setEnvValue(path, 'A', '1')).toEqual({ changed: false, loosened: '644' })
  expect(mode()).toBe('600')
})

test('a symbolic link stays one, the lock is beside its target, and no temporary file is left', () => {
  const target = join(folder, 'real.env')
  writeFileSync(target, 'A=1\n')
  symlinkSync(target, path)
  setEnvValue(path, 'B', '2')
  expect(lstatSync(path).isSymbolicLink()).toBe(true)
  expect(readFileSync(target, 'utf8')).toBe('A=1\nB=2\n')
  expect(readdirSync(folder).toSorted()).toEqual(['.env', 'real.env', 'real.env.lock'])
})

test('removing a variable that is not set changes and creates nothing', () => {
  expect(unsetEnvValue(path, 'A').changed).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

test('a folder in the file’s place is an error with its fix', () => {
  expect(() => setEnvValue(folder, 'A', '1')).toThrow('is a folder')
})

test('an error of the change itself is no error of the file', () => {
  expect(() => setEnvValue(path, 'A', undefined as unknown as string)).toThrow(TypeError)
})

test('the lock is its owner’s only, and removed unless a person has written to it', () => {
  setEnvValue(path, 'A', '1')
  expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600)
  removeEnvLock(path)
  expect(readdirSync(folder)).toEqual(['.env'])
  writeFileSync(`${path}.lock`, 'mine')
  removeEnvLock(path)
  expect(existsSync(`${path}.lock`)).toBe(true)
})

test('several at once lose nothing', async () => {
  const script = `import { setEnvValue } from ${JSON.stringify(new URL('./env-file.ts', import.meta.url).href)}
setEnvValue(process.argv[1], process.argv[2], 'x')`
  const names = Array.from({ length: 8 }, (_, index) => `NAME_${index}`)
  await Promise.all(
    names.map((name) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, path, name]),
    ),
  )
  expect(Object.keys(parse(read())).toSorted()).toEqual(names)
})
