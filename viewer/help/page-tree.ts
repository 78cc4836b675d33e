import { Lexer, type Token, type Tokens } from 'marked'

// A page of docs/your-app as a tree that the browser draws without a reader of Markdown, and without inserting HTML,
// which the viewer's Content-Security-Policy forbids. Made when the viewer is built.

export type Inline =
  | string
  | { readonly tag: 'strong' | 'em' | 'code'; readonly inside: readonly Inline[] }
  /** `href` is as in the file. */
  | { readonly tag: 'a'; readonly href: string; readonly inside: readonly Inline[] }

export type Block =
  | {
      readonly kind: 'heading'
      readonly depth: number
      readonly id: string
      readonly inside: readonly Inline[]
    }
  | { readonly kind: 'paragraph'; readonly inside: readonly Inline[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'table'
      readonly head: readonly (readonly Inline[])[]
      readonly rows: readonly (readonly (readonly Inline[])[])[]
    }

/** HTML, images and rules are left out: the pages have none. */
export function pageTree(markdown: string): Block[] {
  return blocksOf(new Lexer().lex(markdown))
}

function blocksOf(tokens: readonly Token[]): Block[] {
  return tokens.flatMap((token) => blockOf(token) ?? [])
}

function blockOf(token: Token): Block | undefined {
  switch (token.type) {
    case 'heading': {
      const { depth, tokens = [], text } = token as Tokens.Heading
      return { kind: 'heading', depth, id: slugOf(text), inside: inlinesOf(tokens) }
    }
    case 'paragraph':
    case 'text':
      return { kind: 'paragraph', inside: inlinesOf(token.tokens ?? [token]) }
    case 'code':
      return { kind: 'code', language: token.lang ?? '', text: token.text }
    case 'blockquote':
      return { kind: 'quote', blocks: blocksOf(token.tokens ?? []) }
    case 'list': {
      const { ordered, items } = token as Tokens.List
      return { kind: 'list', isOrdered: ordered, items: items.map((item) => blocksOf(item.tokens)) }
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table
      const cells = (row: readonly Tokens.TableCell[]) => row.map((cell) => inlinesOf(cell.tokens))
      return { kind: 'table', head: cells(header), rows: rows.map(cells) }
    }
  }
}

function inlinesOf(tokens: readonly Token[]): Inline[] {
  return tokens.flatMap((token) => inlineOf(token) ?? [])
}

function inlineOf(token: Token): Inline | undefined {
  switch (token.type) {
    case 'text':
    case 'escape':
      return withoutEntities(token.text)
    case 'br':
      return ' '
    case 'strong':
    case 'em':
      return { tag: token.type, inside: inlinesOf(token.tokens ?? []) }
    case 'codespan':
      return { tag: 'code', inside: [token.text] }
    case 'link':
      return { tag: 'a', href: token.href, inside: inlinesOf(token.tokens ?? []) }
  }
}

/** GitHub's id of a heading. */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', nbsp: ' ' }

function withoutEntities(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '')
}
