/**
 * The schema, as the steps that lead to it: step n takes a file of version n to version n + 1 (SQLite's
 * `user_version`). A step that has been released is never changed; what comes later is a step of its own.
 *
 * Rows come in the order of their arrival, and `rowid` grows with it: that is what pruning goes by.
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
]
