import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'

/**
 * The server spans, or segments without spans, that the request came in by, where their parents are unknown and nothing else
 * is the root.
 */
export function entriesOf({
  spans,
  segments,
}: Pick<TraceLenses, 'spans' | 'segments'>): readonly { readonly id: string }[] {
  const records = spans.length > 0 ? spans : segments
  if (records.some(({ parentId }) => parentId === '')) return []
  const ids = new Set(records.map(({ id }) => id))
  const roots = records.filter(({ parentId }) => !ids.has(parentId))
  const [first] = roots
  if (!first || roots.some(({ parentId }) => parentId !== first.parentId)) return []
  return roots.every((root) => ('kind' in root ? root.kind === 'SERVER' : !root.isSubsegment)) ? roots : []
}
