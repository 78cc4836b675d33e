import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MIGRATIONS } from './migrations.ts'
import { DEFAULT_BOUNDS } from './prune.ts'
import { openStore } from './store.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  file = join(folder, 'store.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Opens the store and closes it again. */
const open = () => openStore(file).close()

/** An error with this code, whose fix keeps the file and begins anew. */
const errorWith = (code: string) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(file),
    fix: expect.stringMatching(/mkdir -p \S+kept-\d+T\d+ && mv \S+\* \S+; then npm run setup/),
  })

const modeOf = (path: string) => statSync(path).mode & 0o777

test('the files are readable by their owner only, whatever the umask, also those that an earlier version made', () => {
  const before = process.umask(0)
  try {
    file = join(folder, 'data', 'store.sqlite')
    const store = openStore(file)
    expect(['', '-wal', '-shm', '.lock'].map((end) => modeOf(`${file}${end}`))).toEqual(Array(4).fill(0o600))
    expect(modeOf(join(folder, 'data'))).toBe(0o700)
    store.close()
    chmodSync(file, 0o644)
    open()
    expect(modeOf(file)).toBe(0o600)
  } finally {
    process.umask(before)
  }
})

test('a file that is no database, or has lost its end, is damaged', async () => {
  for (const text of ['short', 'this is no database, but long enough to be looked at'.repeat(99)]) {
    writeFileSync(file, text)
    expect(open).toThrow(errorWith('STORE_DAMAGED'))
    expect(readFileSync(file, 'utf8')).toBe(text)
  }
  rmSync(file)
  open()
  const { size } = statSync(file)
  for (const share of [0.01, 0.3, 0.9]) {
    copyFileSync(file, `${file}.whole`)
    truncateSync(file, Math.floor(size * share))
    expect(open, `${share}`).toThrow(errorWith('STORE_DAMAGED'))
    copyFileSync(`${file}.whole`, file)
  }
  open()
})

test('a file whose pages are overwritten is damaged, whichever table finds it', async () => {
  const store = openStore(file)
  await store.write(() => {
    for (let index = 0; index < 50; index++) {
      store.metrics.put(
        { dataset: `${index}`, encoding: 'json', body: Buffer.alloc(5_000), points: 1 },
        Date.now(),
      )
    }
  })
  store.close()
  const whole = readFileSync(file)
  const pageBytes = whole.readUInt16BE(16)
  let found = 0
  for (let page = 1; page < 40; page++) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes)
    writeFileSync(file, bytes)
    try {
      open()
    } catch (error) {
      expect(error, `page ${page}`).toEqual(errorWith('STORE_DAMAGED'))
      found++
    }
  }
  expect(found).toBeGreaterThan(0)
})

test('a file of a later version is too new', () => {
  open()
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
  database.close()
  expect(open).toThrow(errorWith('STORE_TOO_NEW'))
  expect(open).toThrow(expect.objectContaining({ fix: expect.stringContaining('git pull') }))
})

test('a database of another program is left as it is', () => {
  for (const version of [0, 5, 999]) {
    rmSync(file, { force: true })
    const database = new DatabaseSync(file)
    database.exec(`CREATE TABLE notes (text); PRAGMA user_version = ${version}`)
    database.close()
    const before = readFileSync(file)
    expect(open).toThrow(errorWith('STORE_FOREIGN'))
    expect(readFileSync(file).equals(before)).toBe(true)
  }
})

test('a start gives the room of deleted records back to the disk, and keeps the others', async () => {
  const body = Buffer.alloc(1_000_000)
  const store = openStore(file, { ...DEFAULT_BOUNDS, maxMetricPoints: 3 })
  await store.write(() => {
    for (let index = 0; index < 45; index++) {
      store.metrics.put({ dataset: `${index}`, encoding: 'json', body, points: 1 }, Date.now())
    }
  })
  while (await store.prune());
  store.close()
  const large = statSync(file).size
  open()
  expect(large).toBeGreaterThan(40_000_000)
  expect(statSync(file).size).toBeLessThan(5_000_000)
  const reader = new DatabaseSync(file, { readOnly: true })
  const rows = reader.prepare('SELECT dataset FROM metric_chunks ORDER BY rowid').all()
  reader.close()
  expect(rows.map(({ dataset }) => dataset)).toEqual(['42', '43', '44'])
})

test('an empty file, as a killed start leaves it, becomes a store', () => {
  writeFileSync(file, '')
  open()
})

test('a start that was killed between two steps of the schema is completed by the next one', () => {
  for (const [version] of MIGRATIONS.entries()) {
    rmSync(file, { force: true })
    const database = new DatabaseSync(file)
    for (const [index, step] of MIGRATIONS.slice(0, version).entries()) {
      database.exec(`BEGIN; ${step} PRAGMA user_version = ${index + 1}; COMMIT`)
    }
    database.close()
    open()
  }
})

test('a write that meets damage is told with the fix, and is answered with it', async () => {
  const told: unknown[] = []
  const store = openStore(file, DEFAULT_BOUNDS, (error) => told.push(error))
  // As a damaged page makes SQLite throw.
  const damage = Object.assign(new Error('database disk image is malformed'), { errcode: 11 })
  const rejected = await store
    .write(() => {
      throw damage
    })
    .catch((error: unknown) => error)
  store.close()
  expect(rejected).toMatchObject({ status: 500, message: expect.stringContaining('is damaged') })
  expect(told).toEqual([errorWith('STORE_DAMAGED')])
})

test('a folder in the place of the store or of its lock is an error with a fix', () => {
  const isUnreadable = expect.objectContaining({
    code: 'STORE_UNREADABLE',
    fix: expect.stringContaining(folder),
  })
  mkdirSync(`${file}.lock`)
  expect(open).toThrow(isUnreadable)
  rmSync(`${file}.lock`, { recursive: true })
  mkdirSync(file)
  expect(open).toThrow(isUnreadable)
  // The failed attempt has released the lock.
  rmSync(file, { recursive: true })
  open()
})

// Root may write every file.
test.skipIf(process.getuid?.() === 0)('a lock or folder that this user cannot write is an error', () => {
  writeFileSync(`${file}.lock`, '')
  chmodSync(`${file}.lock`, 0o444)
  expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }))
  rmSync(`${file}.lock`)
  chmodSync(folder, 0o500)
  expect(open).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }))
  chmodSync(folder, 0o700)
})
