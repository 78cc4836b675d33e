/**
 * The steps to the present schema: step n upgrades a file from version n to version n + 1 (SQLite's `user_version`).
 * Released steps are never changed; a change of the schema is a new step.
 *
 * `rowid` grows in the order of arrival. Pruning relies on this.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE traces (
    trace_id TEXT PRIMARY KEY,
    started_ms REAL NOT NULL,
    seen_ms REAL NOT NULL
  );
  CREATE INDEX traces_by_start ON traces (started_ms DESC);

  CREATE TABLE spans (
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    document TEXT NOT NULL,
    received_ms REAL NOT NULL,
    PRIMARY KEY (trace_id, span_id)
  );

  CREATE TABLE logs (
    trace_id TEXT,
    span_id TEXT,
    dataset TEXT NOT NULL,
    document TEXT NOT NULL,
    received_ms REAL NOT NULL
  );
  CREATE INDEX logs_by_trace ON logs (trace_id) WHERE trace_id IS NOT NULL;

  CREATE TABLE metrics (
    dataset TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    points INTEGER NOT NULL,
    last_written_ms REAL NOT NULL,
    PRIMARY KEY (dataset, name, kind)
  );

  CREATE TABLE datasets (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_ms REAL NOT NULL,
    last_written_ms REAL NOT NULL
  );

  CREATE TABLE segments (
    trace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL,
    in_progress INTEGER NOT NULL,
    is_error INTEGER NOT NULL,
    document TEXT NOT NULL,
    received_ms REAL NOT NULL,
    PRIMARY KEY (trace_id, id)
  );
  CREATE INDEX segments_by_start ON segments (start_s);

  CREATE TABLE xray_groups (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    arn TEXT NOT NULL UNIQUE,
    filter_expression TEXT NOT NULL,
    insights TEXT NOT NULL
  );

  CREATE TABLE xray_sampling_rules (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    created_s REAL NOT NULL,
    modified_s REAL NOT NULL
  );

  CREATE TABLE xray_sampling_statistics (
    rule TEXT NOT NULL,
    window_s INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    sampled INTEGER NOT NULL,
    borrowed INTEGER NOT NULL,
    PRIMARY KEY (rule, window_s)
  );

  CREATE TABLE xray_tags (
    arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
  );

  CREATE TABLE xray_state (name TEXT PRIMARY KEY, value REAL NOT NULL);

  CREATE TABLE rollbar_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    environment TEXT NOT NULL,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    platform TEXT NOT NULL,
    framework TEXT NOT NULL,
    first_s INTEGER NOT NULL,
    last_s INTEGER NOT NULL,
    first_occurrence_id INTEGER NOT NULL,
    last_occurrence_id INTEGER NOT NULL,
    total INTEGER NOT NULL,
    UNIQUE (fingerprint, environment)
  );

  CREATE TABLE rollbar_occurrences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    item_id INTEGER NOT NULL,
    trace_id TEXT,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    timestamp_s INTEGER NOT NULL,
    document TEXT NOT NULL,
    received_ms REAL NOT NULL
  );
  CREATE INDEX occurrences_by_item ON rollbar_occurrences (item_id);
  CREATE INDEX occurrences_by_trace ON rollbar_occurrences (trace_id) WHERE trace_id IS NOT NULL;
  `,

  // One row for the spans of a trace in a request, with their bytes as they were sent, instead of a JSON document for each.
  // Rows refer to their trace by its number. Numbers grow, so new entries go to the end of the index; with random ids they
  // would go everywhere. Each record notes the total bytes received so far; each trace, whether records were deleted.
  `
  ALTER TABLE traces RENAME TO traces_before;
  CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL UNIQUE,
    started_ms REAL NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO traces SELECT rowid, trace_id, started_ms, 0 FROM traces_before ORDER BY rowid;
  DROP TABLE traces_before;
  CREATE INDEX traces_by_start ON traces (started_ms DESC) WHERE pruned < 2;
  CREATE INDEX traces_gone ON traces (id) WHERE pruned = 2;

  CREATE TABLE span_chunks (
    trace INTEGER NOT NULL,
    service TEXT NOT NULL,
    dataset TEXT NOT NULL,
    span_ids TEXT NOT NULL,
    start_ms REAL NOT NULL,
    end_ms REAL NOT NULL,
    has_error INTEGER NOT NULL,
    has_root INTEGER NOT NULL,
    name TEXT NOT NULL,
    encoding TEXT NOT NULL,
    body BLOB NOT NULL,
    received_ms REAL NOT NULL,
    total_spans INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL
  );
  INSERT INTO span_chunks
    SELECT traces.id, service, dataset, span_id, start_ns / 1e6, end_ns / 1e6, is_error,
      document ->> '$.parentSpanId' = '', name, 'read', CAST('[' || document || ']' AS BLOB), received_ms,
      row_number() OVER (ORDER BY spans.rowid), sum(length(document)) OVER (ORDER BY spans.rowid)
    FROM spans JOIN traces USING (trace_id) ORDER BY spans.rowid;
  DROP TABLE spans;
  CREATE INDEX span_chunks_by_trace ON span_chunks (trace);

  DROP INDEX segments_by_start;
  CREATE INDEX segments_by_start ON segments (start_s DESC, trace_id);

  ALTER TABLE logs ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE segments ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE rollbar_occurrences ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0;
  `,

  // The last segment of a trace, which the list of traces by start needs, without reading the others.
  `
  CREATE INDEX segments_of_trace ON segments (trace_id, start_s DESC, id DESC);
  `,

  // A segment in progress is replaced in its row. A reader that keeps traces in memory finds what has arrived by the
  // growing rowid, and what was replaced in this table, which has the latest ten thousand.
  `
  CREATE TABLE segment_updates (id INTEGER PRIMARY KEY AUTOINCREMENT, trace_id TEXT NOT NULL);
  CREATE TRIGGER segments_updated AFTER UPDATE ON segments BEGIN
    INSERT INTO segment_updates (trace_id) VALUES (new.trace_id);
    DELETE FROM segment_updates WHERE id <= (SELECT max(id) FROM segment_updates) - 10000;
  END;
  `,

  // Where a log record is in the list, epoch nanoseconds: its own time, that of its observation, or that of its arrival, the
  // first that is plausible (log-time.ts).
  `
  ALTER TABLE logs ADD COLUMN at_ns INTEGER NOT NULL DEFAULT 0;
  UPDATE logs SET at_ns = CASE
    WHEN CAST(document ->> '$.timeUnixNano' AS INTEGER)
      BETWEEN 946684800000000000 AND (received_ms + 86400000) * 1000000
      THEN CAST(document ->> '$.timeUnixNano' AS INTEGER)
    WHEN CAST(document ->> '$.observedTimeUnixNano' AS INTEGER)
      BETWEEN 946684800000000000 AND (received_ms + 86400000) * 1000000
      THEN CAST(document ->> '$.observedTimeUnixNano' AS INTEGER)
    ELSE CAST(received_ms * 1000000 AS INTEGER) END;
  CREATE INDEX logs_by_time ON logs (at_ns);
  `,

  // Of an item's last occurrence. Empty for items that nothing has been added to since.
  `
  ALTER TABLE rollbar_items ADD COLUMN context TEXT NOT NULL DEFAULT '';
  ALTER TABLE rollbar_items ADD COLUMN request TEXT NOT NULL DEFAULT '';
  ALTER TABLE rollbar_items ADD COLUMN place TEXT NOT NULL DEFAULT '';
  ALTER TABLE rollbar_items ADD COLUMN message TEXT NOT NULL DEFAULT '';
  `,

  // The metrics of each request as they were sent. Counters of all points that ever arrived stay in the table of metrics.
  `
  CREATE TABLE metric_chunks (
    dataset TEXT NOT NULL,
    encoding TEXT NOT NULL,
    body BLOB NOT NULL,
    points INTEGER NOT NULL,
    received_ms REAL NOT NULL,
    total_points INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL
  );
  `,

  // Times of occurrences that cannot be right become those of their arrival: earlier versions took a time in ms or µs for
  // seconds. With them go the times of their items and of their traces' starts.
  `
  CREATE TEMP TABLE wrong_times AS
    SELECT id, item_id, trace_id, CAST(received_ms / 1000 AS INTEGER) AS timestamp_s FROM rollbar_occurrences
    WHERE timestamp_s NOT BETWEEN 946684800 AND received_ms / 1000 + 86400;
  UPDATE rollbar_occurrences SET timestamp_s = wrong_times.timestamp_s
    FROM wrong_times WHERE wrong_times.id = rollbar_occurrences.id;
  UPDATE rollbar_items SET first_s = times.first_s, last_s = times.last_s
    FROM (SELECT item_id, min(timestamp_s) AS first_s, max(timestamp_s) AS last_s
      FROM rollbar_occurrences GROUP BY item_id) AS times
    WHERE times.item_id = rollbar_items.id AND rollbar_items.id IN (SELECT item_id FROM wrong_times);
  UPDATE traces SET started_ms = min(started_ms, wrong_times.timestamp_s * 1000 + 999)
    FROM wrong_times WHERE wrong_times.trace_id = traces.trace_id;
  DROP TABLE wrong_times;
  -- An item may have lost all its occurrences to the store's bound.
  UPDATE rollbar_items SET last_s = CAST(unixepoch() AS INTEGER) WHERE last_s > unixepoch() + 86400;
  UPDATE rollbar_items SET first_s = min(first_s, last_s);
  `,

  // Items get the numbers 1, 2, 3 in their order: in earlier versions each occurrence used up a number.
  `
  CREATE TEMP TABLE item_numbers AS SELECT id, row_number() OVER (ORDER BY id) AS number FROM rollbar_items;
  UPDATE rollbar_occurrences SET item_id = item_numbers.number
    FROM item_numbers WHERE item_numbers.id = rollbar_occurrences.item_id;
  -- Without two items of one number in between.
  UPDATE rollbar_items SET id = -id;
  UPDATE rollbar_items SET id = item_numbers.number FROM item_numbers WHERE item_numbers.id = -rollbar_items.id;
  UPDATE sqlite_sequence SET seq = (SELECT count(*) FROM rollbar_items) WHERE name = 'rollbar_items';
  DROP TABLE item_numbers;
  `,

  // The place of a trace whose records have a time that cannot be right is that of its arrival: it was first in the list for
  // good where a sender took seconds for ms, and last where it was the other way round.
  `
  CREATE TEMP TABLE wrong_places AS SELECT id, (SELECT min(received_ms) FROM (
      SELECT received_ms FROM span_chunks WHERE trace = t.id
      UNION ALL SELECT received_ms FROM segments WHERE trace_id = t.trace_id
      UNION ALL SELECT received_ms FROM rollbar_occurrences WHERE trace_id = t.trace_id)) AS received_ms
    FROM traces AS t WHERE started_ms < 946684800000 OR started_ms > unixepoch() * 1000 + 300000;
  UPDATE traces SET started_ms = wrong_places.received_ms FROM wrong_places
    WHERE wrong_places.id = traces.id AND wrong_places.received_ms IS NOT NULL;
  DROP TABLE wrong_places;
  `,
]
