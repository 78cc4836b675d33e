import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type TelemetryStream, telemetryHealthSchema } from '../contracts/telemetry-health.ts'
import { isSettingName } from '../settings/catalogue.ts'
import { CHAPTERS } from '../workshop/chapters.ts'
import { isInRepository, type MarkdownDocument, readDocument, readDocuments } from './harness/documents.ts'
import { ROOT } from './harness/process.ts'

const DOCUMENTS = readDocuments()
const SCRIPTS = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts)
const HELP = readFileSync(join(ROOT, 'tests/golden/help.txt'), 'utf8')
/** The workshop command's subcommands. */
const WORKSHOP_WORDS = ['restart', 'reset', 'plant', 'unplant', 'digest', 'collector', 'export', 'class']
/** The options of npm scripts that run another project's program, which our --help texts do not list. */
const TOOL_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  test: ['--project', '--watch', '--coverage'],
  bench: ['--against', '--pairs', '--spans', '--rounds'],
}
/** A path that begins with a folder of this repository. */
const PATHS =
  /^(\.?\/?)(aws|backend|bench|collector|contracts|deploy|docs|examples|sandbox|scripts|settings|tests|viewer|workshop|\.ci|\.devcontainer|\.ona)\//

describe.each(DOCUMENTS.map((document) => [document.path, document] as const))('%s', (path, document) => {
  test('every link into the repository has a target', () => {
    const lost = document.links
      .filter((link) => !/^[a-z]+:|^#/.test(link))
      .filter((link) => !isInRepository(normalize(join(dirname(path), link.split('#')[0] ?? ''))))
    expect(lost).toEqual([])
  })

  test('every path that it names exists', () => {
    const lost = document.codes
      .filter((code) => PATHS.test(code) && /^[\w./-]+(\.\w+|\/)$/.test(code))
      .filter((code) => !existsSync(join(ROOT, code)) && !existsSync(join(ROOT, dirname(path), code)))
    expect(lost).toEqual([])
  })

  test('every npm command and its options exist', () => {
    expect(commandsIn(document).flatMap(errorsOf)).toEqual([])
  })

  test('every block of shell and TypeScript parses', () => {
    for (const { language, text } of document.blocks) {
      if (language === 'sh' || language === 'bash') {
        const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })
        expect(status, `${text}\n${stderr}`).toBe(0)
      }
      // A block that begins with `name: {` shows an option.
      const source = /^\w+: \{/.test(text) ? `({ ${text} })` : text
      if (language === 'ts') expect(() => stripTypeScriptTypes(source), text).not.toThrow()
    }
  })
})

test('each chapter’s page has its title, its goal, its criterion and its own check', () => {
  for (const { number, folder, title } of CHAPTERS) {
    const path = `workshop/${folder}/README.md`
    const text = readFileSync(join(ROOT, path), 'utf8')
    expect(text.split('\n')[0], path).toBe(`# ${number}. ${title}`)
    expect(text, path).toContain('**You will be able to**')
    expect(text, path).toContain("## You'll know you got it right when")
    expect(text, path).toContain(`npm run workshop -- ${number}`)
    expect(readDocument('workshop/README.md').links).toContain(`${folder}/README.md`)
    expect(readDocument('README.md').links).toContain(path)
  }
})

test('docs/adr/README.md lists every decision record, and each has at most 40 lines', () => {
  const records = DOCUMENTS.filter(({ path }) => /^docs\/adr\/(?!README)/.test(path))
  expect(readDocument('docs/adr/README.md').links.toSorted()).toEqual(
    records.map(({ path }) => basename(path)).toSorted(),
  )
  for (const { path } of records)
    expect(readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length, path).toBeLessThanOrEqual(40)
})

test('docs/security.md names a test for each threat, and each has the name that it quotes', () => {
  const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
  const [, table = ''] = text.split('## Threats, and their tests')
  const rows = table.split('\n').filter((line) => /^\| (?!threat|---)/.test(line))
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) {
    const named = [...row.matchAll(/`([\w./-]+\.test\.ts)`(?: “([^”]+)”)?/g)]
    expect(named.length, row).toBeGreaterThan(0)
    for (const [, path = '', name = ''] of named)
      expect(readFileSync(join(ROOT, path), 'utf8'), path).toContain(name)
  }
})

