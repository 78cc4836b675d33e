import { pages } from 'virtual:your-app'
import { useEffect, useState } from 'preact/hooks'
import { useKeys, useTitle } from '../shell/browser.ts'
import { Trouble } from '../shell/page-head.tsx'
import { fragment, hrefOf, navigate } from '../shell/router.ts'
import { BlockView, textOf } from './blocks.tsx'
import { INDEX } from './links.ts'
import type { Block } from './page-tree.ts'

/** A page of docs/your-app: how an app of the reader's reaches this sandbox. */
export function HelpPage({ name }: { readonly name: string }) {
  const load = Object.hasOwn(pages, name) ? pages[name] : undefined
  const [blocks, setBlocks] = useState<readonly Block[]>()
  const [error, setError] = useState('')
  useKeys({ Escape: () => navigate(hrefOf('')) })
  useEffect(() => {
    load?.().then(setBlocks, (reason: Error) => setError(reason.message))
  }, [load])
  const id = fragment.value
  useEffect(() => {
    if (id && blocks) document.getElementById(id)?.scrollIntoView()
  }, [id, blocks])
  useTitle(titleOf(blocks) || 'Your app')
  if (!load)
    return (
      <div class="page">
        <p class="empty">
          There is no such page. <a href={hrefOf('')}>The requests</a>
        </p>
      </div>
    )
  return (
    <div class="page">
      <Trouble text={error} />
      <article class="card help-page">
        {blocks?.map((block, index) => (
          <BlockView key={index} block={block} page={name} />
        ))}
        {blocks && (
          <p class="soft small">
            The file is <code>docs/your-app/{name}.md</code>.
            {name !== INDEX && Object.hasOwn(pages, INDEX) && (
              <>
                {' '}
                <a href={hrefOf('help')}>All pages about your app</a>
              </>
            )}
          </p>
        )}
      </article>
    </div>
  )
}

function titleOf(blocks: readonly Block[] | undefined): string {
  const [first] = blocks ?? []
  return first?.kind === 'heading' ? textOf(first.inside) : ''
}
