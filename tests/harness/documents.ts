import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { marked, type Token, type Tokens } from 'marked'
import { ROOT } from './process.ts'

const LEFT_OUT = ['**/node_modules', '.git', '.workspace', '**/dist', '**/.venv']

/** A parsed Markdown file. */
export interface MarkdownDocument {
  /** From the root of the repository. */
  readonly path: string
  readonly links: readonly string[]
  readonly blocks: readonly { readonly language: string; readonly text: string }[]
  /** What stands in backquotes. */
  readonly codes: readonly string[]
  /** Everything that is prose, without code and addresses. */
  readonly prose: string
}

export function readDocuments(): MarkdownDocument[] {
  return globSync('**/*.md', { cwd: ROOT, exclude: LEFT_OUT }).sort().map(readDocument)
}

export function readDocument(path: string): MarkdownDocument {
  const links: string[] = []
  const blocks: { language: string; text: string }[] = []
  const codes: string[] = []
  const prose: string[] = []
  const visit = (token: Token): undefined => {
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href)
    if (token.type === 'code') blocks.push({ language: (token as Tokens.Code).lang ?? '', text: token.text })
    if (token.type === 'codespan') codes.push((token as Tokens.Codespan).text)
    const isLeaf = token.type === 'text' && !('tokens' in token && token.tokens?.length)
    const isAddress = /^https?:/.test(token.raw)
    if (isLeaf && !isAddress) prose.push((token as Tokens.Text).text)
  }
  marked.walkTokens(marked.lexer(readFileSync(join(ROOT, path), 'utf8')), visit)
  return { path, links, blocks, codes, prose: prose.join('\n') }
}

let tracked: ReadonlySet<string> | undefined

/** Whether the path exists and git does not ignore it: a clone has no build output to link to. */
export function isInRepository(path: string): boolean {
  tracked ??= readTracked()
  const name = path.replace(/\/$/, '')
  return existsSync(join(ROOT, path)) && (tracked.size === 0 || tracked.has(name))
}

/** The files that git does not ignore, and their folders. Empty for a download without git. */
function readTracked(): ReadonlySet<string> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout, status } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const paths = status === 0 ? stdout.split('\0').filter(Boolean) : []
  const folders = paths.flatMap((path) =>
    path.split('/').map((_, index, parts) => parts.slice(0, index).join('/')),
  )
  return new Set(paths.length > 0 ? [...paths, ...folders, '.'] : [])
}