test('docs/troubleshooting.md quotes lines that the scripts print', () => {
  const sources = readdirSync(join(ROOT, 'scripts'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .map((file) => readFileSync(join(ROOT, 'scripts', file), 'utf8'))
    .join('\n')
    .toLowerCase()
  const quotes = readDocument('docs/troubleshooting.md').codes.filter((code) => /^[A-Z][\w']+ .* /.test(code))
  expect(quotes.length).toBeGreaterThanOrEqual(7)
  // Names and numbers are placeholders in the source, so the longest part between them is compared.
  const partOf = (quote: string) =>
    quote
      .replaceAll('&#39;', "'")
      .split(
        /\d+(?: minutes ahead of .*| traces)?|\(TCP\)|Cruddur|^Honeycomb|profiles, api|the EU|the US|[:…]/,
      )
      .map((part) => part.trim())
      .reduce((longest, part) => (part.length > longest.length ? part : longest), '')
  expect(quotes.map(partOf).filter((part) => !sources.includes(part.toLowerCase()))).toEqual([])
})

/** Every `npm run …` in a block of shell or in backquotes. */
function commandsIn({ blocks, codes }: MarkdownDocument): string[] {
  const lines = [
    ...blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n')),
    ...codes,
  ]
  return lines.flatMap((line) => line.split('#')[0]?.match(/\bnpm (run|test|start|stop)\b[^|&;)]*/g) ?? [])
}

/** The errors in a command: none if it is right. */
function errorsOf(command: string): string[] {
  const words = command.trim().split(/\s+/).slice(1)
  const isRun = words[0] === 'run'
  const [name = '', ...rest] = (isRun ? words.slice(1) : words).filter(
    (word) => !['--silent', '-s'].includes(word),
  )
  if (/^[<…]|^X$/.test(name)) return []
  if (!SCRIPTS.includes(name)) return [`${command}: there is no script ${name}`]
  const args = rest.slice(rest.indexOf('--') + 1)
  if (!rest.includes('--')) return []
  const own = HELP.split(/^(?=\$ )/m).find((part) => part.startsWith(`$ npm run ${name} --`)) ?? ''
  const known = [own, ...(TOOL_OPTIONS[name] ?? [])].join('\n')
  const flags = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=')[0] ?? '')
  const errors = flags
    .filter((flag) => !known.includes(flag))
    .map((flag) => `${command}: ${name} has no ${flag}`)
  const [first = ''] = args
  if (name === 'env' && /^[A-Z_]+(=|$)/.test(first) && !isSettingName(first.split('=')[0] ?? ''))
    errors.push(`${command}: there is no setting ${first}`)
  if (name === 'workshop' && /^[a-z]/.test(first) && !WORKSHOP_WORDS.includes(first))
    errors.push(`${command}: workshop has no ${first}`)
  if (name === 'workshop' && /^\d+$/.test(first) && !CHAPTERS.some(({ number }) => String(number) === first))
    errors.push(`${command}: there is no chapter ${first}`)
  return errors
}

test('backend/telemetry/README.md installs the packages that the folder imports, in the versions of package.json', () => {
  const folder = join(ROOT, 'backend', 'telemetry')
  const imported = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/(?:from|import\(?)\s*'((?:@[\w-]+\/)?[\w-]+)/g),
    ])
    .flatMap(([, name = '']) => (name === 'node' ? [] : name))
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const [install = ''] = /npm install[^`]*/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? []
  expect(install.match(/\S+@[\d.]+/g)?.toSorted()).toEqual(
    [...new Set(imported)].map((name) => `${name}@${dependencies[name]}`).toSorted(),
  )
})

describe('backend/telemetry/README.md', () => {
  const folder = join(ROOT, 'backend', 'telemetry')
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const source = (path: string) => readFileSync(join(folder, path), 'utf8')

  /** `sampler.name` for each option, those of a provider's ways and of credentials aside. */
  function optionNames(type: string, prefix = ''): string[] {
    const [, body = ''] = new RegExp(`interface ${type} {\n(.*?)\n}`, 's').exec(source('options.ts')) ?? []
    return [...body.matchAll(/^ {2}readonly (\w+)\??: ([^\n]*)/gm)].flatMap(([, name = '', kind = '']) => {
      const parts = kind.match(/\b(XRay|Sampler|Honeycomb|Rollbar|Privacy)\w*Options\b/g) ?? []
      const inner = parts.flatMap((part) => (part === 'XRayOptions' ? XRAY_WAYS : part))
      if (inner.length === 0) return `${prefix}${name}`
      return inner.flatMap((part) => optionNames(part, `${prefix}${name}.`))
    })
  }
  const XRAY_WAYS = ['XRaySdkOptions', 'XRayOtlpOptions', 'XRayCollectorOptions']

  const section = (title: string) => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

  test('its table of options is that of options.ts', () => {
    const listed = [...section('Options').matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual([...new Set(optionNames('TelemetryOptions'))].toSorted())
  })

  test('its example of /health/telemetry has the contract’s shape, and each count is explained', () => {
    const [, json = ''] = /```json\n(.*?)```/s.exec(text) ?? []
    const { providers } = telemetryHealthSchema.strict().parse(JSON.parse(json))
    const { enabled, lastError, recentTraceIds, ...counts } = providers.honeycomb as TelemetryStream & {
      enabled: true
    }
    for (const name of Object.keys(counts)) expect(text).toContain(`| \`${name}\` |`)
    expect([enabled, typeof lastError, recentTraceIds.length]).toEqual([true, 'object', 1])
  })

  test('it names every package that contains Node', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const folders = Object.keys(optionalDependencies).filter((name) => name.startsWith('node-'))
    expect(folders.filter((name) => !text.includes(name))).toEqual([])
  })

  test('its lines of the log are those that an outage writes', () => {
    const [, lines = ''] = /```\n(\S+ telemetry: .*?)```/s.exec(text) ?? []
    const [begin = '', end = ''] = lines.split('\n')
    expect(source('exporters/delivery.ts')).toContain('delivering again after ${')
    expect(end).toMatch(/^\S+Z telemetry: honeycomb: delivering again after \d+ s; \d+ lost$/)
    const [, object = ''] = /```json\n(\{"level".*?)\n```/.exec(text) ?? []
    const { time, msg } = JSON.parse(object)
    expect(`${new Date(time).toISOString()} ${msg}`).toBe(end)
    const [, fixed = ''] = /cannot be reached: \w+(: .*)/.exec(begin) ?? []
    expect(source('exporters/answer.ts')).toContain(fixed)
  })

  test('its table of files names every file', () => {
    const table = section('Files')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(?<!\.test)\.ts$/.test(file),
    )
    const isNamed = (file: string) =>
      [file, basename(file), `${dirname(file)}/`].some((name) => table.includes(`\`${name}\``))
    expect(files.filter((file) => !isNamed(file))).toEqual([])
  })
})

