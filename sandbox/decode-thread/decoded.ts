/** What is made of one request's body: the rows to store, and what its answer says. */
export interface Decoded<Row, Facts> {
  readonly rows: readonly Row[]
  readonly facts: Facts
}

/** The same with the rows in batches, each of which is stored in one transaction. */
export interface DecodedInBatches<Row, Facts> {
  readonly batches: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>
  readonly facts: Facts
}

/** Storing a row takes 10 to 20 µs of the main thread, and more with a large body. */
const MAX_ROWS = 500
const MAX_BATCH_BYTES = 1024 * 1024

/** Splits rows so that storing a batch takes some ten milliseconds. Without rows there is one empty batch. */
export function* inBatches<Row extends object>(rows: readonly Row[]): Generator<readonly Row[], void> {
  let start = 0
  let bytes = 0
  for (const [index, row] of rows.entries()) {
    bytes += bytesOf(row)
    if (index - start + 1 < MAX_ROWS && bytes < MAX_BATCH_BYTES) continue
    yield rows.slice(start, index + 1)
    start = index + 1
    bytes = 0
  }
  if (start < rows.length || rows.length === 0) yield rows.slice(start)
}

function bytesOf(row: object): number {
  if ('body' in row && row.body instanceof Uint8Array) return row.body.byteLength
  return 'document' in row && typeof row.document === 'string' ? row.document.length : 0
}
