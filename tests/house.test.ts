import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
const Report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
})

/** The folders that each folder may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  analysis: ['contracts'],
  settings: ['contracts'],
  scripts: ['analysis', 'contracts', 'settings', 'workshop'],
  backend: ['contracts', 'settings'],
  sandbox: ['contracts', 'settings'],
  viewer: ['analysis', 'contracts'],
  workshop: ['contracts'],
  examples: [],
}
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$|coverage$)/.test(entry.name))
  .map((entry) => entry.name)

/** A file with one import, and whether the linter may accept it. */
interface Case {
  readonly file: string
  readonly target: string
  readonly allowed: boolean
}

const folders: Case[] = Object.entries(MAY_IMPORT).flatMap(([from, allowed]) =>
  FOLDERS.filter((to) => to !== from).flatMap((to) =>
    filesIn(from, to).map((file) => ({ file, target: `${to}/x.ts`, allowed: allowed.includes(to) })),
  ),
)
/**
 * Every source of scripts/ is in a folder; only those can be told from top-level folders of the same name. An example is a
 * folder.
 */
function filesIn(folder: string, name: string): string[] {
  if (folder === 'scripts') return [`scripts/a/${name}.ts`]
  if (folder === 'examples') return [`examples/a/${name}.ts`, `examples/a/b/${name}.ts`]
  const files = [`${folder}/${name}.ts`, `${folder}/a/${name}.ts`]
  return folder === 'viewer' ? [...files, `viewer/a/${name}.tsx`] : files
}
/** A folder inside contracts/ has the name of a folder that the viewer must not import; examples import no folder. */
const inner: Case[] = Object.keys(MAY_IMPORT).map((from) => ({
  file: `${from}/${from === 'contracts' ? 'x' : 'a'}/inner.ts`,
  target: 'contracts/sandbox/trace.ts',
  allowed: from !== 'examples',
}))
const telemetry: Case[] = [
  ['contracts/sandbox/trace.ts', false],
  ['contracts/trace-id.ts', true],
  ['contracts/daemon-address.ts', true],
  ['contracts/user-error.ts', false],
  ['settings/read.ts', false],
  ['backend/service.ts', false],
  ['backend/api/app.ts', false],
  ['backend/telemetry/index.ts', true],
  ['backend/telemetry/xray/y.ts', true],
].flatMap(([target, allowed], index) =>
  ['', 'a/', 'a/b/'].map((depth) => ({
    file: `backend/telemetry/${depth}case${index}.ts`,
    target: String(target),
    allowed: allowed === true,
  })),
)
const CASES = [...folders, ...inner, ...telemetry]

let rejected: Set<string>
let cycles: string[]

/** Biome runs once, with the repository's configuration, over a folder that has a file for each case. */
beforeAll(async () => {
  const project = mkdtempSync(join(tmpdir(), 'house-'))
  copyFileSync(join(ROOT, 'biome.json'), join(project, 'biome.json'))
  const write = (file: string, content: string) => {
    mkdirSync(dirname(join(project, file)), { recursive: true })
    writeFileSync(join(project, file), content)
  }
  for (const { file, target } of CASES) {
    const path = relative(dirname(file), target)
    write(file, `import '${path.startsWith('.') ? path : `./${path}`}'\n`)
  }
  write('backend/one.ts', "import { two } from './two.ts'\nexport const one = () => two\n")
  write('backend/two.ts', "import { one } from './one.ts'\nexport const two = () => one\n")
  const args = [BIOME, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.']
  const { stdout, stderr } = await run(process.execPath, args, { cwd: project, env: {} })
  const { diagnostics } = Report.parse(JSON.parse(stdout || JSON.stringify(stderr)))
  const filesOf = (rule: string) =>
    diagnostics.filter(({ category }) => category === rule).map(({ location }) => location.path)
  rejected = new Set(filesOf('lint/style/noRestrictedImports'))
  cycles = filesOf('lint/suspicious/noImportCycles')
  return () => rmSync(project, { recursive: true })
})

test.each(Object.entries(MAY_IMPORT))('the linter lets %s import only itself and %j', (folder) => {
  const cases = [...folders, ...inner].filter(({ file }) => file.startsWith(`${folder}/`))
  expect(cases.filter(({ file, allowed }) => rejected.has(file) === allowed)).toEqual([])
})

test('the linter lets backend/telemetry import only itself and two files of contracts/', () => {
  expect(telemetry.filter(({ file, allowed }) => rejected.has(file) === allowed)).toEqual([])
})

test('the linter rejects circular imports', () => {
  expect(cycles).toEqual(['backend/one.ts', 'backend/two.ts'])
})