test('the minutes of the workshop add up as the documents say', () => {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
  const index = read('workshop/README.md')
  const rows = [...index.matchAll(/^\| \[(\d+)\. .*\| (\d+) \| (\d+) \|$/gm)].map((row) =>
    row.slice(1).map(Number),
  )
  expect(rows.map(([number]) => number)).toEqual(CHAPTERS.map(({ number }) => number))
  const sum = (column: 1 | 2, from: number, to: number) =>
    rows
      .filter(([number = 0]) => number >= from && number <= to && !CHAPTERS[number - 1]?.isOptional)
      .reduce((total, row) => total + (row[column] ?? 0), 0)
  const hours = (minutes: number) => `${Math.floor(minutes / 60)} hours ${minutes % 60}`
  const [beginners, others] = [sum(1, 1, 13), sum(2, 1, 13)].map(hours)
  expect(index.replaceAll('\n', ' ')).toContain(`that is ${beginners} minutes, or ${others}.`)
  const instructors = read('docs/instructors.md')
  expect(instructors.replaceAll('\n', ' ')).toContain(
    `${beginners} minutes and ${others}, without chapter 10`,
  )
  expect(instructors).toContain(`| first | 1 to 8 | ${sum(1, 1, 8)} | ${sum(2, 1, 8)} |`)
  expect(instructors).toContain(`| second | 9, 11, 12, 13 | ${sum(1, 9, 13)} | ${sum(2, 9, 13)} |`)
})
