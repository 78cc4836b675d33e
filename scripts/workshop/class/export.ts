import { EXPORT_VERSION, type WrittenExport } from '../../../contracts/workshop-export.ts'
import { jsonText } from '../../command-line/data-text.ts'
import type { Standings } from '../progress.ts'
import { checksumOf } from './checksum.ts'

/** One learner's progress, for an instructor. */
export function exportOf({ chapters, startedAt }: Standings, learner: string): WrittenExport {
  const content = {
    version: EXPORT_VERSION,
    learner,
    exportedAt: new Date().toISOString(),
    startedAt,
    chapters: chapters.map(
      ({ chapter: { number, title }, state, result: { missing }, at, traceIds, tries }) => ({
        ...{ number, title, state, tries },
        ...(at && { at }),
        traceIds: [...traceIds],
        ...((state === 'open' || state === 'optional') && missing && { missing: missing.name }),
      }),
    ),
  } as const
  return { ...content, checksum: checksumOf(content) }
}

/** ASCII only, so that a shell which converts the output to its own encoding does not break the checksum. */
export function exportText(exported: WrittenExport): string {
  const text = jsonText(exported, 2)
  return `${text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
