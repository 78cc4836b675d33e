import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { marked, type Token, type Tokens } from 'marked'

export const ROOT = resolve(import.meta.dirname, '..', '..')
const LEFT_OUT = new Set(['node_modules', '.git', '.workspace', 'dist'])

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
  return findMarkdown(ROOT).map((file) => read(relative(ROOT, file)))
}

export function readDocument(path: string): MarkdownDocument {
  return read(path)
}

function findMarkdown(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (LEFT_OUT.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return findMarkdown(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

function read(path: string): MarkdownDocument {
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

/** Whether the path exists and git does not ignore it: a clone has no build output to link to. */
export function isInRepository(path: string): boolean {
  if (!existsSync(join(ROOT, path))) return false
  if (!existsSync(join(ROOT, '.git'))) return true
  try {
    execFileSync('git', ['check-ignore', '-q', path], { cwd: ROOT, stdio: 'ignore' })
    return false
  } catch {
    return true
  }
}
