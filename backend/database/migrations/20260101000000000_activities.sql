create table activities (
  uuid uuid primary key default gen_random_uuid(),
  handle text not null,
  message text not null check (char_length(message) between 1 and 280),
  likes_count integer not null default 0 check (likes_count >= 0),
  reply_to uuid references activities (uuid) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (expires_at > created_at)
);

create index activities_newest_first on activities (created_at desc);
create index activities_of_a_handle on activities (handle, created_at desc);
create index activities_replies on activities (reply_to) where reply_to is not null;
