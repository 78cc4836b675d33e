import type { ComponentChildren } from 'preact'
import { hrefOf } from '../shell/router.ts'
import { helpLink, INDEX } from './links.ts'
import type { Block, Inline } from './page-tree.ts'

interface Props {
  readonly block: Block
  /** The name of its page. */
  readonly page: string
}

export function BlockView({ block, page }: Props) {
  const inline = (inside: readonly Inline[]) =>
    inside.map((one, index) => <InlineView key={index} inline={one} page={page} />)
  switch (block.kind) {
    case 'heading':
      return (
        <Heading depth={block.depth} id={block.id}>
          {inline(block.inside)}
        </Heading>
      )
    case 'paragraph':
      return <p>{inline(block.inside)}</p>
    case 'code':
      return (
        <pre tabIndex={0} role="group" aria-label={`Code ${block.language}`.trim()}>
          {block.text}
        </pre>
      )
    case 'quote':
      return (
        <blockquote>
          {block.blocks.map((one, index) => (
            <BlockView key={index} block={one} page={page} />
          ))}
        </blockquote>
      )
    case 'list': {
      const items = block.items.map((blocks, index) => (
        <li key={index}>
          {blocks.map((one, place) => (
            <BlockView key={place} block={one} page={page} />
          ))}
        </li>
      ))
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'table':
      return (
        <div class="table-box" tabIndex={0} role="group" aria-label="Table">
          <table>
            <thead>
              <tr>
                {block.head.map((cell, index) => (
                  <th key={index} scope="col">
                    {inline(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, place) => (
                    <td key={place}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
  }
}

interface HeadingProps {
  readonly depth: number
  readonly id: string
  readonly children: ComponentChildren
}

function Heading({ depth, id, children }: HeadingProps) {
  if (depth === 1) return <h1 id={id}>{children}</h1>
  return depth === 2 ? <h2 id={id}>{children}</h2> : <h3 id={id}>{children}</h3>
}

function InlineView({ inline, page }: { readonly inline: Inline; readonly page: string }) {
  if (typeof inline === 'string') return inline
  const inside = inline.inside.map((one, index) => <InlineView key={index} inline={one} page={page} />)
  if (inline.tag !== 'a') {
    const Tag = inline.tag
    return <Tag>{inside}</Tag>
  }
  const link = helpLink(inline.href, page)
  if (link.kind === 'page')
    return <a href={hrefOf(link.name === INDEX ? 'help' : `help/${link.name}`, '', link.id)}>{inside}</a>
  if (link.kind === 'web')
    return (
      <a href={link.href} target="_blank" rel="noreferrer">
        {inside} <span aria-hidden="true">↗</span>
      </a>
    )
  const text = textOf(inline.inside)
  return text.includes(link.path) ? (
    <code>{link.path}</code>
  ) : (
    <>
      {inside} (<code>{link.path}</code>)
    </>
  )
}

export function textOf(inside: readonly Inline[]): string {
  return inside.map((one) => (typeof one === 'string' ? one : textOf(one.inside))).join('')
}
